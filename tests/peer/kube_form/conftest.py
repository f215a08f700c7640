"""A real control plane for all tests of this folder, kubectl, and environments that `envtool render` wrote for it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
ENVTOOL = os.environ.get("ENVTOOL", str(PROJECT / "build" / "envtool"))
sys.path.insert(0, str(PROJECT / "tests" / "support"))

from kube_cluster import Cluster  # noqa: E402
from kubectl import kubectl_program  # noqa: E402
from settings import write_settings  # noqa: E402


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="session")
def kubectl(cluster):
    program = kubectl_program()

    def run(*arguments, text=None):
        command = [program, "--kubeconfig", str(cluster.kubeconfig), *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True)

    return run


class Rendered:
    """An environment as `envtool render --target kubernetes` writes it."""

    def __init__(self, file, namespace):
        self.file = file
        self.namespace = namespace
        self.text = file.read_text()


@pytest.fixture
def render(tmp_path):
    def run(env, *options, target="kubernetes@1.36", project=PROJECT):
        folder = tmp_path / env
        if not folder.exists():
            write_settings(folder, env)
        chosen = ("--target", target, "--standins", "never" if env == "prod" else "always", "--set", "cluster.registry=registry.test/hub")
        command = [ENVTOOL, "--project", str(project), "--output", "json", "render", env, "-o", str(folder), *chosen, *options]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        written = json.loads(done.stdout)
        return Rendered(Path(written["manifest"]), written["namespace"])

    return run


@pytest.fixture
def namespace(kubectl, cluster):
    """Makes the namespace of a rendered environment, which enforces what the rendered one says."""

    def make(rendered):
        first = rendered.text.split("---\n")[1]
        assert "kind: Namespace" in first
        done = kubectl("apply", "--server-side", "-f", "-", text=first)
        assert done.returncode == 0, done.stderr
        return rendered.namespace

    yield make


@pytest.fixture
def scratch(tmp_path):
    """A copy of what definitions need that a test may change."""
    for tree in ("envs", "manifests", "examples", "volumes", "images"):
        shutil.copytree(PROJECT / tree, tmp_path / "project" / tree, ignore=shutil.ignore_patterns("_dev_build_data"))
    return tmp_path / "project"
