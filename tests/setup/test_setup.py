"""What tools/setup installs, with a machine's package tools replaced by scripts that only write down their arguments."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
NEWEST_PODMAN = {"podman": "5.4.2", "netavark": "1.14", "aardvark-dns": "1.14", "chromium": "150"}
DEBIAN_12 = {"podman": "4.3.1", "netavark": "1.4", "aardvark-dns": "1.4", "chromium": "150"}
UBUNTU_22 = {"podman": "3.4.4", "netavark": None, "aardvark-dns": None, "chromium": None}


class Machine:
    def __init__(self, folder, candidates):
        self.folder = folder
        self.calls = folder / "calls"
        self.installed = []
        answers = "\n".join(f"{name}) echo '  Candidate: {version or '(none)'}' ;;" for name, version in candidates.items())
        self.fake("apt-cache", f"case $2 in\n{answers}\nesac")
        self.fake("apt-get", f'echo "$*" >> {self.calls}')
        self.fake("sudo", 'while [ "${1#-}" != "$1" ]; do shift; done; exec "$@"')

    def fake(self, name, body):
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)

    def setup(self, *groups):
        lines = "\n".join(f"installed {name}" for name in self.installed)
        self.fake("dpkg-query", f"cat <<'END'\n{lines}\nEND")
        return subprocess.run(
            [PROJECT / "tools" / "setup", *groups],
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )

    def asked_for(self):
        """The packages of the last call of `apt-get install`."""
        last = self.calls.read_text().splitlines()[-1]
        return last.split("--no-install-recommends ")[1].split()


@pytest.fixture
def machine(tmp_path):
    return lambda candidates: Machine(tmp_path, candidates)


def test_only_what_is_missing_is_installed(machine):
    bare = machine(DEBIAN_12)
    bare.setup("build")
    everything = bare.asked_for()
    assert {"g++", "cmake", "ninja-build"} <= set(everything)

    bare.installed = [name for name in everything if name not in ("cmake", "libssh-dev")]
    done = bare.setup("build")
    assert bare.asked_for() == ["cmake", "libssh-dev"]
    assert "installing cmake libssh-dev" in done.stderr


def test_nothing_is_called_when_all_is_there(machine):
    complete = machine(DEBIAN_12)
    complete.setup("build")
    complete.installed = complete.asked_for()
    complete.calls.unlink()

    done = complete.setup("build")
    assert (done.returncode, done.stderr) == (0, "")
    assert not complete.calls.exists()


@pytest.mark.parametrize(
    "candidates, wanted, unwanted",
    [
        (DEBIAN_12, {"slirp4netns", "iptables", "netavark", "aardvark-dns"}, {"passt", "nftables", "dnsmasq-base"}),
        (NEWEST_PODMAN, {"passt", "nftables", "netavark"}, {"slirp4netns", "iptables"}),
        (UBUNTU_22, {"containernetworking-plugins", "dnsmasq-base"}, {"netavark", "aardvark-dns", "passt"}),
    ],
    ids=["debian-12", "podman-5", "ubuntu-22"],
)
def test_names_follow_the_podman_of_the_distribution(machine, candidates, wanted, unwanted):
    bare = machine(candidates)
    bare.setup("run")
    names = set(bare.asked_for())
    assert wanted <= names
    assert not unwanted & names

    bare.installed = sorted(names)
    bare.calls.unlink()
    bare.setup("run")
    assert not bare.calls.exists()


def test_an_unknown_group_is_refused(machine):
    done = machine(DEBIAN_12).setup("bild")
    assert done.returncode == 1
    assert "unknown group `bild`; there are build, run, test and fuzz" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_user_without_sudo_is_told_the_command(machine, tmp_path):
    bare = machine(DEBIAN_12)
    bare.fake("sudo", "exit 1")
    bare.fake("dpkg-query", "exit 0")
    copy = tmp_path / "project"
    shutil.copytree(PROJECT / "tools", copy / "tools")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy / "tools" / "setup", "build"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )
    assert done.returncode == 1
    assert "Ask an administrator to run:" in done.stderr
    assert re.search(r"'apt-get' .*'install' .*'--no-install-recommends' .*'cmake'", done.stderr)
