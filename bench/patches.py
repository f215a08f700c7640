"""Patches and templates: beside kubectl, kubectl's Go library, kustomize and Jinja2, and their growth with the input."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from measure import PROJECT, Figure, measure, row

PEERS = PROJECT / "build" / "peer"
PYTHON = PROJECT / "build" / "venv" / "bin" / "python"
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
        size = sum((folder / "objects" / name).stat().st_size for name in ("objects.yaml", "patches.yaml"))
        ours = measure(patch_command(tool, folder / "objects"), runs=3)
        row(f"`patch` of {count:,} Deployments, a patch each: {size / 1e6:.1f} MB in, {ours.mebibytes * 2**20 / size:.1f} times that in memory", ours)
        shutil.rmtree(folder / "objects")


RENDER = """
import json, pathlib, sys, jinja2
from types import SimpleNamespace
texts = [file.read_text() for file in pathlib.Path(sys.argv[1]).iterdir()]
given = json.load(open(sys.argv[2]))
values = given["values"]
for name, result in given["functions"].items():
    owner, method = name.split(".")
    values[owner] = values[owner] if isinstance(values[owner], SimpleNamespace) else SimpleNamespace(**values[owner])
    setattr(values[owner], method, lambda result=result: result)
parsed = [jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text) for text in texts]
for _ in range(int(sys.argv[3])):
    for template in parsed:
        template.render(**values)
"""
COMPILE = RENDER.replace("in parsed", "in map(jinja2.Template, texts)")

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


def render_both(tool, what, templates, given):
    ours = per_time([program(tool), "render", templates, given], 3000)
    row(what, ours, per_time([PYTHON, "-c", RENDER, templates, given], 1000), "Jinja2, compiled before")
    row(what, ours, per_time([PYTHON, "-c", COMPILE, templates, given], 20), "Jinja2, compiled each time")


def given_in(folder, values, functions):
    given = folder / "given.json"
    given.write_text(json.dumps({"values": values, "functions": functions}))
    return given


def render_template(tool, folder):
    template = PROJECT / "manifests" / "jupyterhub-slurm.yaml.j2"
    values = {**VALUES, **asked_for(template)}
    render_both(tool, "the pod's template in process", copied(folder / "templates", {template.name: template.read_text()}), given_in(folder, values, {}))
    own_values = folder / "values.json"
    own_values.write_text(json.dumps(values))
    command = [tool, "template", template, "--values", own_values]
    peer = measure([PYTHON, "-c", RENDER, folder / "templates", folder / "given.json", "1"])
    row("`template` of the pod, a process each", measure(command, runs=25), peer, "Python with Jinja2")


def copied(folder, texts):
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder


SPAWNER = ["jupyterhub-multicluster-kubespawner==0.2", "escapism==1.1.0"]
DEFAULTS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from multicluster_kubespawner import MultiClusterKubeSpawner
print(json.dumps(MultiClusterKubeSpawner.default_resources))
"""
# What its templates see for one user.
USER = {
    "key": "jupyter-alice", "proxy_spec": "/user/alice/", "resources": {"limits": {"memory": 2**31}, "requests": {"memory": 2**29, "cpu": 0.1}},
    "spawner": {"image": "quay.io/jupyter/scipy-notebook:2025-03-14", "cmd": ["jupyterhub-singleuser"], "port": 8888},
}
USER_METHODS = {"spawner.get_args": ["--ServerApp.ip=0.0.0.0"],
                "spawner.get_env": {f"JUPYTERHUB_{index}": f"https://hub.example.org/hub/api/{index}" for index in range(20)}}


def render_spawner(tool, folder):
    """The default resources of MultiClusterKubeSpawner, by its own templates."""
    package = PEERS / "spawner"
    if not package.exists():
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--target", package, *SPAWNER], check=True)
    texts = json.loads(subprocess.run([PYTHON, "-c", DEFAULTS, package], capture_output=True, check=True).stdout)
    render_both(tool, "a user's four objects in process", copied(folder / "templates", texts), given_in(folder, USER, USER_METHODS))


BENCHES = {"patch": patch, "kustomize": kustomize, "patch-growth": patch_growth, "template": render_template, "spawner": render_spawner}
