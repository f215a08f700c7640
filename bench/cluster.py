"""The Kubernetes client beside kubectl, on one real API server."""

import json
import os
import sys

from measure import PROJECT, measure, row

sys.path.insert(0, str(PROJECT / "tests" / "support"))
from kube_cluster import Cluster  # noqa: E402

OBJECTS = 1000
PODS = 5000
KUBECTL = PROJECT / "build" / "peer" / "kubectl"


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


BENCHES = {"kubernetes": kubernetes}
