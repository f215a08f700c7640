"""The Pod of the Kubernetes form, played by podman: containers work with the rights that a cluster gives them, and with nothing more.

What an API server says of the form is for tests/peer/kube_form; there no container runs.
"""

import os

import pytest
import requests
from environment import Environment, lists_before, podman_lists, wait_until
from played_form import PlayedForm

# Bits of capability(7).
CAPABILITIES = {"CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "FSETID": 4, "KILL": 5, "SETGID": 6, "SETUID": 7, "NET_BIND_SERVICE": 10, "SYS_CHROOT": 18, "AUDIT_WRITE": 29}


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    before = lists_before("dev_dummyauth")
    made = Environment(tmp_path_factory.mktemp("form") / "project", "e2e_form", "dev_dummyauth")
    made.adopt_images()
    made.run("build")
    made.run("render", "--target", "kubernetes@1.36", "--set", "cluster.registry=registry.test")
    folder = tmp_path_factory.mktemp("played")
    for path in (folder, *folder.parents[:2]):
        os.chmod(path, 0o755)  # for podman's account
    try:
        with PlayedForm(made.deploy_directory / "kubernetes.yaml", folder, "e2e-form") as played:
            yield played
    finally:
        made.run("down", "--all", check=False)
    for kind, names in podman_lists().items():
        assert names <= before[kind], kind


def test_the_hub_answers(form):
    def answers():
        try:
            return requests.get(f"http://127.0.0.1:{form.port}/jupyter/hub/api", timeout=10).status_code == 200
        except requests.ConnectionError:
            return False

    wait_until(answers, 120, "the hub")


def test_probes_find_slurm_ready(form):
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        wait_until(lambda kind=kind: form.exec("slurm", *form.probe("slurm", kind)).returncode == 0, 60, kind)


@pytest.mark.parametrize("container", ["jupyterhub", "slurm"])
def test_containers_have_the_rights_that_the_form_gives_them(form, container):
    status = dict(line.split(":\t", 1) for line in form.exec(container, "cat", "/proc/1/status").stdout.splitlines())
    rights = form.container(container)["securityContext"]
    assert int(status["CapEff"], 16) == sum(1 << CAPABILITIES[name] for name in rights["capabilities"].get("add", []))
    assert status["NoNewPrivs"] == ("0" if rights["allowPrivilegeEscalation"] else "1")


def test_the_hub_reaches_slurm_as_the_service_account(form):
    ssh = ("ssh", "-i", "/srv/jupyterhub/ssh_key", "-o", "BatchMode=yes", "jupyterspawner@localhost")
    done = form.exec("jupyterhub", *ssh, "id -un; sudo -n -l")
    assert done.stdout.startswith("jupyterspawner\n") and "slurmspawner_sbatch" in done.stdout, done.stderr


def test_users_run_jobs(form):
    user = "testuser.project1"
    done = form.exec("slurm", "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "srun", "id", "-un")
    assert done.stdout == f"{user}\n", done.stderr


def test_files_have_their_owners_and_modes(form):
    paths = ["/etc/ssh/ssh_host_ed25519_key", "/home/jupyterspawner/.ssh/authorized_keys", "/var/log/slurmd.log"]
    assert form.exec("slurm", "stat", "--format=%u:%g %a", *paths).stdout.splitlines() == ["0:0 600", "64040:64040 600", "64030:64030 640"]
    assert form.exec("jupyterhub", "stat", "--format=%u:%g %a", "/srv/jupyterhub/ssh_key").stdout == "0:0 600\n"


def test_slurm_never_sees_the_clients_private_key(form):
    assert form.exec("slurm", "sh", "-c", "find / -xdev -name ssh_key 2>/dev/null").stdout == ""
