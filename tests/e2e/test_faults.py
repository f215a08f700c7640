"""What goes wrong on real machines: programs that are killed, podman that fails, a disk that is full, a network that breaks off.

However `up` ended, the next one finishes, and `down --all` leaves podman's lists as they were before.
"""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from environment import PODMAN, free_port, podman, podmans
from small import IMAGE, NAME, PATIENCE, POD, Small, real_podman_lists

INTERRUPTED = 130
GO_ON = "run the same command again to go on"


@pytest.fixture
def lists():
    """What podman had before, but for what other builds left that were cut off: `down --all` takes that along."""
    podman("ps")  # whatever podman makes for itself at its first start is there then
    before = real_podman_lists()
    before["images"] = {name for name in before["images"] if not name.endswith("-tmp:latest")}
    return before


@pytest.fixture
def small(lists, tmp_path):
    made = Small(tmp_path / "project")
    try:
        yield made
    finally:
        made.run("down", "--all")
        made.remove()


def check_nothing_is_left(small, lists):
    small.succeeds("down", "--all")
    assert real_podman_lists() == lists


def finish(small, lists):
    """The next `up` finishes, the one after it changes nothing, and nothing is left in the end."""
    small.succeeds("up")
    small.check_it_is_up()
    assert small.run("plan", "--exit-code")[0] == 0
    check_nothing_is_left(small, lists)


# --- envtool is killed --------------------------------------------------------------------------------------------------------


def test_killed_after_every_call_of_podman(small, lists):
    """The n-th `up` dies right after podman's n-th call, and goes on from what the ones before have left."""
    for n in itertools.count(1):
        if not small.kill_at(f"after {n}", "up"):
            break
    assert n > 4
    finish(small, lists)


# A newer podman fills no volume for a Secret.
CALLS = ["volume import data", "kube play"] + (["volume import .*token"] if PODMAN == "machine" else [])


@pytest.mark.parametrize("call", CALLS)
def test_killed_in_the_middle_of_a_call(small, lists, call):
    assert small.kill_at(f"within {call}", "up")
    finish(small, lists)


def wait_for_line(process, text):
    """Reads what envtool says until it says this."""
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"it never said `{text}`")


ENDLESS_BUILD = ("--set", "images.app.containerfile=Containerfile.endless")
NEVER_READY = ("--set", "ready.app.exec.expect=never")


def test_killed_while_an_image_is_built(small, lists):
    with small.start("up", *ENDLESS_BUILD) as process:
        wait_for_line(process, "RUN")
        process.kill()
    finish(small, lists)


def test_what_a_build_left_that_was_cut_off(small, lists):
    """podman was killed when what it had built had only names for the time being. Not one of many names of an image is forgotten."""
    small.succeeds("up")
    podman("tag", IMAGE, *(f"docker.io/library/{digit * 64}-tmp" for digit in "0123456789abcdef"))
    check_nothing_is_left(small, lists)


# Where podman 4 keeps it, and podman 5, which has the network itself there, too. There pasta is ended as well: one that runs and isn't
# noted keeps its device, and no later podman gets the network.
FORGET_NETWORK = """
  cd "$XDG_RUNTIME_DIR"
  pasta=containers/networks/rootless-netns/rootless-netns-conn.pid
  [ ! -e "$pasta" ] || kill "$(cat "$pasta")"
  for kept in libpod/tmp/rootless-netns/* containers/networks/rootless-netns/*; do
    [ "${kept##*/}" = rootless-netns ] || rm -rf "$kept"
  done
"""


def test_a_network_that_podman_was_killed_over(small, lists):
    """podman has made the network of rootless pods, but not yet what it keeps of it."""
    if podman("ps", "--quiet"):
        pytest.skip("pods run that have this network")
    podmans.run(PODMAN, "unshare", "--rootless-netns", "sh", "-c", "kill -KILL $PPID")
    podman("unshare", "sh", "-c", FORGET_NETWORK)
    finish(small, lists)


def test_killed_while_it_waits(small, lists):
    """The next `up` does not take a pod for ready that nobody has seen ready."""
    assert small.kill_at("before exec", "up")
    assert small.run("up", *NEVER_READY, "--set", "ready.app.timeout=1")[0] == 4
    finish(small, lists)


def test_down_killed_after_every_call_of_podman(small, lists):
    small.succeeds("up")
    for n in itertools.count(1):
        if not small.kill_at(f"after {n}", "down", "--all"):
            break
    assert n > 4
    assert real_podman_lists() == lists


# --- podman fails -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["die", "late", "garble"])
def test_podman_fails_at_every_call(small, lists, fault):
    """The n-th `up` sees podman's n-th call fail. A garbled answer that nobody reads does no harm."""
    for n in itertools.count(1):
        code, said = small.run("up", order=f"{fault} {n}")
        assert code in (0, 1), said
        assert code == 0 or said.startswith("error: ") or "\nerror: " in said
        if small.calls() < n:
            break
    assert n > 4
    finish(small, lists)


@pytest.mark.parametrize("fault", ["die", "late"])
def test_nothing_half_made_is_left_when_play_fails(small, lists, fault):
    code, said = small.run("up", order=f"{fault} kube play")
    assert code == 1 and "podman kube play` failed" in said
    assert POD not in podman("pod", "ps", "--format", "{{.Name}}").splitlines()
    finish(small, lists)


@pytest.mark.parametrize("fault", ["die", "late"])
def test_nothing_half_full_is_left_when_an_import_fails(small, lists, fault):
    code, said = small.run("up", order=f"{fault} volume import data")
    assert code == 1 and "podman volume import` failed" in said
    assert f"data_{NAME}" not in podman("volume", "ls", "--format", "{{.Name}}").splitlines()
    finish(small, lists)


def test_storage_of_a_container_that_podman_does_not_know(small, lists):
    """As a podman leaves it that is killed between making the one and noting the other. buildah's containers are such, too."""
    make = f"""
      config=$(mktemp)
      printf '[storage]\\ndriver = "%s"\\ngraphroot = "%s"\\nrunroot = "%s"\\n' "$0" "$CONTAINERS_GRAPHROOT" "$CONTAINERS_RUNROOT" > "$config"
      CONTAINERS_STORAGE_CONF=$config buildah from --name {POD}-app scratch
      rm "$config"
    """
    podman("unshare", "sh", "-ec", make, podman("info", "--format", "{{.Store.GraphDriverName}}").strip())
    finish(small, lists)


# --- a pod that was ready is replaced by one that doesn't get ready -----------------------------------------------------------

NOT_READY, DIFFERENT = 4, 3
SOON = ("--set", "ready.app.timeout=2")
IS_BACK = "the pod whose place it took is back and ready"


def check_it_is_back(small, image):
    """As it was, and the definition is still another."""
    small.check_it_is_up()
    assert small.image_that_runs() == image
    assert small.run("plan", "--exit-code")[0] == DIFFERENT


def finish_mended(small, lists):
    """As above; the images that lost their names to others stay."""
    small.mend_program()
    small.succeeds("up")
    small.check_it_is_up()
    assert small.run("plan", "--exit-code")[0] == 0
    small.succeeds("down", "--all")
    left = real_podman_lists()
    assert left | {"unnamed images": lists["unnamed images"]} == lists


@pytest.fixture
def broken(small):
    """Up, with another image to come that never gets ready. Gives the id of the one that runs."""
    small.succeeds("up")
    image = small.image_that_runs()
    small.break_program()
    return image


def test_the_pod_of_before_comes_back(small, lists, broken):
    for _ in range(2):
        code, said = small.run("up", *SOON)
        assert code == NOT_READY and IS_BACK in said
        assert f"its container `app` had a new image, `{IMAGE}`" in said
        check_it_is_back(small, broken)
    finish_mended(small, lists)


def test_its_secrets_come_back_too(small, lists, broken):
    file = small.folder / "deploy" / NAME / "token"
    before = file.read_bytes()
    file.write_bytes(b"another\n")
    code, said = small.run("up", *SOON)
    assert code == NOT_READY and IS_BACK in said
    check_it_is_back(small, broken)
    assert small.file_in_pod("/token/token") == before and file.read_bytes() == b"another\n"
    finish_mended(small, lists)


def test_it_comes_back_when_the_new_image_cannot_even_start(small, lists, broken):
    code, said = small.run("up", "--set", "images.app.containerfile=Containerfile.empty")
    assert code == 1 and "podman kube play` failed" in said and IS_BACK in said
    check_it_is_back(small, broken)
    finish_mended(small, lists)


def test_nothing_comes_back_when_that_is_not_wanted(small, lists, broken):
    code, said = small.run("up", *SOON, "--no-rollback")
    assert code == NOT_READY and IS_BACK not in said
    assert POD not in podman("pod", "ps", "--format", "{{.Name}}").splitlines()
    finish_mended(small, lists)


def test_what_was_taken_down_does_not_come_back(small, lists, broken):
    small.succeeds("down")
    code, said = small.run("up", *SOON)
    assert code == NOT_READY and IS_BACK not in said
    finish_mended(small, lists)


def test_killed_while_the_pod_of_before_comes_back(small, lists, broken):
    """The first removal and the first play are the new pod's."""
    for order in ("after 1x kube play", "after 2x pod rm", "within 2x kube play", "after 2x kube play"):
        assert small.kill_at(order, "up", *SOON), order
        code, said = small.run("up", *SOON)
        assert code == NOT_READY and IS_BACK in said, (order, said)
        check_it_is_back(small, broken)
    finish_mended(small, lists)


# --- the disk is full ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def full_disk(folder):
    """A small disk at `folder`, full."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0755", "none", folder], check=True)
    try:
        with open(folder / "filling", "wb", buffering=0) as filling, contextlib.suppress(OSError):
            while True:
                filling.write(bytes(4096))
        yield folder / "filling"
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("place", ["deploy", "images/app/_dev_build_data", ".envtool"])
def test_a_full_disk(small, lists, place):
    with full_disk(small.folder / place) as filling:
        code, said = small.run("up")
        if place != ".envtool":  # what only saves time is done without
            assert code == 1 and "No space left on device" in said
        assert list(filling.parent.glob("**/*.new.*")) == []
        filling.unlink()
        if place == "deploy":
            finish(small, lists)
    finish(small, lists)


# --- the network breaks off ---------------------------------------------------------------------------------------------------


class BreakingNetwork:
    """Passes on to a git server what a client sends, and of the answer only so many bytes; then hangs up, or waits."""

    def __init__(self, server_port, most, then):
        self.server_port, self.most, self.then = server_port, most, then
        self.broken = threading.Event()
        self.over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        client, _ = self.listener.accept()
        with client, socket.create_connection(("127.0.0.1", self.server_port)) as server:
            threading.Thread(target=self._copy, args=(client, server), daemon=True).start()
            left = self.most
            while left > 0 and (some := server.recv(min(left, 65536))):
                client.sendall(some)
                left -= len(some)
            self.broken.set()
            if self.then == "wait":
                self.over.wait(PATIENCE)
            with contextlib.suppress(OSError):  # the client may be gone
                client.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _copy(source, destination):
        with contextlib.suppress(OSError):
            while some := source.recv(65536):
                destination.sendall(some)

    def close(self):
        self.over.set()
        self.listener.close()


@pytest.fixture
def git_server(small):
    """The port of a server that serves the folder of the small project."""
    port = free_port()
    command = ["git", "daemon", "--verbose", "--listen=127.0.0.1", f"--port={port}", "--export-all", f"--base-path={small.folder}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as server:
        for line in server.stderr:
            if "Ready to rumble" in line:
                break
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield port
        os.killpg(server.pid, signal.SIGTERM)


def through(network):
    return "--repo", f"code=git://127.0.0.1:{network.port}/repository"


def partial_clones(small):
    return [path.name for path in small.clone.parent.glob(".*") if any(path.iterdir())]


def test_a_clone_that_breaks_off(small, lists, git_server):
    with contextlib.closing(BreakingNetwork(git_server, 500_000, "hang up")) as network:
        code, said = small.run("up", *through(network))
    assert code == 1 and "cannot clone" in said
    assert not small.clone.exists() and partial_clones(small) == []
    finish(small, lists)


def test_killed_while_it_clones(small, lists, git_server):
    with contextlib.closing(BreakingNetwork(git_server, 500_000, "wait")) as network:
        with small.start("up", *through(network)) as process:
            assert network.broken.wait(PATIENCE)
            process.kill()
    assert not small.clone.exists()
    finish(small, lists)
    assert partial_clones(small) == []


# --- Ctrl-C -------------------------------------------------------------------------------------------------------------------


def check_interrupted(process):
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == INTERRUPTED, said
    assert GO_ON in said


def living(group):
    """The processes of a group, without the dead that nobody has buried."""
    stats = [file.read_text().rpartition(")")[2].split() for file in Path("/proc").glob("[0-9]*/stat") if file.exists()]
    return [fields for fields in stats if fields[2] == str(group) and fields[0] != "Z"]


def test_interrupted_while_it_clones(small, lists, git_server):
    with contextlib.closing(BreakingNetwork(git_server, 500_000, "wait")) as network:
        with small.start("up", *through(network)) as process:
            assert network.broken.wait(PATIENCE)
            check_interrupted(process)
    assert not small.clone.exists() and partial_clones(small) == []
    finish(small, lists)


def test_interrupted_while_an_image_is_built(small, lists):
    with small.start("up", *ENDLESS_BUILD) as process:
        wait_for_line(process, "RUN")
        check_interrupted(process)
    finish(small, lists)


@pytest.mark.parametrize("call", ["volume import data", "kube play"])
def test_interrupted_in_the_middle_of_a_call(small, lists, call):
    with small.start("up", order=f"within {call}") as process:
        group = small.wait_for_podman(process)
        assert group is not None
        check_interrupted(process)
    assert living(group) == []
    assert POD not in podman("pod", "ps", "--format", "{{.Name}}").splitlines()
    finish(small, lists)


def test_interrupted_while_it_waits(small, lists):
    """The pod stays: the next `up` goes on waiting for the same one."""
    with small.start("up", order="after exec") as process:
        assert small.wait_for_podman(process) is not None
        check_interrupted(process)
    pod = podman("pod", "inspect", "--format", "{{.ID}}", POD)
    small.succeeds("up")
    assert podman("pod", "inspect", "--format", "{{.ID}}", POD) == pod
    finish(small, lists)


# --- two at once --------------------------------------------------------------------------------------------------------------


def test_two_at_once(small, lists):
    """The second refuses; when the first has died, however it did, nothing is in the way of a third."""
    with small.start("up", order="before kube play") as first:
        group = small.wait_for_podman(first)
        for command in ("up", "down"):
            code, said = small.run(command)
            assert code == 1 and f"another envtool is working on environment `{NAME}`" in said
        first.kill()
        os.killpg(group, signal.SIGKILL)
    finish(small, lists)
