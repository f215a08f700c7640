"""The environment `dev_dummyauth` from `up` to `down --all`, used as its developers do. The tests go on from each other."""

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import tarfile
import time

import pytest
from browser import expect
from environment import ARTIFACTS, PODMAN, PROJECT, podman, podman_lists, wait_until
from exposure import others_can_read, podman_labels, secrets_of, tokens_in_use

USER, ACCOUNT, PROJECT_NAME = "testuser", "testuser.project1", "project1.brics"
NOT_READY = 4
SECONDS_TO_CHANGE_NOTHING = 20

WHERE_AM_I = """
import getpass, os, subprocess
print(os.environ["SLURM_JOB_ID"], getpass.getuser(), subprocess.getoutput("id --user --name"))
""".strip()

HUB_USERS = """
import sqlite3
print(*sorted(row[0] for row in sqlite3.connect("/srv/jupyterhub/jupyterhub.sqlite").execute("SELECT name FROM users")))
""".strip()


@pytest.fixture(scope="module")
def built_here():
    return {"jupyterhub_installed", "brics_jupyterhub"}


def jobs(environment):
    """The numbers of the jobs that Slurm still has to run or runs."""
    states = "--states=PENDING,CONFIGURING,RUNNING,COMPLETING"
    return environment.exec("slurm", "squeue", "--noheader", "--format=%i", states).split()


# Folders of a container in which files are made while it runs.
KEPT = "/etc /home /root /run /srv /tmp /var"

REST_REQUEST = """
async () => (await fetch("/jupyter/hub/api/users/USER/server", {
  method: "POST",
  headers: {"Content-Type": "application/json", "X-XSRFToken": window.jhdata.xsrf_token},
  body: JSON.stringify({brics_project: "PROJECT", runtime: "1\\n#SBATCH --mail-type=ALL", ngpus: "1"}),
})).json()
""".strip()


def send_hostile_options(hub):
    """What the hub answers when its REST API is sent a line for the job's script, which the form can't send."""
    hub.page.goto(f"{hub.url}/hub/home")
    return hub.page.evaluate(REST_REQUEST.replace("USER", USER).replace("PROJECT", PROJECT_NAME))


def hub_users(environment):
    return environment.exec("jupyterhub", "/srv/venv/bin/python", "-c", HUB_USERS).split()


def crypt_key_digest(environment):
    return environment.exec("jupyterhub", "sha256sum", "/srv/jupyterhub/jupyterhub_crypt_key")


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
    assert environment.files_with("slurm", [key[:40]], KEPT) == []
    assert environment.files_with("jupyterhub", [key[:40]], KEPT) == ["/srv/jupyterhub/ssh_key"]


def test_the_crypt_key_and_the_password_are_not_inherited(environment):
    """By the proxy, for instance, which the hub starts, and which reads what strangers send."""
    script = 'for process in /proc/[0-9]*; do echo "$(tr "\\0" " " < $process/cmdline)|$(tr "\\0" "|" < $process/environ)"; done 2>/dev/null'
    processes = dict(line.split("|", 1) for line in podman("exec", environment.container("jupyterhub"), "sh", "-c", script).splitlines())
    proxy = [variables for command, variables in processes.items() if "configurable-http-proxy" in command]
    assert len(proxy) == 1 and "CONFIGPROXY_AUTH_TOKEN=" in proxy[0]
    names = {variable.split("=")[0] for variable in proxy[0].split("|")}
    assert not names & {"JUPYTERHUB_CRYPT_KEY", "DEPLOY_CONFIG_DUMMYAUTH_PASSWORD"}


QUOTES = "it's \"quoted\"; touch /tmp/pwned #$(touch /tmp/pwned)`touch /tmp/pwned`"
SUBMIT = """
import os, subprocess, sys
from batchspawner import format_template
from traitlets.config.loader import PyFileConfigLoader
os.environ.setdefault("JUPYTERHUB_CRYPT_KEY", "")
config = PyFileConfigLoader("/etc/jupyterhub/jupyterhub_config.py").load_config().BricsSlurmSpawner
variables = {"JUPYTERHUB_QUOTES": sys.argv[1], "USER": "testuser.project1", "HOME": "/home/project1/testuser.project1", "SHELL": "/bin/bash"}
words = {"keepvars": ",".join(variables), "username": "testuser.project1"}
command = format_template(config.exec_prefix, **words) + " " + format_template(config.batch_submit_cmd, **words)
script = "#!/bin/sh\\n#SBATCH --wait --output=/tmp/quotes-%j.txt\\nprintenv JUPYTERHUB_QUOTES\\n"
print(subprocess.run(command, shell=True, env=variables, input=script, stdout=subprocess.PIPE, check=True, text=True).stdout)
""".strip()


def test_quotes_in_a_variable_reach_the_job_as_they_are(environment):
    """Through the shell here, sshd, the shell there, sudo and Slurm: none of them may take a part of it for a command."""
    job = environment.exec("jupyterhub", "/srv/venv/bin/python", "-c", SUBMIT, QUOTES)
    assert environment.exec("slurm", "cat", f"/tmp/quotes-{job}.txt") == QUOTES
    for container in ("jupyterhub", "slurm"):
        assert "pwned" not in environment.exec(container, "ls", "/tmp")


def test_files_beside_the_keys_are_for_their_owner_alone(environment):
    readable = {file.name for file in environment.deploy_directory.rglob("*") if file.is_file() and others_can_read(file)}
    assert readable == {"ssh_client_key.pub", "ssh_host_ed25519_key.pub"}
    assert environment.exec("jupyterhub", "find", "/srv/jupyterhub", "/var/log/jupyterhub", "-type", "f", "-perm", "/044") == ""


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


def findings(environment, *arguments):
    done = environment.envtool("doctor", environment.name, "--output", "json", *arguments)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["healthy"] else 1)
    return {finding["check"]: (finding["verdict"], finding["evidence"]) for finding in report["findings"]}


def test_doctor_knows_who_holds_the_port(environment):
    own = findings(environment)
    assert own["port public"] == ("ok", f"127.0.0.1:{environment.port} is published by this environment's pod")
    assert own["podman"][0] == own["runtime"][0] == own["deployment"][0] == "ok"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        verdict, evidence = findings(environment, "--set", f"ports.public.host_port={port}")["port public"]
    assert (verdict, evidence.split(" by ")[0]) == ("fail", f"127.0.0.1:{port} is taken")
    assert f"(process {os.getpid()})" in evidence


def snapshot(folder):
    return {file: file.lstat().st_mtime_ns for file in folder.rglob("*")}


def test_doctor_starts_and_changes_nothing(environment):
    before, files = podman_lists(), snapshot(environment.folder)
    findings(environment)
    assert (podman_lists(), snapshot(environment.folder)) == (before, files)


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
    environment.tokens |= tokens_in_use(environment, ACCOUNT)

    hub.stop_server()
    wait_until(lambda: jobs(environment) == [], 30, "the end of the job")
    answer = send_hostile_options(hub)
    assert (answer["status"], answer["message"]) == (400, "Spawner option runtime has characters that are not allowed")
    assert jobs(environment) == []


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


# A newer podman mounts Secrets by itself: there the whole pod is made anew for new keys.
IN_PLACE = PODMAN == "machine"


def fingerprints(environment):
    keys = environment.json("keys show")
    assert {key["state"] for key in keys} == {"in use"}
    return {key["secret"]: key["fingerprint"] for key in keys if key["fingerprint"]}


def assert_settled(environment):
    assert environment.json("status")["ready"] is True
    assert environment.run("plan", "--exit-code", check=False).returncode == 0, environment.run("plan").stdout


def assert_hub_reaches_slurm(environment):
    options = ("-i", "/srv/jupyterhub/ssh_key", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes")
    assert environment.exec("jupyterhub", "ssh", *options, "jupyterspawner@localhost", "id", "-un") == "jupyterspawner"


def test_only_what_uses_a_key_restarts_with_it(environment):
    pod, hub, slurm = environment.pod_id(), environment.started_at("jupyterhub"), environment.started_at("slurm")
    environment.run("keys rotate", "munge-key")
    assert (environment.pod_id() == pod) == IN_PLACE
    assert (environment.started_at("jupyterhub") == hub) == IN_PLACE
    assert environment.started_at("slurm") != slurm
    assert_settled(environment)


def test_keys_change_at_both_ends(environment):
    pod, before = environment.pod_id(), fingerprints(environment)
    environment.run("keys rotate")
    after = fingerprints(environment)
    assert all(after[secret] != before[secret] for secret in before)
    assert (environment.pod_id() == pod) == IN_PLACE
    assert not (environment.deploy_directory / "former-keys").exists()
    assert_hub_reaches_slurm(environment)
    assert_settled(environment)


@pytest.mark.parametrize("line", ["updating keys", "updating secret-volume ssh-host-key", "updating container"])
def test_a_rotation_that_is_killed_is_finished_by_up(environment, line):
    before = fingerprints(environment)
    command = environment.command_line("keys rotate", "--progress", "plain")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as rotation:
        for printed in rotation.stderr:
            if printed.startswith(line):
                break
        rotation.kill()
    environment.run("up")
    after = fingerprints(environment)
    assert len({after[secret] == before[secret] for secret in before}) == 1, "some keys are new, and some aren't"
    assert_hub_reaches_slurm(environment)
    assert_settled(environment)


def test_printed_rotation_does_the_same(environment):
    pod, before = environment.pod_id(), fingerprints(environment)
    script = environment.run_printed("keys rotate", "ssh-client-key", "ssh-host-key")
    assert "PRIVATE KEY" not in script
    after = fingerprints(environment)
    assert all(after[secret] != before[secret] for secret in before)
    assert (environment.pod_id() == pod) == IN_PLACE
    assert_hub_reaches_slurm(environment)
    assert_settled(environment)


def test_a_volume_is_exported_as_tar(environment, tmp_path):
    printed = environment.run("volume export", "jupyterhub_root", "--to", str(tmp_path / "root.tar")).stdout
    assert printed == f"{tmp_path}/root.tar\n"
    with tarfile.open(tmp_path / "root.tar") as tar:
        names = {os.path.normpath(name) for name in tar.getnames()}
    assert {"etc/jupyterhub/jupyterhub_config.py", "srv/jupyterhub/jupyterhub_crypt_key"} <= names
    piped = subprocess.run(environment.command_line("volume export", "slurm_root"), capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(piped.stdout)) as tar:
        assert "var/log/sshd.log" in {os.path.normpath(name) for name in tar.getnames()}


MARK = "/var/spool/slurmctld/left-by-a-test"


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_volume_is_reset_and_no_other(environment, by_hand):
    key = crypt_key_digest(environment)
    environment.exec("slurm", "touch", MARK)
    refused = environment.run("volume reset", "slurm_root", check=False)
    assert refused.returncode == 1
    assert "--restart" in refused.stderr
    environment.exec("slurm", "test", "-e", MARK)

    reset = environment.run_printed if by_hand else environment.run
    reset("volume reset", "slurm_root", "--restart")
    assert environment.run("exec", "slurm", "test", "-e", MARK, check=False).returncode == 1
    assert crypt_key_digest(environment) == key
    assert_settled(environment)


def test_printed_commands_do_the_same(environment):
    environment.run_printed("down")
    assert environment.json("status")["state"] == "absent"
    script = environment.run_printed("up")
    password = environment.deploy_data()["dummyAuthPassword"]
    leaked = password in script or "PRIVATE KEY" in script  # apart, for a failed assertion shows what it compared
    assert not leaked
    assert_settled(environment)
    assert_hub_reaches_slurm(environment)


# One way to call each command; what it starts with `envtool` is in the transcript.
CALLS = {
    "list": [],
    "check": ["ENV"],
    "completion": ["bash"],
    "config": ["init", "ENV"],
    "diff": ["ENV", "--target", "kubernetes", "--kubeconfig", "none"],  # with a cluster: tests/peer/cluster
    "diff-env": ["ENV", "dev_dummyauth"],
    "doctor": ["ENV"],
    "keys": ["show", "ENV"],
    "volume": ["list", "ENV"],
    "show": ["ENV"],
    "smoke": ["ENV", "--project", "project2.brics"],
    "spawn": ["render", "--user", "testuser", str(PROJECT / "examples" / "spawn" / "spawner.yaml")],
    "explain": ["ENV", "ports"],
    "template": ["manifests/jupyterhub-slurm.yaml.j2", "--undefined", "default"],
    "patch": ["-f", "examples/dev_dummyauth/deploy-configmap.yaml", "-p", "{}"],
    "fmt": ["examples/dev_dummyauth/deploy-configmap.yaml"],
    "step": ["ENV", "manifest"],
    "sudoers": ["ENV"],
    "systemd": ["ENV"],
    "token": ["ENV"],
    "plan": ["ENV", "--output", "json"],
    "render": ["ENV", "--output-dir", "FOLDER"],
    "build": ["ENV", "--progress", "json"],
    "up": ["ENV", "--progress", "json"],
    "status": ["ENV", "--output", "json"],
    "switch": ["ENV", "dev_dummyauth", "--dry-run"],
    "logs": ["ENV"],
    "exec": ["ENV", "slurm", "true"],
    "down": ["ENV", "--dry-run"],
}


def test_every_command_is_among_the_calls(environment, tmp_path):
    commands = re.findall(r"^  ([a-z-]+) +[A-Z]", environment.envtool("--help").stdout.split("Subcommands:")[1], re.MULTILINE)
    assert set(commands) <= CALLS.keys()
    for command in commands:
        arguments = [{"ENV": environment.name, "FOLDER": str(tmp_path)}.get(argument, argument) for argument in CALLS[command]]
        environment.envtool(command, *arguments)


def test_no_secret_can_be_seen(environment, watch):
    secrets = secrets_of(environment)
    assert len(environment.tokens) >= 2
    shown = {
        "output": "".join(environment.transcript).encode(),
        "command lines": b"\n".join(watch.command_lines),
        "environments": b"\n".join(watch.environments),
        "labels": podman_labels(environment).encode(),
        "logs": environment.run("logs").stdout.encode(),
        "readable files": b"".join(
            file.read_bytes() for file in environment.folder.rglob("*") if file.is_file() and not file.is_symlink() and others_can_read(file)
        ),
    }
    assert b"sshd" in shown["command lines"] and b"slurmspawner_sbatch" in shown["command lines"]
    leaks = [(where, name) for where, text in shown.items() for name, secret in secrets.items() if secret.encode() in text]
    assert leaks == []


@pytest.mark.parametrize("container", MOUNTS)
def test_no_file_that_all_may_read_holds_a_secret(environment, container):
    secrets = list(secrets_of(environment).values())
    assert environment.files_with(container, secrets, f"{KEPT} -perm -o=r") == []
    assert environment.files_with(container, secrets, "/var/log") == []


def test_a_crash_leaves_no_memory_behind(environment):
    dumps = "ulimit -c unlimited && exec \"$@\""
    command = ["sh", "-c", dumps, "sh", *environment.command_line("logs", "-f")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=environment.folder, start_new_session=True)
    try:
        assert process.stdout.readline()
        os.kill(process.pid, signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the podman that it has started
        process.stdout.close()
    assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status)


def test_up_fails_when_the_hub_does_not_get_ready(environment):
    environment.run("down")
    done = environment.run("up", "--set", "ready.hub.http.path=/nothing", "--set", "ready.hub.timeout=3", check=False)
    assert done.returncode == NOT_READY, done.stderr
    assert "the hub to answer" in done.stderr
    assert environment.json("status")["state"] == "absent"


@pytest.mark.parametrize("attempt", ["first", "again"])
def test_down_all_leaves_nothing(environment, before, attempt):
    environment.run("down", "--all")
    for kind, names in podman_lists().items():
        assert names <= before[kind], kind
