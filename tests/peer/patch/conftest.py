"""The peers: found by environment variables, else built into build/peer. A peer that can't be had fails the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from kubectl import kubectl_program  # noqa: E402

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


@pytest.fixture(scope="session")
def kubectl():
    return kubectl_program()


@pytest.fixture(scope="session")
def python_peers():
    """A folder with the Python packages that names are compared with."""
    folder = CACHE / "python"
    if not (folder / "escapism.py").exists():
        install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder)]
        subprocess.run([*install, "escapism==1.1.0"], check=True)
    return folder
