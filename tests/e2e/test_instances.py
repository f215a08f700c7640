"""Eight instances of a small environment at once: each has what is its own, and nobody notices when one goes."""

import contextlib
import json
import urllib.request

import pytest
from environment import lists_before, podman_lists
from small import PATIENCE, SERVED_NAME, Small

NAMES = [f"i{n}" for n in range(8)]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    before = lists_before()
    made = Small(tmp_path_factory.mktemp("instances") / "project")
    made.define_served()
    try:
        yield made
        take_down(made)
        assert podman_lists() == before
    finally:
        take_down(made)
        made.remove()


def take_down(small):
    for name in NAMES:
        small.says("down", SERVED_NAME, "--instance", name, "--all")
    small.says("down", SERVED_NAME, "--all")


@pytest.fixture(scope="module")
def started(small):
    """All eight, from nothing: no image, no clone, no keys."""
    with contextlib.ExitStack() as ups:
        processes = [ups.enter_context(small.envtool("up", SERVED_NAME, "--instance", name)) for name in NAMES]
        said = [process.communicate(timeout=PATIENCE) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(NAMES), said
    return said


def listed(small):
    running = json.loads(small.says("status", "--output", "json"))["running"]
    return {one["instance"]: one for one in running}


def answer(address):
    with urllib.request.urlopen(f"http://{address}/", timeout=10) as response:
        return response.read()


def test_all_are_listed_and_answer_at_ports_of_their_own(small, started):
    found = listed(small)
    assert sorted(found) == NAMES
    assert {one["state"] for one in found.values()} == {"Running"}
    addresses = [address for one in found.values() for address in one["addresses"]]
    assert len(set(addresses)) == len(NAMES)
    assert {answer(address) for address in addresses} == {b"ok"}


def test_they_share_what_is_the_same_for_all(small, started):
    """One of the eight has cloned and built; the others have waited for it."""
    said = [err for _, err in started]
    assert sum("received " in text for text in said) <= 1
    assert sum("STEP " in text for text in said) == 1
    assert (small.clone / ".git").is_dir()


def test_each_has_keys_and_volumes_of_its_own(small, started):
    tokens = {(small.folder / "deploy" / f"{SERVED_NAME}-{name}" / "token").read_bytes() for name in NAMES}
    assert len(tokens) == len(NAMES)
    assert {f"data_{SERVED_NAME}-{name}" for name in NAMES} <= podman_lists()["volumes"]


def test_listing_takes_one_podman(small, started):
    with small.start_any("status") as process:
        out, _ = process.communicate(timeout=PATIENCE)
    assert "i7" in out
    assert small.calls() == 1


def test_a_second_up_changes_nothing(small, started):
    before = listed(small)["i3"]
    assert "Nothing to do" in small.says("plan", SERVED_NAME, "--instance", "i3")
    small.says("up", SERVED_NAME, "--instance", "i3")
    assert listed(small)["i3"] == before


def test_taking_one_down_leaves_seven_untouched(small, started):
    before = listed(small)
    small.says("down", SERVED_NAME, "--instance", "i3", "--all")
    gone = before.pop("i3")
    assert listed(small) == before
    assert {answer(address) for one in before.values() for address in one["addresses"]} == {b"ok"}
    assert not [name for name in podman_lists()["volumes"] if name.endswith("-i3")]
    small.says("up", SERVED_NAME, "--instance", "i3")
    assert answer(listed(small)["i3"]["addresses"][0]) == b"ok"
    assert gone["pod"] == listed(small)["i3"]["pod"]


def test_a_port_outlives_down(small, started):
    before = listed(small)["i5"]["addresses"]
    small.says("down", SERVED_NAME, "--instance", "i5")
    small.says("up", SERVED_NAME, "--instance", "i5")
    assert listed(small)["i5"]["addresses"] == before
