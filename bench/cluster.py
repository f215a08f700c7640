"""The Kubernetes client beside kubectl, on one real API server."""

import json
import os
import subprocess
import sys

from measure import PROJECT, Figure, measure, row

sys.path[:0] = [str(PROJECT / "tests" / "support"), str(PROJECT / "tests" / "e2e")]
from environment import Environment  # noqa: E402
from kube_cluster import Cluster  # noqa: E402
from kubectl import kubectl_program  # noqa: E402
from registry import Registry  # noqa: E402
from settings import ENVIRONMENTS, write_settings  # noqa: E402

OBJECTS = 1000
PODS = 5000
KUBECTL = kubectl_program()


def config_map(i):
    data = {f"key{k}": f"value {k} of {i}" for k in range(8)}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"m{i:04}", "namespace": "bench"},
        "data": data,
    }


def pod(i):
    spec = {
        "nodeName": "node",
        "containers": [
            {
                "name": "main",
                "image": "example.test/image",
                "env": [{"name": f"V{k}", "value": "x" * 40} for k in range(20)],
            }
        ],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{i:04}", "namespace": "pods"}, "spec": spec}


def write(path, objects):
    path.write_text("\n---\n".join(json.dumps(value) for value in objects))
    return path


def patches(path, cluster, objects):
    """The server-side applies of objects for curl, which sends them on one connection, many at once: as fast as this API server is."""
    plurals = {kind: (plural, version) for plural, version, kind in kinds()}
    parts = []
    for value in objects:
        plural, version = plurals[value["kind"]]
        space = f"/namespaces/{value['metadata']['namespace']}" if "namespace" in value["metadata"] else ""
        group = "api" if version == "v1" else "apis"
        url = f"{cluster.server}/{group}/{version}{space}/{plural}/{value['metadata']['name']}?fieldManager=curl&force=true"
        options = {"url": url, "request": "PATCH", "cacert": cluster.pki("ca.crt"), "output": os.devnull, "data": json.dumps(value)}
        lines = [f"{name} = {json.dumps(text)}" for name, text in options.items()]
        lines += [f'header = "{line}"' for line in (f"Authorization: Bearer {cluster.tokens['admin']}", "Content-Type: application/apply-patch+yaml")]
        parts.append("\n".join([*lines, "silent", "fail"]))
    path.touch(0o600)
    path.write_text("\nnext\n".join(parts))
    return ["curl", "--parallel", "--parallel-immediate", "--parallel-max", "32", "--config", path]


def as_json(manifest):
    """The objects of a YAML file; kubectl prints one after the other."""
    command = [KUBECTL, "create", "--dry-run=client", "-o", "json", "-f", manifest]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    at = 0
    while at < len(text):
        value, at = json.JSONDecoder().raw_decode(text, at)
        at += 1  # the line break between two
        yield value


def kinds():
    """Plural, version and name of each."""
    lines = subprocess.run([KUBECTL, "api-resources", "--no-headers"], check=True, capture_output=True, text=True).stdout.splitlines()
    return [(words[0], words[-3], words[-1]) for words in map(str.split, lines)]


ENVIRONMENT = """
title: Many objects
stem: many
parameters: { greeting: hello }
manifest: { template: manifests/many.yaml.j2 }
deploy: { keys: { colour: { type: text, default: blue, description: A colour } } }
"""

MANIFEST = """
apiVersion: v1
kind: Pod
metadata: { name: "{{ pod }}" }
spec:
  containers: [{ name: main, image: example.test/image, command: ["{{ greeting }}"] }]
{%- for i in range(COUNT) %}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: "m{{ i }}" }
data: { DATA }
{%- endfor %}
"""
DATA = ", ".join(f'key{k}: "value {k} of {{{{ i }}}}"' for k in range(8))


def make_project(project, count):
    """With one environment, of so many objects."""
    for file, text in {"envs/many/env.yaml": ENVIRONMENT, "manifests/many.yaml.j2": MANIFEST.replace("COUNT", str(count)).replace("DATA", DATA)}.items():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text)
    return project


def environment(tool, folder):
    """`up`, `up` again and `status` of an environment of many objects; kubectl gets the same objects, rendered beforehand."""
    project = make_project(folder / "project", OBJECTS)
    with Cluster(folder / "cluster") as cluster:
        os.environ["KUBECONFIG"] = str(cluster.kubeconfig)

        def ours(command, *arguments):
            return [tool, "--project", project, command, "many", "--target", "kubernetes", *arguments]

        rendered = folder / "rendered"
        rendered.mkdir()
        render = [tool, "--project", project, "render", "many", "--target", "kubernetes", "-o", rendered]
        measure(render, runs=1)
        manifest = rendered / "kubernetes.yaml"

        def gone():
            measure([KUBECTL, "delete", "namespace", "many", "--ignore-not-found"], runs=1)

        what = f"{OBJECTS:,} objects"
        theirs = measure([KUBECTL, "apply", "--server-side", "-f", manifest], gone, runs=1)
        up = measure(ours("up"), gone, runs=3)
        row(f"`up` of {what}", up, theirs, "`kubectl apply --server-side`")
        objects = [value for value in as_json(manifest) if value["kind"] != "Namespace"]
        floor = patches(folder / "patches", cluster, objects)

        def empty():
            gone()
            cluster.make_namespace("many")

        row("the same, without what comes before and after", up, measure(floor, empty, runs=3), "the bare requests, `curl --parallel`")
        measure(ours("up"), gone, runs=1)
        row(f"`up` of {what}, nothing to do", measure(ours("up"), runs=5), measure([KUBECTL, "diff", "--server-side", "-f", manifest], runs=1), "`kubectl diff`")
        row(f"`status` of {what}", measure(ours("status"), runs=5), measure([KUBECTL, "get", "-f", manifest], runs=3), "`kubectl get`")


def in_all(figures):
    figures = list(figures)
    return Figure(sum(one.seconds for one in figures), max(one.mebibytes for one in figures))


def growth(tool, folder):
    """How `up`, `up` again and `status` of all grow with the number of instances of a small environment on one cluster."""
    project = make_project(folder / "project", 3)

    def all_of(command, numbers, runs):
        words = [tool, "--project", project, command, "many", "--target", "kubernetes", "--instance"]
        return in_all(measure([*words, f"i{number}"], runs=runs) for number in numbers)

    with Cluster(folder / "cluster") as cluster:
        os.environ["KUBECONFIG"] = str(cluster.kubeconfig)
        up, there = 0.0, 0
        for count in (1, 5, 10, 20):
            made = all_of("up", range(there, count), 1)
            up, there = up + made.seconds, count
            what = f"{count} small instance{'s' if count > 1 else ''} in a cluster, one after the other"
            row(f"`up` of {what}", Figure(up, made.mebibytes))
            row("the same with nothing to do", all_of("up", range(count), 3))
            row("`status` of each", all_of("status", range(count), 3))


def environments(tool, folder):
    """How `up`, `up` again and `status` of all grow with the number of real environments on one cluster, whose images are built."""
    project = Environment(folder / "project", "bench_first", "dev_dummyauth")
    there = []

    with Cluster(folder / "cluster") as cluster, Registry(folder / "registry") as registry:
        cluster.make_volumes(40)
        target = ["--target", "kubernetes", "--kubeconfig", cluster.kubeconfig, "--set", f"cluster.registry={registry.address}/hub"]

        def one(environment, command, runs):
            words = [tool, "--project", environment.folder, command, environment.name, *target, "--standins", "always"]
            return measure(words, runs=runs)

        def all_of(command, runs):
            return in_all(one(environment, command, runs) for environment in there)

        for count, base in enumerate(ENVIRONMENTS, 1):
            environment = project.beside(f"bench_{base}", base)
            environment.adopt_images()
            environment.deploy_directory.parent.mkdir(exist_ok=True)
            write_settings(environment.deploy_directory, base)
            there.append(environment)
            row(f"`up` of `{base}`, with {count - 1} beside it in the cluster", one(environment, "up", 1))
            what = f"all {count} of them" if count > 1 else "it alone"
            row(f"`up` with nothing to do, {what}", all_of("up", 3))
            row(f"`status`, {what}", all_of("status", 3))
        all_of("down", 1)


def kubernetes(tool, folder):
    ours = tool.parents[2] / "bench" / "bench_kube"
    with Cluster(folder / "cluster") as cluster:
        os.environ["KUBECONFIG"] = str(cluster.kubeconfig)
        cluster.make_namespace("bench")
        maps = write(folder / "maps.yaml", (config_map(i) for i in range(OBJECTS)))
        theirs = [KUBECTL, "apply", "--server-side", "-f", maps]

        def without_maps():
            cluster.request("DELETE", "/api/v1/namespaces/bench/configmaps")

        what = f"server-side apply of {OBJECTS:,} ConfigMaps"
        row(
            what, measure([ours, "apply", maps], without_maps, runs=3), measure(theirs, without_maps, runs=1), "kubectl"
        )
        without_maps()
        measure(theirs, runs=1)
        row(
            f"{what} that are there",
            measure([ours, "apply", maps], lambda: None, runs=3),
            measure(theirs, runs=1),
            "kubectl",
        )
        cluster.make_namespace("pods")
        measure([ours, "apply", write(folder / "pods.yaml", (pod(i) for i in range(PODS)))], runs=1)
        listing = [KUBECTL, "get", "pods", "-n", "pods", "-o", "name"]
        row(
            f"a watch that tells {PODS:,} pods",
            measure([ours, "watch", "pods", str(PODS)], runs=3),
            measure(listing, runs=3),
            "`kubectl get -o name`",
        )


BENCHES = {"kubernetes": kubernetes, "cluster": environment, "cluster-growth": growth, "cluster-environments": environments}
