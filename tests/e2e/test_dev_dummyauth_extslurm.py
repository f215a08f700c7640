"""The environment `dev_dummyauth_extslurm` with a Slurm host outside the pod, from an empty deploy directory to `down --all`.

Hub and host are set up with the commands that README names for it. The tests go on from each other.
"""

import re

import pytest
import requests
import yaml
from browser import Hub, new_page
from conftest import keep_logs
from environment import Environment, free_port, own_reference, podman, podman_lists
from slurm_host import SlurmHost
from test_dev_dummyauth import wait_until

NAME, HOST, NETWORK = "e2e_extslurm", "envtool-e2e-slurm", "envtool-e2e-extslurm"
POD = f"jupyterhub-slurm-{NAME}"
USER, ACCOUNT, PROJECT_NAME = "testuser", "testuser.project1", "project1.brics"
SETTINGS = {
    "sshHostname": HOST,
    "slurmSpawnerWrappersBin": "/opt/jupyter/slurmspawner_wrappers/bin",
    "condaPrefixDir": "/opt/jupyter/miniforge3",
    "jupyterDataDir": "/opt/jupyter/jupyter_data",
    "hubConnectUrl": f"http://{POD}:8081",
}

WHERE_AM_I = """
import os, socket, subprocess
print(socket.gethostname(), os.environ["SLURM_JOB_ID"], subprocess.getoutput("id --user --name"))
""".strip()


@pytest.fixture(scope="module")
def network(before):
    podman("network", "create", NETWORK)
    yield NETWORK
    podman("network", "rm", "--force", NETWORK)


@pytest.fixture(scope="module")
def project(before, tmp_path_factory):
    """The environment, defined and not yet up; its Slurm has no GPUs."""
    made = Environment(tmp_path_factory.mktemp("project"), NAME, "dev_dummyauth_extslurm")
    made.change(network=NETWORK, parameters={"gpus": False})
    made.run("down", "--all")
    made.adopt_images()
    return made


@pytest.fixture(scope="module")
def slurm_image(project):
    """Built as the environment with Slurm in its pod builds it."""
    builder = project.beside("e2e_slurm_image", "dev_dummyauth")
    builder.adopt_images()
    try:
        builder.run("build")
        yield own_reference("brics_slurm")
    finally:
        builder.run("down", "--all", check=False)


def fill_in(environment, values):
    file = environment.deploy_directory / "deploy-configmap.yaml"
    config = yaml.safe_load(file.read_text())
    config["data"] |= values
    file.write_text(yaml.safe_dump(config))


@pytest.fixture(scope="module")
def deployed(project):
    """With a deploy directory that lacks only what the Slurm host knows."""
    project.run("config init")
    fill_in(project, SETTINGS)
    project.run("keys make")
    return project


@pytest.fixture(scope="module")
def slurm_host(deployed, slurm_image, network, tmp_path_factory):
    subnet = re.search(r'"subnet": "([^"]+)"', podman("network", "inspect", network))[1]
    folder = tmp_path_factory.mktemp("slurm-host")
    deployed.run("sudoers", "--from", subnet, "--directory", folder / "root")
    host = SlurmHost(folder, HOST, network, slurm_image, deployed.deploy_data()["devUsers"])
    try:
        host.set_up(folder / "root")
        host.start()
        yield host
    finally:
        host.remove()


@pytest.fixture(scope="module")
def environment(deployed, slurm_host):
    deployed.run("keys known-hosts", "--at", f"127.0.0.1:{slurm_host.ssh_port}", "--fingerprint", slurm_host.fingerprint())
    try:
        deployed.run("up")
        yield deployed
    finally:
        keep_logs(deployed)
        deployed.run("down", "--all", check=False)


@pytest.fixture
def hub(environment):
    with new_page() as page:
        yield Hub(page, environment.url)


def test_up_names_what_it_lacks_before_it_does_anything(deployed):
    refused = deployed.run("up", check=False)
    assert refused.returncode == 2
    assert f"`{deployed.deploy_directory / 'ssh_known_hosts'}` not found" in refused.stderr
    assert not (deployed.deploy_directory / "combined.yaml").exists()


def test_a_host_key_is_trusted_only_when_confirmed(deployed, slurm_host):
    known_hosts = deployed.deploy_directory / "ssh_known_hosts"
    ask = ("keys known-hosts", "--at", f"127.0.0.1:{slurm_host.ssh_port}")
    assert slurm_host.fingerprint() in deployed.run(*ask).stdout
    assert deployed.run(*ask, "--fingerprint", "SHA256:wrong", check=False).returncode == 1
    assert not known_hosts.exists()


def test_up_ends_when_the_hub_is_ready(environment):
    assert environment.json("status")["ready"] is True
    assert environment.json("plan")["changes"] is False


def test_the_host_accepts_its_files(slurm_host, environment):
    slurm_host.run("visudo", "--check", "--quiet", "--file=/etc/sudoers.d/jupyterspawner")
    slurm_host.run("/usr/sbin/sshd", "-t")


def test_a_notebook_runs_on_the_other_host(environment, slurm_host, hub):
    hub.sign_in("anybody", environment.deploy_data()["dummyAuthPassword"])
    hub.open_options()
    hub.start_server(PROJECT_NAME)
    hub.open_notebook()
    host, job, user = hub.run_cell(WHERE_AM_I).split()
    assert (host, user) == (HOST, ACCOUNT)
    assert slurm_host.jobs() == [(job, ACCOUNT)]

    hub.stop_server()
    wait_until(lambda: slurm_host.jobs() == [], 30, "the end of the job")


def test_the_hub_api_can_be_published(environment):
    """For jobs on machines that can't share a network with the pod."""
    port = free_port()
    environment.run("up", "--publish-hub", f"127.0.0.1:{port}")
    assert podman("port", f"{POD}-jupyterhub", "8081/tcp").strip() == f"127.0.0.1:{port}"
    answer = requests.get(f"http://127.0.0.1:{port}/jupyter/hub/api", timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize("attempt", ["first", "again"])
def test_down_all_leaves_nothing(environment, slurm_host, slurm_image, before, attempt):
    environment.run("down", "--all")
    lists = podman_lists()
    assert {name for name in lists["pods"] | lists["volumes"] | lists["secrets"] if NAME in name} == set()
    assert own_reference("brics_jupyterhub") not in lists["images"]
