"""The environment `dev_realauth`, with the identity provider that stands in for a real one. The tests go on from each other."""

import pytest
import requests
from environment import podman_lists
from person import Person

TOKEN_HEADER = "X-Auth-Id-Token"
WHERE_AM_I = "import getpass, os; print(os.environ['SLURM_JOB_ID'], getpass.getuser())"


@pytest.fixture(scope="module")
def person(environment):
    return Person(environment.url, "testuser")


def token(environment, *options):
    return environment.run("token", "--user", "testuser", *options).stdout.strip()


def status_with(environment, bearer):
    """Of a sign-in with a token. The first refusal leads to the sign-out, the second is told."""
    client = requests.Session()
    client.headers["Authorization"] = f"Bearer {bearer}"
    answer = client.get(f"{environment.url}/hub/login", allow_redirects=False, timeout=60)
    if answer.status_code == 302 and answer.headers["Location"].endswith("/hub/logout"):
        answer = client.get(f"{environment.url}/hub/login", allow_redirects=False, timeout=60)
    return answer.status_code


def published_keys(environment):
    url = environment.url.removesuffix("/jupyter") + "/_issuer/jwks"
    return {key["kid"] for key in requests.get(url, timeout=60).json()["keys"]}


def test_a_person_chooses_who_to_be(person):
    assert person.choices() == ["testuser", "otheruser"]
    person.sign_in()
    assert person.who_am_i() == "testuser"
    assert person.projects() == ["project1.brics", "project2.brics"]


def test_code_runs_inside_a_slurm_job(environment, person):
    person.start_server("project1.brics")
    job, account = person.run(WHERE_AM_I).split()
    assert account == "testuser.project1"
    assert job in environment.exec("slurm", "squeue", "--noheader", "--format=%i").split()
    person.stop_server()


def test_signing_out_leads_to_the_choice_again(person):
    assert "Choose who you are" in person.open("/hub/logout").text
    assert "Choose who you are" in person.open("/hub/home").text


def test_a_header_from_outside_is_no_way_in(environment):
    answer = requests.get(f"{environment.url}/hub/login", headers={TOKEN_HEADER: token(environment)}, allow_redirects=False, timeout=60)
    assert answer.status_code == 401
    assert "jupyterhub-hub-login" not in answer.cookies


FLAWS = {
    "--expired": 401,
    "--wrong-audience": 401,
    "--wrong-issuer": 401,
    "--bad-signature": 401,
    "--unknown-kid": 401,
    "--shared-secret": 401,
    "--unsigned": 401,
    "--no-name": 401,
    "--no-projects": 403,
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_token_is_refused(environment, flaw):
    assert status_with(environment, token(environment, flaw)) == FLAWS[flaw]


def test_tokens_outlive_a_new_key(environment):
    old, keys = token(environment), published_keys(environment)
    made = environment.exec("front", "hubfront", "rotate")
    assert published_keys(environment) == keys | {made}
    assert status_with(environment, old) == 302
    assert status_with(environment, token(environment)) == 302


def test_a_project_can_be_left_out(environment):
    assert status_with(environment, token(environment, "--project", "project2")) == 302
    done = environment.run("token", "--user", "testuser", "--project", "project9", check=False)
    assert (done.returncode, "project9" in done.stderr) == (1, True)


def test_no_token_is_logged(environment):
    assert "eyJ" not in environment.run("logs").stdout


def test_down_all_leaves_nothing(environment, before):
    environment.run("down", "--all")
    for kind, names in podman_lists().items():
        assert names <= before[kind], kind
