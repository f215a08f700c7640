"""What systemd and podman's generator say of the units that `envtool systemd` writes."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "support"))
import podmans

ENVIRONMENT = "dev_dummyauth"
POD = f"jupyterhub-slurm-{ENVIRONMENT}"


def envtool(*arguments):
    program = os.environ.get("ENVTOOL", podmans.PROJECT / "build" / "envtool")
    subprocess.run([program, "--project", podmans.PROJECT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=True)


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="envtool-units-") as folder:
        yield Path(folder)


def unit(folder, target):
    deploy = folder / "with blank"
    deploy.mkdir(mode=0o700)
    envtool("render", ENVIRONMENT, "--target", "podman@5.4", "--output-dir", deploy)  # for an older one it would fill volumes
    envtool("systemd", ENVIRONMENT, "--target", target, "--deploy-dir", deploy, "--directory", folder / "units")
    return next((folder / "units").iterdir())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_takes_the_service(folder):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit(folder, "podman@4.3")], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not podmans.can_be_used("newer"), reason="only root can start the newer podman")
def test_podman_makes_a_service_of_the_quadlet(folder):
    made = unit(folder, "podman@5.4")
    generator = [*podmans.prefix("newer"), "env", f"QUADLET_UNIT_DIRS={made.parent}", "/usr/libexec/podman/quadlet", "-dryrun", "-user"]
    done = subprocess.run(generator, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"---{POD}.service---" in done.stdout
    start = next(line for line in done.stdout.splitlines() if line.startswith("ExecStart="))
    assert "kube play --replace" in start and "with blank" in start.replace("\\x20", " "), start
