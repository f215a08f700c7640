"""A Slurm host outside any pod: a container of the project's Slurm image with a name on a network, set up the way that its
administrator would set it up.

Its sshd lets no variable in by itself: what the hub needs comes from the files that are put there.
"""

import contextlib
import io
import re
import subprocess
import tarfile
import time
from pathlib import Path

from environment import PODMAN, PROJECT, adopt_from_machine, free_port, own_reference, podman, podmans

SSHD_CONFIG = "etc/ssh/sshd_config.d/custom.conf"
SUDOERS = "etc/sudoers.d/00_jupyterspawner"
READY_SECONDS = 60
JOB_END_SECONDS = 30
USERS = "testuser.project1 testuser.project2 otheruser.project1"


def sshd_config_without_variables():
    text = (PROJECT / "images" / "brics_slurm" / "sshd_config_custom.conf").read_text()
    return re.sub(r"^AcceptEnv .*\n", "", text, flags=re.MULTILINE).encode()


def tar_of(files):
    """A tar archive of root's files, by path; only root can read them."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(data), 0o600
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def settings(environment, name):
    """What the deploy ConfigMap says of a host of this name, for an environment on the same network."""
    return {
        "sshHostname": name,
        "slurmSpawnerWrappersBin": "/opt/jupyter/slurmspawner_wrappers/bin",
        "condaPrefixDir": "/opt/jupyter/miniforge3",
        "jupyterDataDir": "/opt/jupyter/jupyter_data",
        "hubConnectUrl": f"http://{environment.pod}:8081",
    }


@contextlib.contextmanager
def network(name):
    podman("network", "create", name)
    try:
        yield name
    finally:
        podman("network", "rm", "--force", name)


@contextlib.contextmanager
def image(environment):
    """The image of the host, built as the environment with Slurm in its pod builds it."""
    builder = environment.beside("e2e_slurm_image", "dev_dummyauth")
    adopt_from_machine(list(builder.original_images.values()))
    builder.adopt_images()
    try:
        builder.run("build")
        yield own_reference("brics_slurm")
    finally:
        builder.run("down", "--all", check=False)


@contextlib.contextmanager
def running(environment, name, network, image, folder):
    """A host that lets the environment in, set up with the files that `envtool sudoers` writes."""
    subnet = re.search(r'"subnet": "([^"]+)"', podman("network", "inspect", network))[1]
    environment.run("sudoers", "--from", subnet, "--directory", folder / "root")
    host = SlurmHost(folder, name, network, image)
    try:
        host.set_up(folder / "root")
        host.start()
        yield host
    finally:
        host.remove()


class SlurmHost:
    """Made with a key of its own in `folder`; `start` lets it run."""

    def __init__(self, folder, name, network, image):
        self.name = name
        self.ssh_port = free_port()
        self.key = folder / f"{name}_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.key], check=True)
        podman("create", "--name", name, "--hostname", name, "--network", network, "--publish", f"127.0.0.1:{self.ssh_port}:22",
               "--env", f"DEPLOY_CONFIG_DEV_USERS={USERS}", image)  # fmt: skip

    def fingerprint(self):
        shown = subprocess.run(["ssh-keygen", "-l", "-f", f"{self.key}.pub"], check=True, capture_output=True, text=True)
        return shown.stdout.split()[1]

    def known_hosts_arguments(self):
        """For `envtool keys known-hosts`, as this machine reaches the host."""
        return ["--at", f"127.0.0.1:{self.ssh_port}", "--fingerprint", self.fingerprint()]

    def put(self, files):
        podmans.run(PODMAN, "cp", "-", f"{self.name}:/", stdin=None, input=tar_of(files), text=False, check=True)

    def set_up(self, root):
        """Takes over the files below `root`, in place of the image's own settings."""
        files = {str(file.relative_to(root)): file.read_bytes() for file in Path(root).rglob("*") if file.is_file()}
        own = {"etc/ssh/ssh_host_ed25519_key": self.key.read_bytes(), SSHD_CONFIG: sshd_config_without_variables(), SUDOERS: b""}
        self.put(own | files)

    def start(self):
        podman("start", self.name)
        end = time.monotonic() + READY_SECONDS
        while "start-slurm: ready" not in podman("logs", self.name):
            assert podman("inspect", "--format", "{{.State.Running}}", self.name).strip() == "true", podman("logs", self.name)
            assert time.monotonic() < end, f"the Slurm host is not ready within {READY_SECONDS} seconds"
            time.sleep(0.2)

    def run(self, *command):
        return podman("exec", self.name, *command).strip()

    def jobs(self):
        """Number and user of the jobs that wait or run."""
        shown = self.run("squeue", "--noheader", "--format=%i %u", "--states=PENDING,CONFIGURING,RUNNING,COMPLETING")
        return [tuple(line.split()) for line in shown.splitlines()]

    def wait_for_no_jobs(self):
        end = time.monotonic() + JOB_END_SECONDS
        while self.jobs():
            assert time.monotonic() < end, f"{self.jobs()} did not end within {JOB_END_SECONDS} seconds"
            time.sleep(0.5)

    def remove(self):
        podman("rm", "--force", "--ignore", "--time", "1", self.name)
