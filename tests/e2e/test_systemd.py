"""The service that `envtool systemd` writes for an older podman: its commands, one after the other, and in a running systemd."""

import shlex
import subprocess

import pytest
import user_manager
from environment import PROJECT, podman, podman_lists, wait_until
from small import NAME, POD, Small


@pytest.fixture
def small(tmp_path):
    made = Small(tmp_path / "project")
    try:
        yield made
    finally:
        made.run("down", "--all")
        made.remove()


def readable(small, line):
    """The command, or the whole unit, with files that podman's account can read, which is not the one that owns the deploy directory."""
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


def podman_account():
    script = f". {PROJECT}/tools/lib/podman_user.bash; podman_user"
    return subprocess.check_output(["bash", "-c", script], text=True).strip()


@pytest.fixture
def manager():
    if reason := user_manager.why_not():
        pytest.skip(reason)
    made = user_manager.UserManager(podman_account())
    try:
        yield made
    finally:
        made.remove()


def pod_is(state):
    return lambda: podman("pod", "ps", "--format", "{{.Status}}", "--filter", f"name=^{POD}$").strip() == state


@pytest.mark.skipif(" 4.3." not in podman("--version"), reason="a newer podman gets a Quadlet")
def test_a_running_systemd_starts_the_pod_at_boot_and_ends_it(small, manager, tmp_path):
    small.succeeds("up")
    first, volumes = pod_id(), podman_lists()["volumes"]
    small.says("systemd", NAME, "--target", "podman@4.3", "--directory", str(tmp_path))
    unit = tmp_path / f"{POD}.service"
    # For root envtool writes what the machine's systemd starts; here it is the one of podman's account.
    unit.write_text(readable(small, unit.read_text()).replace("multi-user.target", "default.target"))
    manager.add(unit, f"[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/{manager.account.pw_uid}\n")

    manager.begin()
    code, said = manager.systemctl("enable", "--runtime", "--now", unit.name)
    assert code == 0, said + manager.systemctl("status", unit.name)[1]
    second = pod_id()
    assert second != first
    small.check_it_is_up()
    assert small.run("plan", "--exit-code")[0] == 0, "envtool sees the pod that it would have made"

    manager.end()
    wait_until(pod_is(""), 30, "the pod to be gone with the machine")
    assert podman_lists()["volumes"] == volumes

    manager.begin()
    wait_until(pod_is("Running"), 60, "the pod to come with the machine")
    assert pod_id() not in (first, second)
    small.check_it_is_up()
    code, said = manager.systemctl("stop", unit.name)
    assert code == 0, said
    assert POD not in podman_lists()["pods"]
    assert podman_lists()["volumes"] == volumes
