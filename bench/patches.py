"""Patches and templates: beside kubectl, kubectl's Go library, kustomize and Jinja2, and their growth with the input."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from measure import PROJECT, Figure, measure, row

PEERS = PROJECT / "build" / "peer"
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.0"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{index}
  labels:
    tier: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: app-{index}
  template:
    metadata:
      labels:
        app: app-{index}
    spec:
      containers:
      - name: main
        image: localhost/app:1.{index}
        ports:
        - containerPort: 8080
        env:
        - name: A
          value: "1"
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{index}
spec:
  template:
    spec:
      containers:
      - name: main
        env:
        - name: B
          value: "{index}"
"""
EVERY = {"metadata": {"namespace": "hub", "labels": {"part-of": "figures"}}}


def write_objects(folder, count):
    folder.mkdir(exist_ok=True)
    for name, text in (("objects.yaml", DEPLOYMENT), ("patches.yaml", PATCH)):
        (folder / name).write_text("---\n".join(text.format(index=index) for index in range(count)))
    labels = [{"pairs": EVERY["metadata"]["labels"]}]
    kustomization = {"resources": ["objects.yaml"], "namespace": "hub", "labels": labels, "patches": [{"path": "patches.yaml"}]}
    (folder / "kustomization.yaml").write_text(json.dumps(kustomization))


def patch_command(tool, folder):
    return [tool, "patch", "-f", folder / "objects.yaml", "--patches", folder / "patches.yaml", "-p", json.dumps(EVERY)]


def patch(tool, folder):
    """One process each, on one object."""
    write_objects(folder, 1)
    arguments = ["patch", "--local", "-f", folder / "objects.yaml", "--patch-file", folder / "patches.yaml", "-o", "yaml"]
    peer = measure([PEERS / "kubectl", *arguments])
    row("`patch` of one Deployment, a process each", measure([tool, *arguments], runs=25), peer, "`kubectl patch --local`")
    in_process(tool, folder, peer)


def per_time(command, times, **options):
    """What one more time takes, in a process that does it many times."""
    once, often = (measure([*command, str(count)], runs=3, **options) for count in (1, times))
    return Figure((often.seconds - once.seconds) / (times - 1), often.mebibytes)


def in_process(tool, folder, kubectl):
    run = subprocess.run
    texts = [run([tool, "patch", "-f", folder / name, "-p", "{}", "-o", "json"], capture_output=True, check=True).stdout
             for name in ("objects.yaml", "patches.yaml")]
    for name, text in zip(("object.json", "patch.json"), texts):
        (folder / name).write_text(json.dumps(json.loads(text)))
    request = folder / "request.json"
    request.write_text(json.dumps({"object": json.loads(texts[0]), "patch": json.loads(texts[1])}))
    ours = per_time([program(tool), "patch", folder / "object.json", folder / "patch.json"], 20_000)
    library = per_time(["sh", "-c", f'"{PEERS}/strategic_peer" -tries 1 -repeat "$1" < "$0"', request], 20_000)
    row("one patch in process", ours, kubectl, "a process of `kubectl patch --local`")
    row("one patch in process, JSON to JSON", ours, library, "its Go library in process")


def program(tool):
    return Path(tool).parents[2] / "bench" / "bench_core"


def kustomize_program():
    """$KUSTOMIZE, or the one in build/peer, which is built there if need be."""
    if os.environ.get("KUSTOMIZE"):
        return os.environ["KUSTOMIZE"]
    found = PEERS / "kustomize"
    if not found.exists():
        subprocess.run(["go", "install", KUSTOMIZE], env={**os.environ, "GOBIN": str(PEERS.resolve())}, check=True)
    return found


def kustomize(tool, folder):
    write_objects(folder, 4000)
    peer = measure([kustomize_program(), "build", folder], runs=1)
    size = (folder / "objects.yaml").stat().st_size / 1e6
    row(f"4,000 Deployments ({size:.1f} MB), a patch each, namespace and label", measure(patch_command(tool, folder), runs=5), peer, "`kustomize build`")


def patch_growth(tool, folder):
    for count in (100, 1000, 10_000, 100_000):
        write_objects(folder / "objects", count)
        size = (folder / "objects" / "objects.yaml").stat().st_size / 1e6
        row(f"`patch` of {count:,} Deployments ({size:.1f} MB), a patch each", measure(patch_command(tool, folder / "objects"), runs=3))
        shutil.rmtree(folder / "objects")


RENDER = """
import sys, jinja2, yaml
template, values, times = sys.argv[1], yaml.safe_load(open(sys.argv[2])), int(sys.argv[3])
text = open(template).read()
parsed = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
for _ in range(times):
    parsed.render(**values)
"""
COMPILE = RENDER.replace("parsed.render", "jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render")

# The pod of dev_dummyauth: what its template sees.
VALUES = {
    "env": "figures", "pod": "jupyterhub-slurm-figures", "deploy_object": "deploy-config-figures",
    "auth": "dummy", "slurm": "pod", "zenith": False, "stage": "dev",
    "ports": {"public": {"name": "public", "container": "jupyterhub", "container_port": 8000, "host_ip": "127.0.0.1", "host_port": 8000}},
}


def asked_for(template):
    """The images, volumes and secrets that the template names."""
    text = template.read_text()
    found = {}
    for kind in ("images", "volumes", "secrets"):
        names = re.findall(kind + r"\.([a-z_]+)|" + kind + r"\[[\"']([^\"']+)", text)
        found[kind] = {first or second: f"{first or second}-figures" for first, second in names}
    return found


def render_template(tool, folder):
    template = PROJECT / "manifests" / "jupyterhub-slurm.yaml.j2"
    values = folder / "values.json"
    values.write_text(json.dumps({**VALUES, **asked_for(template)}))
    python = PROJECT / "build" / "venv" / "bin" / "python"
    ours = per_time([program(tool), "render", template, values], 3000)
    row("the pod's template in process", ours, per_time([python, "-c", RENDER, template, values], 1000), "Jinja2, compiled before")
    row("the pod's template in process", ours, per_time([python, "-c", COMPILE, template, values], 20), "Jinja2, compiled each time")
    command = [tool, "template", template, "--values", values]
    row("`template` of the pod, a process each", measure(command, runs=25), measure([python, "-c", RENDER, template, values, "1"]), "Python with Jinja2")


BENCHES = {"patch": patch, "kustomize": kustomize, "patch_growth": patch_growth, "template": render_template}
