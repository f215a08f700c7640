"""The commands of the service that `envtool systemd` writes for an older podman, run one after the other as systemd would."""

import shlex
import subprocess

import pytest
from environment import podman, podman_lists
from small import POD, Small


@pytest.fixture
def small(tmp_path):
    made = Small(tmp_path / "project")
    try:
        yield made
    finally:
        made.run("down", "--all")
        made.remove()


def readable(small, line):
    """The command with files that podman's account can read, which is not the one that owns the deploy directory."""
    for name in ("combined.yaml", "deploy-configmap.yaml"):
        copy = small.orders / name
        copy.write_bytes((small.deploy_directory / name).read_bytes())
        copy.chmod(0o644)
        line = line.replace(str(small.deploy_directory / name), str(copy))
    return line


def run(small, unit, *kinds):
    """A `-` before a command says that it may fail."""
    for line in unit.splitlines():
        kind, _, command = line.partition("=")
        if kind not in kinds:
            continue
        _, *words = shlex.split(readable(small, command.removeprefix("-")))
        try:
            podman(*words)
        except subprocess.CalledProcessError:
            if not command.startswith("-"):
                raise


def pod_id():
    return podman("pod", "inspect", "--format", "{{.ID}}", POD).strip()


def test_the_service_plays_the_pod_and_ends_it(small, tmp_path):
    small.succeeds("up")
    first, volumes = pod_id(), podman_lists()["volumes"]
    small.succeeds("systemd", "--target", "podman@4.3", "--directory", str(tmp_path))
    unit = (tmp_path / f"{POD}.service").read_text()
    if " 4.3." not in podman("--version"):
        pytest.skip("the manifest is made for a newer podman, which gets a Quadlet")

    run(small, unit, "ExecStartPre", "ExecStart")
    assert pod_id() != first
    small.check_it_is_up()
    assert small.run("plan", "--exit-code")[0] == 0, "envtool sees the pod that it would have made"

    run(small, unit, "ExecStop", "ExecStopPost")
    assert POD not in podman_lists()["pods"]
    assert podman_lists()["volumes"] == volumes
