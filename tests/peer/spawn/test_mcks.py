"""The objects of `envtool spawn render` against those of MultiClusterKubeSpawner itself, which Jinja2, ruamel and kubectl make.

SPAWN_CASES is how many random cases (60), SPAWN_SEED where they start (1). The spawner is 0.2 as PyPI has it, on the JupyterHub
of tests/requirements.txt. Left out is what it gets wrong itself: ports other than 8888, names over 63 characters, and, once a Pod is
patched, variables that ruamel writes and kubectl reads differently (`yes` comes back as a boolean, U+0085 not at all).
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import types
from pathlib import Path

import pytest
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("PEER_CACHE", ROOT / "build" / "peer"))
CASES = int(os.environ.get("SPAWN_CASES", "60"))
SEED = int(os.environ.get("SPAWN_SEED", "1"))
TOKEN = "made-by-the-hub"

USERS = ["alice", "Foo@Bar-x.com", "a-b", "é", "A_b.c", "GKE", "o'neil", "x y", "1", "true", "{{ key }}", "a\"b", "<b>&", "漢字", "a~b"]
SERVERS = ["", "", "gpu", "my server", "A", "é-1", "2"]
ENVIRONMENTS = [{}, {"A": "1", "B": "b"}, {"QUOTES": "'\"\\ {{ x }} %", "LINES": "a\n b\n", "TZ": ""},
                {"JUPYTERHUB_HOST": "mine", "JUPYTERHUB_USER": "other"}, {"MEM_LIMIT": "1", "CPU_LIMIT": "9"}, {"UNICODE": "äé漢\u2028"}]
AMOUNTS = {
    "mem_limit": ["1G", "512M", "1.5G", 100000000, 0, "2T"],
    "mem_guarantee": ["64M", "1K", 4096],
    "cpu_limit": [1, 2.5, 4, 3.125],
    "cpu_guarantee": [0.1, 0.25, 1.0, 0.001],
}
ROLE = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: {{key}}-dask
      labels:
        user: {{ username|tojson }}
    rules:
    - apiGroups: [""]
      resources: [pods]
      verbs: [list, create, delete]
"""
BINDING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{key}}-dask
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "{{key}}-dask"}
subjects:
- {apiGroup: "", kind: ServiceAccount, name: "{{key}}"}
"""
VARIABLES = """
    apiVersion: v1
    kind: ConfigMap
    metadata:
        name: {{key}}
    data:
        all: {{ [userid, username, unescaped_username, servername, unescaped_servername, proxy_spec, key, spawner.image, spawner.name,
                 spawner.user.name, spawner.cmd, spawner.get_args()]|tojson|tojson }}
        {%- for k, v in spawner.get_env().items() if k.startswith("JUPYTERHUB_U") %}
        {{ k }}: {{ v|tojson }}
        {%- endfor %}
"""
POD = """
    apiVersion: v1
    kind: Pod
    metadata:
        name: {{key}}
    spec:
        containers:
        - name: notebook
          image: {{spawner.image}}
          args: {{spawner.get_args()|tojson}}
          resources: {{resources|tojson}}
          env:
          {% for k, v in spawner.get_env().items() -%}
          - name: {{k}}
            value: {{v|tojson}}
          {% endfor %}
"""
RESOURCES = [{}, {"10-role": ROLE, "11-binding": BINDING}, {"05-variables": VARIABLES}, {"02-pod": POD}]
HEAD = "\n    kind: Pod\n    metadata:\n        name: {{key}}\n"
PATCHES = [
    HEAD + "        annotations:\n            user: {{ unescaped_username|tojson }}\n",
    HEAD + "    spec:\n        containers:\n        - name: notebook\n          resources:\n            requests:\n              memory: 16Mi\n              cpu: 10m\n",
    HEAD + "    spec:\n        containers:\n        - name: notebook\n          image: other:{{ userid }}\n          resources:\n            limits:\n              cpu: 1500m\n              nvidia.com/gpu: 1\n",
    HEAD + "    spec:\n        tolerations:\n        - {key: a, operator: Exists}\n        containers:\n        - name: side\n          image: side\n        volumes:\n        - {name: v, emptyDir: {}}\n",
    HEAD + "    spec:\n        containers:\n        - name: notebook\n          env:\n          - {name: TZ, value: UTC}\n          - {name: MEM_LIMIT, $patch: delete}\n",
    "\nkind: Service\nmetadata: {name: '{{key}}'}\nspec:\n  type: NodePort\n  ports:\n  - {port: 8888, nodePort: 30000}\n",
    "\nkind: Ingress\nmetadata:\n  name: {{key}}\n  annotations: {contour.heptio.com/websocket-routes: null}\nspec: {ingressClassName: other}\n",
]


@pytest.fixture(scope="session")
def spawner_class():
    folder = CACHE / "spawner"
    if not (folder / "multicluster_kubespawner").exists():
        packages = ["jupyterhub-multicluster-kubespawner==0.2", "escapism==1.1.0"]
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *packages], check=True)
    sys.path.insert(0, str(folder))
    from multicluster_kubespawner import MultiClusterKubeSpawner

    return MultiClusterKubeSpawner


def program():
    return os.environ.get("ENVTOOL", str(ROOT / "build" / "envtool"))


def render_here(case, folder):
    file = folder / "hub.yaml"
    file.write_text(json.dumps({**case["config"], "hub": {"base_url": "/"}}))
    server = ["--server", case["server"]] if case["server"] else []
    profile = ["--profile", case["profile"]] if case["profile"] else []
    arguments = ["spawn", "render", "--user", case["user"], *server, *profile, "--user-id=7", str(file), "--output=json"]
    done = subprocess.run([program(), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def mocks(case):
    """What a hub would give the spawner."""
    from jupyterhub.utils import url_escape_path, url_path_join

    name, server = case["user"], case["server"]
    home = url_path_join("/", "user", url_escape_path(name), "/")
    user = types.SimpleNamespace(name=name, id=7, escaped_name=url_escape_path(name), url=home, settings={})
    hub = types.SimpleNamespace(public_host="", base_url="/hub/", api_url="http://127.0.0.1:8081/hub/api")
    proxy_spec = url_path_join(home, url_escape_path(server), "/")
    return {"user": user, "hub": hub, "proxy_spec": proxy_spec, "orm_spawner": types.SimpleNamespace(name=server, server=None),
            "user_options": {"profile": case["profile"]} if case["profile"] else {}}


def client_id(case):
    from urllib.parse import quote

    return f"jupyterhub-user-{quote(case['user'])}" + (f"-{quote(case['server'])}" if case["server"] else "")


async def render_there(case, spawner_class):
    given = mocks(case)

    class Spawner(spawner_class):
        server = types.SimpleNamespace(base_url=given["proxy_spec"])

    spawner = Spawner(config=Config({"Spawner": case["config"]}), oauth_client_id=client_id(case), **given)
    spawner.api_token = TOKEN
    await spawner.load_user_options()
    objects = spawner.augment_notebook_container(await spawner.apply_patches(spawner.get_resources_spec()))
    return spawner.key, objects


def read_json(text):
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def normal(obj):
    """Without what doesn't count: variables that another of the same name hides, and how JSON in a variable is written."""
    if obj["kind"] == "Pod":
        for container in obj["spec"]["containers"]:
            last = {}
            for variable in container.get("env", []):
                last.pop(variable["name"], None)
                last[variable["name"]] = {**variable, "value": read_json(variable["value"])} if "SCOPES" in variable["name"] else variable
            container["env"] = list(last.values())
    return obj


def random_case(seed):
    rng = random.Random(seed)
    config = {"environment": rng.choice(ENVIRONMENTS), "resources": rng.choice(RESOURCES), "image": rng.choice(["a/b:1", "c@sha256:" + "0" * 64])}
    for key, values in AMOUNTS.items():
        if rng.random() < 0.5:
            config[key] = rng.choice(values)
    if rng.random() < 0.3:
        config["args"] = ["--debug", "{{ key }}", "'\""]
        config["cmd"] = ["start", "a b"]
    if rng.random() < 0.3:
        config.update(notebook_dir="/home/{username}", default_url="{base_url}lab", debug=True)
    patches = rng.sample(PATCHES, rng.choice([0, 0, 1, 2]))
    config["patches"] = {f"{index:02}": patch for index, patch in enumerate(patches)}
    profile = None
    if rng.random() < 0.4:
        override = {"image": "profile:1", "mem_limit": "8G", "environment": {"P": "p"}, "kubernetes_context": ""}
        config["profile_list"] = [{"display_name": "Plain one", "spawner_override": {}},
                                  {"display_name": "Big", "slug": "big", "default": True, "spawner_override": override}]
        profile = rng.choice([None, "big", "-50lain-20one"])
    return {"user": rng.choice(USERS), "server": rng.choice(SERVERS), "profile": profile, "config": config}


@pytest.mark.parametrize("seed", range(SEED, SEED + CASES))
def test_same_objects_as_the_spawner(seed, spawner_class, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(os.environ['KUBECTL']).parent}:{os.environ['PATH']}")
    case = random_case(seed)
    here = render_here(case, tmp_path)
    key, objects = asyncio.run(render_there(case, spawner_class))
    assert here["key"] == key
    assert [normal(obj) for obj in here["objects"][1:]] == [normal(obj) for obj in objects], json.dumps(case, indent=1)


@pytest.mark.parametrize("user", USERS)
def test_its_own_templates_give_its_own_objects(user, spawner_class, tmp_path):
    config = {"resources": dict(spawner_class.default_resources), "environment": ENVIRONMENTS[2], "mem_limit": "1G", "cpu_guarantee": 0.5}
    case = {"user": user, "server": "my server", "profile": None, "config": config}
    here = render_here(case, tmp_path)
    key, objects = asyncio.run(render_there(case, spawner_class))
    assert here["key"] == key
    assert [normal(obj) for obj in here["objects"][1:]] == [normal(obj) for obj in objects]
