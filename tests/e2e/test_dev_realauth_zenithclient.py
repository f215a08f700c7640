"""The environment `dev_realauth_zenithclient`, with stand-ins for all that is outside: issuer, Zenith server and, unless its image can be had, client."""


import pytest
import requests
from environment import podman, podman_lists, wait_until
from person import Person

BACK_SECONDS = 60


@pytest.fixture(scope="module")
def person(environment):
    return Person(environment.url, "otheruser")


def version_status(environment):
    return requests.get(f"{environment.url}/hub/api", timeout=30).status_code


def test_only_the_sign_in_page_is_published(environment):
    pod = f"jupyterhub-slurm-{environment.name}"
    ports = podman("port", f"{pod}-front").split()
    assert ports == ["8080/tcp", "->", f"127.0.0.1:{environment.port}"]


def test_a_person_signs_in_through_the_tunnel(person):
    person.sign_in()
    assert person.who_am_i() == "otheruser"
    assert person.projects() == ["project1.brics"]


def test_a_server_starts_and_runs_code(environment, person):
    person.start_server("project1.brics")
    assert person.run("import getpass; print(getpass.getuser())").split() == ["otheruser.project1"]
    person.stop_server()


def test_a_tunnel_that_is_cut_comes_back(environment, person):
    before = environment.exec("zenith-client", "pidof", "ssh")
    environment.exec("zenith-client", "kill", before)
    wait_until(lambda: environment.run("exec", "zenith-client", "--", "pidof", "ssh", check=False).stdout.strip() not in ("", before), BACK_SECONDS, "another ssh")
    wait_until(lambda: version_status(environment) == 200, BACK_SECONDS, "the hub to be there again")
    assert person.who_am_i() == "otheruser"


def test_there_is_no_other_way_than_the_tunnel(environment, person):
    client = f"jupyterhub-slurm-{environment.name}-zenith-client"
    podman("stop", "--time", "5", client)
    assert person.open("/hub/home").status_code == 503

    podman("start", client)
    wait_until(lambda: version_status(environment) == 200, BACK_SECONDS, "the hub to be there again")
    assert person.who_am_i() == "otheruser"


def test_only_the_clients_key_opens_a_tunnel(environment):
    command = "ssh-keygen -q -t ed25519 -N '' -f /tmp/other && ssh -i /tmp/other -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o BatchMode=yes -p 2222 zenith@127.0.0.1"
    done = environment.run("exec", "zenith-client", "--", "sh", "-c", command, check=False)
    assert "Permission denied (publickey)" in done.stderr


def test_down_all_leaves_nothing(environment, before):
    environment.run("down", "--all")
    for kind, names in podman_lists().items():
        assert names <= before[kind], kind
