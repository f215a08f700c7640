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

# What only an administrator knows.
SETTINGS = {
    "logLevel": "INFO",
    "baseUrl": "/jupyter",
    "devUsers": "testuser.project1",
    "dummyAuthPassword": "a-long-password",
    "sshHostname": "slurm.test",
    "slurmSpawnerWrappersBin": "/opt/wrappers/bin",
    "condaPrefixDir": "/opt/conda",
    "jupyterDataDir": "/opt/jupyter",
    "hubConnectUrl": "http://hub.test:8081",
    "oidcServer": "https://issuer.test/realms/hub",
    "bricsPlatform": "brics.test.notebooks.shared",
    "jwtAudience": "zenith-jupyter",
}
ZENITH = {
    "serverAddress": "zenith.test",
    "authOidcIssuer": SETTINGS["oidcServer"],
    "authOidcClientId": "hub",
    "authOidcClientSecret": "secret",
}


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


def write_settings(folder, env):
    """A deployment with everything that can't be generated; environments in which all of it can be begin empty."""
    folder.mkdir(mode=0o700)
    if env in ("dev_dummyauth_extslurm", "prod"):
        document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "deploy-config"}, "immutable": True}
        example = (PROJECT / "examples" / env / "deploy-configmap.yaml").read_text()
        data = {key: value for key, value in SETTINGS.items() if f"  {key}:" in example}
        (folder / "deploy-configmap.yaml").write_text(json.dumps(document | {"data": data}))
        for name in ("ssh_client_key", "ssh_zenith_client_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "ssh_known_hosts").write_text(f"slurm.test {(folder / 'ssh_client_key.pub').read_text()}")
    if env == "prod":
        (folder / "zenith_client_config.yaml").write_text(json.dumps(ZENITH))
    for file in folder.iterdir():
        file.chmod(0o600)


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
