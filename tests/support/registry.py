"""A container registry of its own, on loopback, that ends with the process that started it."""

import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from kube_cluster import PROJECT, die_with_parent, free_ports, locked, wait_until

UNPACKED = PROJECT / "build" / "peer" / "registry"


def program():
    """Debian's docker-registry: unpacked, not installed, for its package starts a service."""
    installed = shutil.which("docker-registry")
    if installed:
        return installed
    unpacked = UNPACKED / "usr" / "bin" / "docker-registry"
    with locked(UNPACKED.parent / "registry.lock"):
        if not unpacked.exists():
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run(["apt-get", "-qq", "download", "docker-registry"], cwd=folder, check=True, stderr=subprocess.DEVNULL)
                (package,) = Path(folder).glob("*.deb")
                subprocess.run(["dpkg-deb", "--extract", package, UNPACKED], check=True)
    return str(unpacked)


class Registry:
    def __init__(self, folder):
        self.folder = Path(folder)
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "config.yml"
        config.write_text(
            f"version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {self.folder / 'images'} }} }}\nhttp: {{ addr: {self.address} }}\n"
        )
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen([program(), "serve", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_until(self.answers, "the registry")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            with urllib.request.urlopen(f"http://{self.address}/v2/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def digest(self, image, tag):
        """What the registry itself says that a tag is."""
        media = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
        request = urllib.request.Request(f"http://{self.address}/v2/{image}/manifests/{tag}", method="HEAD", headers={"Accept": media})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers["Docker-Content-Digest"]
