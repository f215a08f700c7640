"""Every environment in its Kubernetes form, before a real API server: accepted with strict validation in a namespace that enforces
Pod Security, applied, scheduled, running and ready. No container runs here: what one does is for tests/e2e."""

import base64
import io
import json
import random
import stat
import tarfile

import pytest
import yaml
from settings import ENVIRONMENTS

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


def test_a_large_seed_travels_in_parts(render, scratch, namespace, kubectl):
    """Over a megabyte, more than a ConfigMap or a Secret holds."""
    data = random.Random(1).randbytes(2 << 20)
    (scratch / "volumes" / "jupyterhub" / "srv" / "jupyterhub" / "large").write_bytes(data)
    rendered = render("dev_dummyauth", project=scratch)
    namespace(rendered)
    done = kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", str(rendered.file))
    assert done.returncode == 0, done.stderr
    parts = [part for part in documents(rendered) if part["metadata"]["name"].startswith("seed-jupyterhub-root")]
    assert [part["kind"] for part in parts] == ["Secret"] * len(parts)
    assert unpacked(parts, "./srv/jupyterhub/large") == data


def unpacked(parts, name):
    """A file of the tar stream as the init container reads it: the files of all parts, joined in the order of their names."""
    files = {key: value for part in parts for key, value in part["data"].items() if key.startswith("seed.tar")}
    stream = b"".join(base64.b64decode(files[key]) for key in sorted(files))
    with tarfile.open(fileobj=io.BytesIO(stream)) as tar:
        return tar.extractfile(name).read()


def test_seeds_and_keys_have_their_owners_and_modes(render):
    rendered = render("dev_dummyauth")
    seeds = {document["metadata"]["name"]: document for document in documents(rendered) if "seed.tar" in {**(document.get("data") or {}), **(document.get("binaryData") or {})}}
    entries = {}
    for name, document in seeds.items():
        raw = {**(document.get("data") or {}), **(document.get("binaryData") or {})}["seed.tar"]
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(raw))) as tar:
            entries |= {(name.split("-dev-")[0], entry.name): (entry.uid, entry.gid, entry.mode) for entry in tar}
    assert entries[("seed-slurm-root", "./var/log/slurmd.log")] == (64030, 64030, 0o640)
    assert entries[("seed-jupyterhub-root", "./etc/jupyterhub/jupyterhub_config.py")] == (0, 0, 0o644)
    assert entries[("jupyterhub-slurm-ssh-client-key", "./localhost_authorized_keys")] == (64040, 64040, 0o600)
    assert entries[("jupyterhub-slurm-ssh-client-key", "./ssh_key")] == (0, 0, 0o600)


SMALL = """
stem: small
manifest: { template: small.yaml.j2 }
cluster: { containers: { main: { user: 1000 } } }
"""
SMALL_POD = """
apiVersion: v1
kind: Pod
metadata: { name: "{{ pod }}" }
spec:
  containers:
  - { name: main, image: registry.test/small@sha256:%s, command: [sleep, infinity] }
""" % ("0" * 64)


def test_containers_without_rights_are_in_a_restricted_namespace(render, scratch, namespace, kubectl):
    (scratch / "envs" / "small").mkdir()
    (scratch / "envs" / "small" / "env.yaml").write_text(SMALL)
    (scratch / "small.yaml.j2").write_text(SMALL_POD)
    rendered = render("small", project=scratch)
    assert "pod-security.kubernetes.io/enforce: restricted" in rendered.text
    namespace(rendered)
    done = kubectl("apply", "--server-side", "--validate=strict", "-f", str(rendered.file))
    assert (done.returncode, done.stderr) == (0, "")
    pods = kubectl("rollout", "status", "statefulset/small-small", "-n", rendered.namespace, "--timeout=60s")
    assert pods.returncode == 0, pods.stderr
