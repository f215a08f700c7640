"""Every environment in its Kubernetes form, before a real API server: accepted with strict validation in a namespace that enforces
Pod Security, applied, scheduled, running and ready. No container runs here: what one does is for tests/e2e."""

import json
import stat

import pytest
import yaml

ENVIRONMENTS = ["dev_dummyauth", "dev_dummyauth_extslurm", "dev_realauth", "dev_realauth_zenithclient", "prod"]
SETS = ["cluster.workload=Deployment", "cluster.workload=Pod", "cluster.services.public.type=NodePort", "cluster.ingress.host=hub.test"]


def volume_for(claim):
    """What a provisioner would make: nothing here is ever mounted."""
    spec = {
        "capacity": {"storage": "100Gi"},
        "accessModes": claim["spec"]["accessModes"],
        "hostPath": {"path": "/nowhere"},
        "claimRef": {"namespace": claim["metadata"]["namespace"], "name": claim["metadata"]["name"]},
    }
    name = f"{claim['metadata']['namespace']}-{claim['metadata']['name']}"
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def documents(rendered):
    return [document for document in yaml.safe_load_all(rendered.text) if document]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_is_accepted_with_strict_validation(env, render, namespace, kubectl):
    rendered = render(env)
    namespace(rendered)
    done = kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", str(rendered.file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("serverside-applied") == len(documents(rendered))
    assert all("would violate PodSecurity \"restricted" in line for line in done.stderr.splitlines()), done.stderr


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_pods_get_ready(env, render, kubectl, cluster):
    rendered = render(env)
    for document in documents(rendered):
        if document["kind"] == "PersistentVolumeClaim":
            assert kubectl("apply", "--server-side", "-f", "-", text=json.dumps(volume_for(document))).returncode == 0
    done = kubectl("apply", "--server-side", "--validate=strict", "-f", str(rendered.file))
    assert done.returncode == 0, done.stderr
    workload = documents(rendered)[-1]
    done = kubectl("rollout", "status", f"{workload['kind'].lower()}/{workload['metadata']['name']}", "-n", rendered.namespace, "--timeout=60s")
    assert done.returncode == 0, done.stderr + kubectl("get", "events", "-n", rendered.namespace).stdout
    pods = json.loads(kubectl("get", "pods", "-n", rendered.namespace, "-o", "json").stdout)["items"]
    assert [pod["status"]["phase"] for pod in pods] == ["Running"]
    assert all(status["ready"] for status in pods[0]["status"]["containerStatuses"])
    assert not any("serviceaccount" in mount["mountPath"] for part in pods[0]["spec"]["containers"] for mount in part["volumeMounts"])


@pytest.mark.parametrize("assignment", SETS)
def test_what_cluster_says_is_accepted(assignment, render, namespace, kubectl):
    rendered = render("dev_dummyauth", "--set", assignment)
    namespace(rendered)
    done = kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", str(rendered.file))
    assert done.returncode == 0, done.stderr


def test_rendering_again_changes_nothing(render):
    first = render("dev_dummyauth")
    assert render("dev_dummyauth").text == first.text
    assert stat.S_IMODE(first.file.stat().st_mode) == 0o600


def test_the_password_is_in_a_secret_only(render):
    rendered = render("dev_dummyauth")
    password = yaml.safe_load((rendered.file.parent / "deploy-configmap.yaml").read_text())["data"]["dummyAuthPassword"]
    assert password not in rendered.text
    kinds = [document["kind"] for document in documents(rendered) if "dummyAuthPassword" in (document.get("data") or {})]
    assert kinds == ["Secret"]


def test_an_image_that_is_built_here_needs_a_registry(render):
    with pytest.raises(AssertionError, match="no registry is named that a cluster could pull it from"):
        render("dev_dummyauth", "--set", "cluster.registry=")
