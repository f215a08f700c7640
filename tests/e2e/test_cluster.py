"""Every environment on a real API server: images built by podman, pushed to a real registry, pulled by digest. Pods get ready because a
fake kubelet says so; that the same Pod runs under podman is for tests/peer/podman."""

import json
import sys

import pytest
from environment import PROJECT, Environment, adopt_from_machine

sys.path.insert(0, str(PROJECT / "tests" / "support"))

from kube_cluster import Cluster  # noqa: E402
from registry import Registry  # noqa: E402
from settings import ENVIRONMENTS, write_settings  # noqa: E402


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        running.make_volumes(40)
        yield running


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    with Registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Environment(tmp_path_factory.mktemp("clusters") / "project", "cluster_first", "dev_dummyauth")


@pytest.fixture
def on_cluster(project, cluster, registry):
    def make(base, name=None):
        environment = project.beside(name or f"cluster_{base}", base)
        adopt_from_machine(environment.original_images.values())
        environment.adopt_images()
        environment.deploy_directory.parent.mkdir(exist_ok=True)
        write_settings(environment.deploy_directory, base)
        # Everything but production asks by itself.
        standins = ["--standins", "always"] if base == "prod" else []
        words = ["--target", "kubernetes", "--kubeconfig", str(cluster.kubeconfig), "--set", f"cluster.registry={registry.address}/hub", *standins]
        return environment, words

    return make


def pods(cluster, environment):
    _, found = cluster.request("GET", f"/api/v1/namespaces/{environment.name.replace('_', '-')}/pods")
    return found["items"]


@pytest.mark.parametrize("base", ENVIRONMENTS)
def test_comes_up(base, on_cluster, cluster, registry):
    environment, words = on_cluster(base)
    environment.run("up", *words)
    (pod,) = pods(cluster, environment)
    assert all(status["ready"] for status in pod["status"]["containerStatuses"])
    pushed = [container["image"] for container in pod["spec"]["containers"] if registry.address in container["image"]]
    assert pushed and all("@sha256:" in image for image in pushed)
    for image in pushed:
        name, digest = image.removeprefix(f"{registry.address}/").split("@")
        assert registry.digest(name, digest) == digest
    assert "done " not in environment.run("up", *words).stderr, "nothing is left to do"
    status = environment.json("status", *words)
    assert status["ready"] and status["as_defined"], json.dumps(status["differs"], indent=2)
    environment.run("down", *words, "--all")
    assert cluster.request("GET", f"/api/v1/namespaces/{environment.name.replace('_', '-')}")[0] == 404


def test_a_new_image_rolls(on_cluster, cluster):
    environment, words = on_cluster("dev_realauth", "cluster_rolls")
    environment.run("up", *words)
    before = pods(cluster, environment)[0]["spec"]["containers"]
    with next((environment.folder / "images/brics_jupyterhub/_dev_build_data/bricsauthenticator").glob("src/*/__init__.py")).open("a") as file:
        file.write("# changed\n")
    plan = environment.json("plan", *words)
    assert {"image brics_jupyterhub", "push brics_jupyterhub"} <= {step["step"] for step in plan["steps"] if step["action"] == "update"}
    environment.run("up", *words)
    after = pods(cluster, environment)[0]["spec"]["containers"]
    changed = [one["name"] for one, other in zip(before, after, strict=True) if one["image"] != other["image"]]
    assert "jupyterhub" in changed and "slurm" not in changed
    environment.run("down", *words, "--all")
