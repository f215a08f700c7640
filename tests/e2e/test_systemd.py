"""The service that `envtool systemd` writes, or that podman makes of its Quadlet: its commands, one after the other, and in a running systemd."""

import shlex
import subprocess

import pytest
import user_manager
from environment import PODMAN, PROJECT, podman, podman_lists, podmans, wait_until
from small import POD, Small

QUADLET = "/usr/libexec/podman/quadlet"


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


def written_unit(small, folder):
    """The unit for this podman; for root envtool writes what the machine's systemd starts, here it is the one of podman's account."""
    small.succeeds("systemd", "--directory", str(folder))
    (unit,) = folder.iterdir()
    unit.write_text(readable(small, unit.read_text()).replace("multi-user.target", "default.target"))
    return unit


def service_of(unit):
    """Its text."""
    if unit.suffix == ".service":
        return unit.read_text()
    generator = [*podmans.prefix(PODMAN), "env", f"QUADLET_UNIT_DIRS={unit.parent}", QUADLET, "-dryrun", "-user"]
    return subprocess.check_output(generator, stdin=subprocess.DEVNULL, text=True)


def run(service, *kinds):
    """A `-` before a command says that it may fail."""
    for line in service.splitlines():
        kind, _, command = line.partition("=")
        if kind not in kinds:
            continue
        _, *words = shlex.split(command.removeprefix("-"))
        try:
            podman(*words)
        except subprocess.CalledProcessError:
            if not command.startswith("-"):
                raise


def pod_id():
    return podman("pod", "inspect", "--format", "{{.ID}}", POD).strip()


def test_the_service_plays_the_pod_and_ends_it(small, tmp_path):
    small.succeeds("up")
    first, lists = pod_id(), podman_lists()
    service = service_of(written_unit(small, tmp_path / "units"))

    run(service, "ExecStartPre", "ExecStart")
    assert pod_id() != first
    small.check_it_is_up()
    assert small.run("plan", "--exit-code")[0] == 0, "envtool sees the pod that it would have made"

    run(service, "ExecStop", "ExecStopPost")
    check_only_the_pod_is_gone(lists)


def check_only_the_pod_is_gone(before):
    now = podman_lists()
    assert POD not in now["pods"]
    assert now["containers"] <= before["containers"]
    assert now["volumes"] == before["volumes"]


def podman_account():
    script = f". {PROJECT}/tools/lib/podman_user.bash; podman_user"
    return subprocess.check_output([*podmans.prefix(PODMAN), "bash", "-c", script], text=True).strip()


@pytest.fixture
def manager():
    prefix = podmans.prefix(PODMAN)
    if reason := user_manager.why_not(prefix):
        pytest.skip(reason)
    made = user_manager.UserManager(podman_account(), prefix)
    try:
        yield made
    finally:
        made.remove()


def pod_is(state):
    return lambda: podman("pod", "ps", "--format", "{{.Status}}", "--filter", f"name=^{POD}$").strip() == state


def test_a_running_systemd_starts_the_pod_at_boot_and_ends_it(small, manager, tmp_path):
    small.succeeds("up")
    first, lists = pod_id(), podman_lists()
    unit = written_unit(small, tmp_path / "units")
    manager.begin()
    manager.add(unit, f"[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/{manager.account.pw_uid}\n")
    service = f"{POD}.service"
    start = ["start"] if unit.suffix == ".kube" else ["enable", "--runtime", "--now"]  # a Quadlet is enabled by being there
    for command in (["daemon-reload"], [*start, service]):
        code, said = manager.systemctl(*command)
        assert code == 0, said + manager.systemctl("status", service)[1]
    second = pod_id()
    assert second != first
    small.check_it_is_up()
    assert small.run("plan", "--exit-code")[0] == 0, "envtool sees the pod that it would have made"

    manager.end()
    wait_until(pod_is(""), 30, "the pod to be gone with the machine")
    check_only_the_pod_is_gone(lists)

    manager.begin()
    wait_until(pod_is("Running"), 60, "the pod to come with the machine")
    assert pod_id() not in (first, second)
    small.check_it_is_up()
    code, said = manager.systemctl("stop", service)
    assert code == 0, said
    check_only_the_pod_is_gone(lists)
