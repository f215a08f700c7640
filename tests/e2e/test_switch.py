"""From mocked sign-in to real tokens and back, with `envtool switch`. The tests go on from each other."""

import pytest
import requests
from conftest import keep_logs
from environment import Environment, lists_before, podman, podman_lists
from person import Person

NOT_READY = 4


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    before = lists_before("dev_dummyauth", "dev_realauth")
    dummy = Environment(tmp_path_factory.mktemp("switch") / "project", "e2e_from", "dev_dummyauth")
    real = dummy.beside("e2e_to", "dev_realauth")
    for one in (dummy, real):
        one.run("down", "--all")
    for one in (dummy, real):
        one.adopt_images()
    try:
        dummy.run("up")
        yield dummy, real
    finally:
        for one in (dummy, real):
            keep_logs(one)
            one.run("down", "--all", check=False)
    for kind, names in podman_lists().items():
        assert names <= before[kind], kind


def switch(start, goal, *arguments):
    return start.envtool("switch", start.name, goal.name, *arguments)


def state(environment):
    return environment.json("status")["state"]


def hub_answers(environment):
    return requests.get(f"{environment.url}/hub/api", timeout=60).status_code == 200


def test_the_preview_tells_when_and_changes_nothing(both):
    dummy, real = both
    lists = podman_lists()
    done = switch(dummy, real, "--dry-run", "--keep-data")
    before, between = done.stdout.split("Then:")
    assert "it is taken from there" in before and dummy.pod not in before
    assert dummy.pod in between and real.pod in between and "data homes" in between
    assert podman_lists() == lists
    assert not real.deploy_directory.exists()


def test_what_cannot_work_does_not_stop_the_first(both):
    dummy, real = both
    ids = dummy.container_ids()
    done = switch(dummy, real, "--set", "images.hubfront.containerfile=Nothing")
    assert done.returncode != 0 and "Nothing" in done.stderr
    assert dummy.container_ids() == ids and hub_answers(dummy)


def test_the_first_comes_back_when_the_second_does_not_get_ready(both):
    dummy, real = both
    done = switch(dummy, real, "--set", "ready.front.http.path=/nothing", "--set", "ready.front.timeout=2")
    assert done.returncode == NOT_READY, done.stderr
    assert f"`{dummy.name}` is back and ready" in done.stderr
    assert hub_answers(dummy)
    assert (state(dummy), state(real)) == ("Running", "absent")


def test_to_real_tokens_with_data(both):
    dummy, real = both
    dummy.exec("slurm", "sh", "-c", "mkdir /home/kept && echo here > /home/kept/note")
    done = switch(dummy, real, "--keep-data")
    assert done.returncode == 0, done.stderr
    assert (state(dummy), state(real)) == ("absent", "Running")
    person = Person(real.url, "testuser")
    person.sign_in()
    assert person.who_am_i() == "testuser"
    assert real.exec("slurm", "cat", "/home/kept/note") == "here"
    for key in ("ssh_client_key", "ssh_host_ed25519_key", "munge_key"):
        assert (dummy.deploy_directory / key).read_bytes() == (real.deploy_directory / key).read_bytes()


def test_and_back(both):
    dummy, real = both
    volumes = podman_lists()["volumes"]
    done = switch(real, dummy)
    assert done.returncode == 0, done.stderr
    assert "secret-volume" not in done.stderr and "image" not in done.stderr
    assert (state(real), state(dummy)) == ("absent", "Running")
    assert hub_answers(dummy)
    assert dummy.exec("slurm", "cat", "/home/kept/note") == "here"
    assert podman_lists()["volumes"] == volumes


def test_again_goes_on_from_where_it_was_cut_off(both):
    """The first one was stopped, and envtool was killed."""
    dummy, real = both
    podman("pod", "stop", "--time", "15", dummy.pod)
    done = switch(dummy, real)
    assert done.returncode == 0, done.stderr
    assert (state(dummy), state(real)) == ("absent", "Running")
    assert hub_answers(real)
