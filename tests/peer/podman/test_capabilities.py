"""What two podmans do with tiny pods, line by line of the table in envtool/manifest/target.cc.

Each line has a probe that shows what a pod saw, and the two things it can see: with the capability and without. A podman
that does anything else than the table says for its version fails the test. ENVTOOL_BUILD_DIR has the program that prints
the table.
"""

import base64
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest
import yaml

sys.path.append(str(Path(__file__).parents[2] / "support"))
import podmans

IMAGE = "localhost/envtool/debian:host"
NAME = f"capability-{os.getpid()}"
ENCODED = base64.b64encode(b"text").decode()


class Podman:
    """One podman, with what a test made of it, all of it called NAME."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = folder

    def run(self, *arguments, **options):
        return podmans.run(self.name, *arguments, **options)

    def version(self):
        return self.run("version", "--format", "{{.Client.Version}}", check=True).stdout.strip()

    def write(self, name, *objects):
        file = self.folder / name
        file.write_text(yaml.safe_dump_all(objects))
        return file

    def play(self, *objects, options=()):
        """Nothing, or what podman said when it failed."""
        file = self.write("objects.yaml", *objects)
        done = self.run("kube", "play", "--quiet", "--build=false", *options, file)
        return done.stderr.strip() if done.returncode else None

    def seen(self, pod, *objects, options=()):
        """What the pod's container printed, or why podman failed."""
        failure = self.play(*objects, pod, options=options)
        if failure:
            return failure
        container = f"{NAME}-main"
        assert self.run("wait", container).returncode == 0
        return self.run("logs", container).stdout.strip()

    def fill_volume(self, paths):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for path in paths:
                tar.addfile(tarfile.TarInfo(path))
        self.run("volume", "create", NAME, check=True)
        self.run("volume", "import", NAME, "-", input=stream.getvalue(), stdin=None, text=False, check=True)

    def secrets(self):
        return self.run("secret", "ls", "--format", "{{.Name}}").stdout.split()

    def clean(self):
        self.run("pod", "rm", "--force", NAME)
        self.run("volume", "rm", "--force", NAME)
        self.run("secret", "rm", NAME)


def pod(command, volume=None, mount=None, env=()):
    container = {"name": "main", "image": IMAGE, "imagePullPolicy": "Never", "command": ["sh", "-c", command], "env": list(env)}
    spec = {"restartPolicy": "Never", "containers": [container]}
    if volume:
        container["volumeMounts"] = [{"name": "it", "mountPath": "/mnt"} | (mount or {})]
        spec["volumes"] = [{"name": "it"} | volume]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME}, "spec": spec}


def secret(**fields):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": NAME}} | (fields or {"data": {"key": ENCODED}})


def secret_volume(**fields):
    return {"secret": {"secretName": NAME} | fields}


CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": NAME},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
}


def sub_path(podman):
    podman.fill_volume(["inner/wanted", "outside"])
    claim = {"persistentVolumeClaim": {"claimName": NAME}}
    return podman.seen(pod("ls /mnt", claim, {"subPath": "inner"}))


def secret_volumes(podman):
    return podman.seen(pod("cat /mnt/key", secret_volume(optional=False)), secret())


def secret_string_data(podman):
    volume = secret_volume(optional=False)
    return podman.seen(pod("cat /mnt/key 2>/dev/null", volume), secret(stringData={"key": "text"}))


def secret_env(podman):
    reference = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": NAME, "key": "key"}}}
    return podman.seen(pod('echo "$KEY"', env=[reference]), secret())


def optional_left_out(podman):
    return podman.seen(pod("ls /mnt", secret_volume()), secret())


def file_modes(podman):
    volume = secret_volume(optional=False, defaultMode=0o640)
    return podman.seen(pod("stat --dereference --format=%a /mnt/key", volume), secret())


def claims_that_exist(podman):
    podman.fill_volume(["kept"])
    return podman.seen(pod("ls /mnt", {"persistentVolumeClaim": {"claimName": NAME}}), CLAIM)


def config_map_documents(podman):
    maps = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"key": value}}
        for name, value in {"first": "one", "second": "two"}.items()
    ]
    variables = [
        {"name": name, "valueFrom": {"configMapKeyRef": {"name": name, "key": "key"}}} for name in ("first", "second")
    ]
    file = podman.write("maps.yaml", *maps)
    return podman.seen(pod("echo $first $second", env=variables), options=("--configmap", file))


def removes_secrets(podman):
    file = podman.folder / "objects.yaml"
    assert podman.play(secret(), pod("true")) is None
    assert NAME in podman.secrets()
    podman.run("kube", "down", file, check=True)
    return "kept" if NAME in podman.secrets() else "gone"


def workload(podman, api_version, kind, pod):
    """What the kind makes of a pod, by any name; nothing where podman leaves the kind out."""
    template = {"metadata": {"labels": {"app": NAME}}, "spec": pod["spec"]}
    spec = {"template": template} | ({"selector": {"matchLabels": {"app": NAME}}} if kind == "DaemonSet" else {})
    failure = podman.play({"apiVersion": api_version, "kind": kind, "metadata": {"name": NAME}, "spec": spec})
    made = podman.run("ps", "--all", "--format", "{{.PodName}} {{.Names}}").stdout
    podman.run("pod", "rm", "--force", "--ignore", NAME, f"{NAME}-pod")
    return "played" if f"{NAME}-" in made else failure or "left out"


def daemon_sets(podman):
    endless = pod("sleep infinity")
    del endless["spec"]["restartPolicy"]
    return workload(podman, "apps/v1", "DaemonSet", endless)


def jobs(podman):
    return workload(podman, "batch/v1", "Job", pod("true"))


def sub_path_expr(podman):
    podman.fill_volume(["inner/wanted"])
    claim = {"persistentVolumeClaim": {"claimName": NAME}}
    return podman.seen(pod("ls /mnt", claim, {"subPathExpr": "$(PART)"}, [{"name": "PART", "value": "inner"}]))


def core_v1(podman):
    return podman.seen(pod("echo played") | {"apiVersion": "core/v1"})


def loose_names(podman):
    claim = {"persistentVolumeClaim": {"claimName": NAME}}
    played = pod("echo played", claim)
    played["spec"]["volumes"][0]["name"] = played["spec"]["containers"][0]["volumeMounts"][0]["name"] = "a_B"
    return podman.seen(played)


def number_variables(podman):
    return podman.seen(pod('echo "$NUMBER"', env=[{"name": "NUMBER", "value": 8000}]))


# The probe, and patterns of what is seen with the capability and without it.
LINES = [
    (sub_path, "wanted", "inner\noutside"),
    (secret_volumes, "text", ENCODED),
    (secret_string_data, "text", ""),
    (secret_env, "text", ".*is not valid JSON.*"),
    (optional_left_out, "key", ".*nil pointer dereference.*"),
    (file_modes, "640", "644"),
    (claims_that_exist, "kept", ".*volume already exists.*"),
    (config_map_documents, "one two", ".*second not found.*"),
    (removes_secrets, "gone", "kept"),
    (daemon_sets, "played", ".*(left out|supported).*"),
    (jobs, "played", ".*(left out|supported).*"),
    (sub_path_expr, "wanted", "inner"),
    (core_v1, "played", ".*"),
    (loose_names, "played", ".*"),
    (number_variables, "8000", ".*"),
]


@pytest.fixture(scope="module", params=podmans.NAMES)
def podman(request):
    if not podmans.can_be_used(request.param):
        pytest.skip("only root can start the newer podman")
    with tempfile.TemporaryDirectory(prefix="envtool-objects-") as folder:
        os.chmod(folder, 0o755)  # for podman's account
        made = Podman(request.param, Path(folder))
        if made.run("image", "exists", IMAGE).returncode != 0:
            provide_image(made)
        yield made


def provide_image(podman):
    """On the machine's own podman by building what any environment starts from; the newer one takes it from there."""
    if podmans.run("machine", "image", "exists", IMAGE).returncode != 0:
        envtool = [os.environ["ENVTOOL"], "--project", podmans.PROJECT]
        subprocess.run([*envtool, "build", "dev_dummyauth"], stdin=subprocess.DEVNULL, check=True)
    if podman.name != "machine":
        podmans.adopt([IMAGE])


@pytest.fixture(scope="module")
def table(podman):
    program = Path(os.environ["ENVTOOL_BUILD_DIR"]) / "tests" / "peer" / "podman" / "podman_peer"
    return json.loads(subprocess.check_output([program, podman.version()]))


@pytest.fixture(autouse=True)
def nothing_left(podman):
    podman.clean()
    yield
    podman.clean()


@pytest.mark.parametrize(("probe", "present", "absent"), LINES, ids=[line[0].__name__ for line in LINES])
def test_podman_does_what_the_table_says(podman, table, probe, present, absent):
    seen = probe(podman)
    expected = present if table[probe.__name__] else absent
    assert re.fullmatch(expected, seen, re.DOTALL), seen


def test_every_line_of_the_table_has_a_probe(table):
    assert list(table) == [probe.__name__ for probe, _, _ in LINES]


def test_a_pod_needs_none_of_it_to_run(podman):
    assert podman.seen(pod("echo hello")) == "hello"
