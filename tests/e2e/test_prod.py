"""The environment `prod` on one machine: Slurm on a host outside the pod, and stand-ins for identity provider, Zenith server and, unless its
image can be had, Zenith client. Production takes them because the command line says so. The tests go on from each other.
"""

import json
import os
import stat
import subprocess

import pytest
import requests
import slurm_host as slurm
from conftest import keep_logs
from environment import Environment, own_reference, podman, podman_lists
from person import Person

NAME, HOST, NETWORK = "e2e_prod", "envtool-e2e-prod-slurm", "envtool-e2e-prod"
ACCOUNT, PROJECT_NAME = "testuser.project1", "project1.brics"
ISSUER = {
    "oidcServer": "http://127.0.0.1:8009",
    "bricsPlatform": "brics.aip1.notebooks.shared",
    "jwtAudience": "zenith-jupyter",
    "devUsers": slurm.USERS,
}
STEP_FAILED, NOT_READY = 1, 4
WHERE_AM_I = "import getpass, os, socket; print(socket.gethostname(), os.environ['SLURM_JOB_ID'], getpass.getuser())"


@pytest.fixture(scope="module")
def network(before):
    with slurm.network(NETWORK) as name:
        yield name


@pytest.fixture(scope="module")
def deployed(before, tmp_path_factory):
    """The environment with a deploy directory that lacks only what the Slurm host knows."""
    made = Environment(tmp_path_factory.mktemp("project"), NAME, "prod", variables=["ENVTOOL_STANDINS=always"])
    made.change(network=NETWORK, parameters={"gpus": False})
    made.run("config init")
    made.fill_in(slurm.settings(made, HOST) | ISSUER)
    made.run("down", "--all")
    made.run("keys make")
    return made


@pytest.fixture(scope="module")
def slurm_host(deployed, network, tmp_path_factory):
    with (
        slurm.image(deployed) as image,
        slurm.running(deployed, HOST, network, image, tmp_path_factory.mktemp("slurm-host")) as host,
    ):
        yield host


@pytest.fixture(scope="module")
def environment(deployed, slurm_host):
    deployed.run("keys known-hosts", *slurm_host.known_hosts_arguments())
    deployed.adopt_images()  # over what has the same name and was built for the Slurm host
    try:
        deployed.run("up")
        yield deployed
    finally:
        keep_logs(deployed)
        deployed.run("down", "--all", check=False)


@pytest.fixture(scope="module")
def person(environment):
    return Person(environment.url, "testuser")


def test_no_stand_in_is_taken_silently(deployed):
    asked_for, deployed.variables = deployed.variables, []
    try:
        refused = deployed.run("up", check=False)
    finally:
        deployed.variables = asked_for
    assert refused.returncode == 2
    assert "`oidcServer` is the address of the stand-in `issuer`" in refused.stderr


def test_up_ends_when_the_hub_is_ready(environment):
    assert environment.json("status")["ready"] is True
    assert environment.json("plan")["changes"] is False


def test_only_the_sign_in_page_is_published(environment):
    assert podman("port", environment.container("front")).split() == ["8080/tcp", "->", f"127.0.0.1:{environment.port}"]


def test_a_notebook_runs_on_the_other_host(person, slurm_host):
    person.sign_in()
    assert person.who_am_i() == "testuser"
    assert person.projects() == ["project1.brics", "project2.brics"]
    person.start_server(PROJECT_NAME)
    host, job, account = person.run(WHERE_AM_I).split()
    assert (host, account) == (HOST, ACCOUNT)
    assert slurm_host.jobs() == [(job, ACCOUNT)]


def hops(environment, *options, **given):
    """What `envtool smoke` says of each hop."""
    command = environment.command_line("smoke", "--output", "json", "--project", PROJECT_NAME, *options)
    done = subprocess.run(command, capture_output=True, text=True, **given)
    assert done.returncode in (0, STEP_FAILED), done.stderr
    return {hop["hop"]: hop["verdict"] for hop in json.loads(done.stdout)["hops"]}


def test_smoke_goes_the_whole_way(environment):
    found = hops(environment, "--user", "otheruser", stdin=subprocess.DEVNULL)
    assert set(found.values()) == {"ok"}, found


def test_smoke_goes_the_way_of_people_who_arrive_from_elsewhere(environment, tmp_path):
    """With a browser's session, as at a real Zenith; the token's own way is that of the test above."""
    person = Person(environment.url, "otheruser")
    person.sign_in()
    session = tmp_path / "session"
    session.write_text(f"Cookie: {person.prepare_request(requests.Request('GET', environment.url)).headers['Cookie']}\n")
    found = hops(environment, "--url", environment.url.removesuffix("/jupyter"), "--token-file", session, stdin=subprocess.DEVNULL)
    assert set(found.values()) == {"ok"}, found


def test_smoke_takes_a_token_from_a_pipe(environment):
    token = environment.run("token", "--user", "otheruser", "--expired").stdout
    assert hops(environment, "--token-file", "-", input=token)["sign in"] == "fail"


def crypt_key_digest(environment):
    return environment.exec("jupyterhub", "sha256sum", "/srv/jupyterhub/jupyterhub_crypt_key")


def hub_image(environment):
    return podman("inspect", "--format", "{{.Image}}", environment.container("jupyterhub")).strip()


def test_a_new_image_keeps_what_people_have(environment, person, slurm_host):
    """The hub's database and key, and servers that run. The sign-in page, a stand-in, forgets who has signed in."""
    key, image, jobs = crypt_key_digest(environment), hub_image(environment), slurm_host.jobs()
    with (environment.folder / "images/brics_jupyterhub/Containerfile").open("a") as file:
        file.write("LABEL test.upgrade=1\n")
    environment.run("up")
    assert hub_image(environment) != image
    assert crypt_key_digest(environment) == key
    assert slurm_host.jobs() == jobs and len(jobs) == 1
    person.sign_in()
    assert person.run(WHERE_AM_I).split() == [HOST, jobs[0][0], ACCOUNT]


def test_an_image_that_does_not_get_ready_leaves_the_place_to_the_one_before(environment, person, slurm_host):
    key, image, jobs = crypt_key_digest(environment), hub_image(environment), slurm_host.jobs()
    containerfile = environment.folder / "images/brics_jupyterhub/Containerfile"
    good = containerfile.read_text()
    containerfile.write_text(good + "RUN printf '#!/bin/sh\\nexec sleep infinity\\n' > /srv/venv/bin/jupyterhub\n")
    refused = environment.run("up", "--set", "ready.hub.timeout=5", check=False)
    containerfile.write_text(good)
    assert refused.returncode == NOT_READY, refused.stderr
    assert f"its container `jupyterhub` had a new image, `{own_reference('brics_jupyterhub')}`" in refused.stderr
    assert "is back and ready" in refused.stderr
    assert environment.json("status")["ready"] is True
    assert (hub_image(environment), crypt_key_digest(environment), slurm_host.jobs()) == (image, key, jobs)
    person.sign_in()
    assert person.run(WHERE_AM_I).split() == [HOST, jobs[0][0], ACCOUNT]


def test_the_job_ends_with_the_server(person, slurm_host):
    person.stop_server()
    slurm_host.wait_for_no_jobs()


def test_only_the_owner_can_read_secrets(environment):
    open_to_all = {"ssh_known_hosts"}
    for file in environment.deploy_directory.iterdir():
        mode = stat.S_IMODE(os.lstat(file).st_mode)
        assert mode & 0o077 == 0 or file.name in open_to_all or file.suffix == ".pub", f"{file.name}: {mode:o}"


def test_down_all_leaves_nothing(environment):
    environment.run("down", "--all")
    lists = podman_lists()
    assert {name for name in lists["pods"] | lists["volumes"] | lists["secrets"] if NAME in name} == set()
    assert not {own_reference("brics_jupyterhub"), own_reference("hubfront")} & lists["images"]
