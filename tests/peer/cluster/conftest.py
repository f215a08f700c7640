"""A real control plane for all tests of this folder, and a small environment of its own for each test."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
ENVTOOL = os.environ.get("ENVTOOL", str(PROJECT / "build" / "envtool"))
sys.path.insert(0, str(PROJECT / "tests" / "support"))

from kube_cluster import Cluster  # noqa: E402
from kubectl import kubectl_program  # noqa: E402

DEFINITION = """
title: Small, for tests on a cluster
stem: web
volumes:
  data: { trees: [volumes/data] }
secrets:
  token: { random: { file: token, bytes: 16 }, key: token }
ports:
  public: { container: app, container_port: 8080, host_port: 8080 }
parameters: { fails: "", greeting: hello, extra: 0 }
manifest: { template: manifests/web.yaml.j2 }
deploy:
  keys:
    colour: { type: text, default: blue, description: A colour }
"""

MANIFEST = """
apiVersion: v1
kind: Pod
metadata:
  name: "{{ pod }}"
  {%- if fails %}
  labels: { test.envtool/fails: "{{ fails }}" }
  {%- endif %}
spec:
  containers:
  - name: app
    image: registry.test/app:1
    command: [serve, "{{ greeting }}"]
    ports: [{ containerPort: 8080 }]
    envFrom: [{ configMapRef: { name: "{{ deploy_object }}" } }]
    volumeMounts: [{ name: data, mountPath: /data }, { name: token, mountPath: /token }]
  volumes:
  - { name: data, persistentVolumeClaim: { claimName: "{{ volumes.data }}" } }
  - { name: token, secret: { secretName: "{{ secrets.token }}" } }
{%- for n in range(extra) %}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: "extra-{{ n }}" }
data: { number: "{{ n }}" }
{%- endfor %}
"""


class Kubectl:
    """kubectl in one namespace."""

    def __init__(self, kubeconfig, namespace=None):
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    def __call__(self, *arguments, text=None, check=True):
        command = [kubectl_program(), "--kubeconfig", str(self.kubeconfig), *(["-n", self.namespace] if self.namespace else []), *arguments]
        done = subprocess.run(command, input=text, capture_output=True, text=True)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout if check else done

    def json(self, *arguments):
        return json.loads(self(*arguments, "-o", "json"))

    def exists(self, kind, name):
        return self("get", kind, name, check=False).returncode == 0

    def versions(self):
        """The resourceVersion of everything there: whatever is written changes one."""
        kinds = "all,configmaps,secrets,serviceaccounts,persistentvolumeclaims,networkpolicies,ingresses,leases"
        return {(one["kind"], one["metadata"]["name"]): one["metadata"]["resourceVersion"] for one in self.json("get", kinds)["items"]}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        running.make_volumes(100)
        yield running


class Web:
    """The small environment under a name of its own."""

    def __init__(self, folder, name, kubeconfig):
        self.folder, self.name, self.kubeconfig = folder, name, kubeconfig
        self.namespace = name.replace("_", "-")
        self.kubectl = Kubectl(kubeconfig, self.namespace)
        for file, text in {f"envs/{name}/env.yaml": DEFINITION, "manifests/web.yaml.j2": MANIFEST, "volumes/data/file": "data\n"}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)

    @property
    def workload(self):
        return f"web-{self.namespace}"

    def command(self, verb, *arguments):
        command, *rest = verb.split()
        return [ENVTOOL, "--project", str(self.folder), command, self.name, *rest, "--target", "kubernetes", *arguments]

    def environment(self, kubeconfig=None):
        return {**os.environ, "KUBECONFIG": str(kubeconfig or self.kubeconfig)}

    def start(self, verb, *arguments, kubeconfig=None):
        return subprocess.Popen(self.command(verb, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
                                env=self.environment(kubeconfig))

    def run(self, verb, *arguments, code=0, kubeconfig=None):
        done = subprocess.run(self.command(verb, *arguments), capture_output=True, text=True, stdin=subprocess.DEVNULL, env=self.environment(kubeconfig),
                              timeout=120)
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, verb, *arguments, code=0):
        return json.loads(self.run(verb, "--output", "json", *arguments, code=code).stdout)

    def token(self):
        return (self.folder / "deploy" / self.name / "token").read_text().strip()


@pytest.fixture
def web(cluster, tmp_path, request):
    name = re.sub("[^a-z0-9_]", "_", request.node.name.removeprefix("test_").lower())[:40].strip("_")
    environment = Web(tmp_path / "project", name, cluster.kubeconfig)
    yield environment
    environment.kubectl("delete", "namespace", environment.namespace, "--wait=false", check=False)
