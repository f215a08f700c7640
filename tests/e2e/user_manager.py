"""A systemd of its own for podman's account, as one runs for everybody who is signed in to a machine that systemd has booted.

It sees /run/systemd/system, which says that systemd has booted the machine, in a mount namespace of its own, and has control
groups and a runtime folder of its own. What its command line begins with may lead into another root filesystem. Takes root. Knows
nothing of envtool.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAM = "/lib/systemd/systemd"
CGROUPS = Path("/sys/fs/cgroup")
WAITS_FOR_NETWORK = "podman-user-wait-network-online.service"  # by asking the machine's systemd, which there is none of
BEGIN = """
set -eu
mount --make-rshared /
mount --bind "$BOOTED" /run/systemd
for group in $GROUPS_OF_MANAGER; do echo $$ > "$group/cgroup.procs"; done
cd "$HOME"
exec setpriv --reuid="$USER" --regid="$USER" --init-groups env -u BOOTED -u GROUPS_OF_MANAGER "$0" --user
"""


def why_not(prefix=()):
    """Why there can be none, or nothing."""
    if os.geteuid() != 0:
        return "only root can start a systemd for another account"
    if Path("/run/systemd/system").exists():
        return "systemd has booted this machine, and may have a manager for podman's account already"
    if subprocess.run([*prefix, "test", "-x", PROGRAM]).returncode != 0:
        return "there is no systemd"
    try:
        for group in groups("envtool-systemd-try"):
            group.mkdir()
            group.rmdir()
    except OSError as problem:
        return f"no control group can be made: {problem}"
    return None


def groups(name):
    """The control groups of this name, where systemd keeps its own: one, or two where both versions are mounted."""
    hierarchies = [CGROUPS] if (CGROUPS / "cgroup.procs").exists() else [CGROUPS / "unified", CGROUPS / "systemd"]
    return [hierarchy / name for hierarchy in hierarchies if hierarchy.is_dir()]


class UserManager:
    """Starts with `begin`, as at boot: what is enabled is started. The runtime folder and what is in it stay until `remove`."""

    def __init__(self, user, prefix=()):
        self.account = pwd.getpwnam(user)
        self.prefix = list(prefix)
        self.folder = Path(tempfile.mkdtemp(prefix="envtool-systemd-"))
        self.folder.chmod(0o755)
        self.runtime = self.folder / "runtime"
        self.units = self.runtime / "systemd" / "user"
        self.quadlets = self.runtime / "containers" / "systemd"
        for folder in (self.units, self.quadlets):
            folder.mkdir(parents=True)
        (self.units / WAITS_FOR_NETWORK).symlink_to("/dev/null")
        self.runtime.chmod(0o700)
        (self.folder / "booted" / "system").mkdir(parents=True)
        Path("/run/systemd").mkdir(exist_ok=True)
        self.groups = groups(self.folder.name)
        for group in self.groups:
            group.mkdir()
            self._hand_over(group)
        self._hand_over(self.runtime)
        self.process = None

    def _hand_over(self, folder):
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)

    def _environment(self, **more):
        paths = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"HOME": self.account.pw_dir, "USER": self.account.pw_name, "PATH": paths, "XDG_RUNTIME_DIR": str(self.runtime), **more}

    def add(self, unit, drop_in):
        """A unit file, or one that podman's generator makes a service of, and what the service needs to be told besides."""
        shutil.copy(unit, self.quadlets if unit.suffix == ".kube" else self.units)
        told = self.units / f"{unit.stem}.service.d" / "test.conf"
        told.parent.mkdir(exist_ok=True)
        told.write_text(drop_in)
        for folder in (self.units, self.quadlets):
            self._hand_over(folder)

    def begin(self):
        told = self._environment(BOOTED=str(self.folder / "booted"), GROUPS_OF_MANAGER=" ".join(map(str, self.groups)))
        command = [*self.prefix, "unshare", "--mount", "sh", "-c", BEGIN, PROGRAM]
        self.process = subprocess.Popen(command, env=told, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while self.systemctl("is-system-running")[1].strip() not in ("starting", "running", "degraded"):
            assert self.process.poll() is None and time.monotonic() < end, "the user's systemd doesn't start"
            time.sleep(0.1)

    def systemctl(self, *arguments):
        """Its exit code and what it says; asked from where the machine looks as if systemd had booted it."""
        there = ["nsenter", "--mount", f"--target={self.process.pid}"]
        ids = [f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--init-groups"]
        done = subprocess.run(
            [*there, "setpriv", *ids, "systemctl", "--user", "--no-pager", *arguments],
            env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
        )
        return done.returncode, done.stdout

    def end(self):
        """As when the machine is shut down: every unit is stopped."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=120)
        self.process = None

    def remove(self):
        self.end()
        for group in self.groups:
            for path in (*sorted(group.rglob("*/"), reverse=True), group):
                if path.is_dir():
                    path.rmdir()
        shutil.rmtree(self.folder)
