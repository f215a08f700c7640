"""envtool's own reader and writer of YAML, and kubectl, as functions."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def ours():
    """Asks envtool: a list of requests in, a list of answers out."""
    folder = Path(os.environ.get("ENVTOOL_BUILD_DIR", ROOT / "build"))
    program = max(folder.glob("**/doc_peer"), key=lambda found: found.stat().st_mtime, default=None)
    assert program, "build the target `doc_peer` first, or set ENVTOOL_BUILD_DIR"

    def ask(requests):
        text = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
        answers = [json.loads(line) for line in done.stdout.split("\n") if line]
        assert len(answers) == len(requests), done.stderr
        return answers

    return ask


@pytest.fixture(scope="session")
def patch_locally():
    """An object as kubectl writes it once go-yaml has read it: `patch --local` asks no server."""
    program = os.environ.get("KUBECTL", str(ROOT / "build" / "peer" / "kubectl"))
    assert Path(program).exists(), "`tools/setup test` installs kubectl, or set KUBECTL"

    def write(yaml, form):
        command = [program, "patch", "--local", "-f", "-", "--type=merge", "-p", "{}", "-o", form]
        done = subprocess.run(command, input=yaml.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr.decode() + yaml
        return done.stdout.decode()

    return write


@pytest.fixture(scope="session")
def kubectl(patch_locally):
    """An object as go-yaml reads it."""
    return lambda yaml: json.loads(patch_locally(yaml, "json"))
