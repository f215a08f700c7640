"""The environment `dev_dummyauth` from `up` to `down --all`, used as its developers do. The tests go on from each other."""

import contextlib
import os
import signal
import time

import pytest
from browser import expect
from environment import ARTIFACTS, podman, podman_lists

USER, ACCOUNT, PROJECT_NAME = "testuser", "testuser.project1", "project1.brics"
SECONDS_TO_CHANGE_NOTHING = 20

WHERE_AM_I = """
import getpass, os, subprocess
print(os.environ["SLURM_JOB_ID"], getpass.getuser(), subprocess.getoutput("id --user --name"))
""".strip()

HUB_USERS = """
import sqlite3
print(*sorted(row[0] for row in sqlite3.connect("/srv/jupyterhub/jupyterhub.sqlite").execute("SELECT name FROM users")))
""".strip()


def jobs(environment):
    """The numbers of the jobs that Slurm still has to run or runs."""
    states = "--states=PENDING,CONFIGURING,RUNNING,COMPLETING"
    return environment.exec("slurm", "squeue", "--noheader", "--format=%i", states).split()


def hub_users(environment):
    return environment.exec("jupyterhub", "/srv/venv/bin/python", "-c", HUB_USERS).split()


def crypt_key_digest(environment):
    return environment.exec("jupyterhub", "sha256sum", "/srv/jupyterhub/jupyterhub_crypt_key")


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {seconds} seconds"
        time.sleep(0.5)


def test_up_ends_when_the_hub_is_ready(environment):
    status = environment.json("status")
    assert status["ready"] is True
    assert status["state"] == "Running"


# What containers find where: owner, group, mode, and whether the mount may be written to.
MOUNTS = {
    "jupyterhub": {
        "/etc/jupyterhub": "0 0 755 ro",
        "/etc/jupyterhub/jupyterhub_config.py": "0 0 644 ro",
        "/srv/jupyterhub": "0 0 755 rw",
        "/srv/jupyterhub/jupyterhub_crypt_key": "0 0 600 rw",
        "/srv/jupyterhub/ssh_key": "0 0 600 rw",
        "/srv/jupyterhub/ssh_key.pub": "0 0 600 ro",
        "/var/log/jupyterhub": "0 0 755 rw",
        "/etc/ssh/ssh_known_hosts": "0 0 600 ro",
    },
    "slurm": {
        "/home": "0 0 755 rw",
        "/var/log/slurmctld.log": "64030 64030 640 rw",
        "/var/log/slurmd.log": "64030 64030 640 rw",
        "/var/log/sshd.log": "64030 64030 640 rw",
        "/var/spool/slurmctld": "64030 64030 755 rw",
        "/var/spool/slurmd": "64030 64030 755 rw",
        "/etc/ssh/ssh_host_ed25519_key": "0 0 600 rw",
        "/etc/ssh/ssh_host_ed25519_key.pub": "0 0 600 ro",
        "/home/jupyterspawner/.ssh": "64040 64040 700 rw",
        "/home/jupyterspawner/.ssh/authorized_keys": "64040 64040 600 rw",
        "/etc/munge/environment.key": "0 0 600 ro",
    },
}
SHOW_MOUNT = 'for path; do echo "$path $(stat -c "%u %g %a" "$path") $(findmnt -n -o OPTIONS -T "$path" | cut -d, -f1)"; done'


@pytest.mark.parametrize("container", MOUNTS)
def test_mounts_have_their_owners_and_modes(environment, container):
    shown = environment.exec(container, "bash", "-c", SHOW_MOUNT, "sh", *MOUNTS[container])
    found = dict(line.split(" ", 1) for line in shown.splitlines())
    assert found == MOUNTS[container]


def test_the_client_key_is_nowhere_in_the_slurm_container(environment):
    key = (environment.deploy_directory / "ssh_client_key").read_text().splitlines()[2]
    search = "grep -rlsF -- \"$1\" /etc /home /opt /root /run /srv /tmp /var || true"
    assert environment.exec("slurm", "bash", "-c", search, "sh", key[:40]) == ""


KILLED = "137"


def test_the_hub_ends_by_itself_when_it_is_stopped(environment):
    hub = f"jupyterhub-slurm-{environment.name}-jupyterhub"
    podman("stop", "--time", "30", hub)  # it takes less than two; a busy machine is given more
    assert podman("inspect", "--format", "{{.State.ExitCode}}", hub).strip() != KILLED

    assert [step["step"] for step in environment.json("status")["differences"]] == ["pod"]
    environment.run("up")
    assert environment.json("status")["ready"] is True


def kill(container):
    """As if the kernel had run out of memory: podman's monitor ends first and can't take notice."""
    pids = podman("inspect", "--format", "{{.State.ConmonPid}} {{.State.Pid}}", container).split()
    for pid in map(int, pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("what", ["slurm", "everything"])
def test_what_was_killed_is_seen_and_repaired(environment, what):
    containers = environment.container_ids() if what == "everything" else [f"{environment.pod}-{what}"]
    for container in containers:
        kill(container)

    status = environment.json("status")
    assert status["ready"] is False
    assert [step["step"] for step in status["differences"]] == ["pod"]

    environment.run("up")
    status = environment.json("status")
    assert status["ready"] is True
    assert status["state"] == "Running"


def test_up_again_changes_nothing(environment):
    pod = environment.pod_id()
    plan = environment.json("plan")
    assert plan["changes"] is False, [step for step in plan["steps"] if step["action"] != "nothing"]
    assert environment.run("plan", "--exit-code").returncode == 0

    began = time.monotonic()
    environment.run("up")
    assert time.monotonic() - began < SECONDS_TO_CHANGE_NOTHING
    assert environment.pod_id() == pod


def test_the_password_stays_in_the_deploy_directory(environment):
    password = environment.deploy_data()["dummyAuthPassword"]
    assert len(password) >= 8
    for command in ("status", "plan", "logs"):
        shown = environment.run(command)
        leaked = password in shown.stdout + shown.stderr  # apart, for a failed assertion shows what it compared
        assert not leaked, command


def test_a_wrong_password_is_refused(hub):
    hub.sign_in("anybody", "not the password")
    expect(hub.page.locator(".login_error")).to_be_visible()


def test_a_notebook_runs_inside_a_slurm_job(environment, hub):
    hub.sign_in("anybody", environment.deploy_data()["dummyAuthPassword"])
    hub.open_options()
    assert hub.projects() == ["project1.brics", "project2.brics"]
    hub.start_server(PROJECT_NAME)
    hub.open_notebook()
    job, *users = hub.run_cell(WHERE_AM_I).split()
    expect(hub.questions()).to_have_count(0)
    hub.screenshot(ARTIFACTS / "notebook.png")
    assert users == [ACCOUNT, ACCOUNT]
    assert jobs(environment) == [job]

    hub.stop_server()
    wait_until(lambda: jobs(environment) == [], 30, "the end of the job")


OWNED_FILE = "stat --format='%U %u %s' /home/project1/testuser.project1/kept.txt"


def test_homes_survive_down_and_up(environment):
    write = f"runuser -u {ACCOUNT} -- sh -c 'echo kept > ~/kept.txt'"
    environment.exec("slurm", "sh", "-c", write)
    owned = environment.exec("slurm", "sh", "-c", OWNED_FILE)

    environment.run("down")
    environment.run("up")
    assert environment.exec("slurm", "sh", "-c", OWNED_FILE) == owned
    assert owned.startswith(f"{ACCOUNT} ")


GROW_LOG = """
log=/var/log/slurmctld.log
head --bytes=9M /dev/zero | tr '\\0' '\\n' >> $log
echo "the last line before" >> $log
/usr/local/sbin/trim_logs.sh > /dev/null
scontrol setdebug debug > /dev/null && scontrol setdebug info > /dev/null
stat --format=%s $log
tail --lines=20 $log | tr '\\n' ' '
"""


def test_logs_stay_small_and_are_written_on(environment):
    size, *end = environment.exec("slurm", "bash", "-c", GROW_LOG).split("\n", 1)
    assert int(size) < 3 * 1024 * 1024
    assert "the last line before" in end[0]
    assert "Set debug level to" in end[0].split("the last line before")[1]


def test_data_survives_down_and_up(environment, hub):
    key, users = crypt_key_digest(environment), hub_users(environment)
    assert users == [USER]

    environment.run("down")
    assert environment.json("status")["state"] == "absent"
    environment.run("down")
    environment.run("up")

    assert crypt_key_digest(environment) == key
    assert hub_users(environment) == users
    hub.sign_in("anybody", environment.deploy_data()["dummyAuthPassword"])
    hub.open_options()


def test_down_with_a_running_job_leaves_no_job_behind(environment, hub):
    hub.sign_in("anybody", environment.deploy_data()["dummyAuthPassword"])
    hub.open_options()
    hub.start_server(PROJECT_NAME)
    assert len(jobs(environment)) == 1

    environment.run("down")
    environment.run("up")
    assert jobs(environment) == []


@pytest.mark.parametrize("attempt", ["first", "again"])
def test_down_all_leaves_nothing(environment, before, attempt):
    environment.run("down", "--all")
    for kind, names in podman_lists().items():
        assert names <= before[kind], kind
