"""The environment `dev_dummyauth_extslurm` with a Slurm host outside the pod, from an empty deploy directory to `down --all`.

Hub and host are set up with the commands that README names for it. The tests go on from each other.
"""

import pytest
import requests
import slurm_host as slurm
from browser import Hub, new_page
from conftest import keep_logs
from environment import Environment, free_port, own_reference, podman, podman_lists

NAME, HOST, NETWORK = "e2e_extslurm", "envtool-e2e-slurm", "envtool-e2e-extslurm"
ACCOUNT, PROJECT_NAME = "testuser.project1", "project1.brics"

WHERE_AM_I = """
import os, socket, subprocess
print(socket.gethostname(), os.environ["SLURM_JOB_ID"], subprocess.getoutput("id --user --name"))
""".strip()


@pytest.fixture(scope="module")
def network(before):
    with slurm.network(NETWORK) as name:
        yield name


@pytest.fixture(scope="module")
def deployed(before, tmp_path_factory):
    """The environment with a deploy directory that lacks only what the Slurm host knows. That one has no GPUs."""
    made = Environment(tmp_path_factory.mktemp("project"), NAME, "dev_dummyauth_extslurm")
    made.change(network=NETWORK, parameters={"gpus": False})
    made.run("down", "--all")
    made.adopt_images()
    made.run("config init")
    made.fill_in(slurm.settings(made, HOST))
    made.run("keys make")
    return made


@pytest.fixture(scope="module")
def slurm_image(deployed):
    with slurm.image(deployed) as reference:
        yield reference


@pytest.fixture(scope="module")
def slurm_host(deployed, slurm_image, network, tmp_path_factory):
    with slurm.running(deployed, HOST, network, slurm_image, tmp_path_factory.mktemp("slurm-host")) as host:
        yield host


@pytest.fixture(scope="module")
def environment(deployed, slurm_host):
    deployed.run("keys known-hosts", *slurm_host.known_hosts_arguments())
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
    slurm_host.wait_for_no_jobs()


def test_the_hub_api_can_be_published(environment):
    """For jobs on machines that can't share a network with the pod."""
    port = free_port()
    environment.run("up", "--publish-hub", f"127.0.0.1:{port}")
    assert podman("port", environment.container("jupyterhub"), "8081/tcp").strip() == f"127.0.0.1:{port}"
    answer = requests.get(f"http://127.0.0.1:{port}/jupyter/hub/api", timeout=10)
    assert answer.status_code == 200


@pytest.mark.parametrize("attempt", ["first", "again"])
def test_down_all_leaves_nothing(environment, slurm_host, slurm_image, before, attempt):
    environment.run("down", "--all")
    lists = podman_lists()
    assert {name for name in lists["pods"] | lists["volumes"] | lists["secrets"] if NAME in name} == set()
    assert own_reference("brics_jupyterhub") not in lists["images"]
