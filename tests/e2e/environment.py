"""An environment of its own for a test: a copy of the project with one more definition, and envtool to work on it.

The definition extends one of the project's, so that what is tested is what people run, under other names: a pod, volumes
and images of the original are never touched. Knows envtool's command line; knows nothing of hubs.
"""

import copy
import json
import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import yaml

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))
import podmans

PROJECT = Path(__file__).resolve().parents[2]
PODMAN = podmans.chosen()
ARTIFACTS = PROJECT / "build" / "artifacts" / ("" if PODMAN == "machine" else f"{PODMAN}-podman")
COPIED = ("envs", "images", "volumes", "manifests")
MADE_WHILE_WORKING = shutil.ignore_patterns("_dev_build_data", "__pycache__", "*.egg-info", ".pytest_cache")


def own_reference(image):
    return f"localhost/envtool-e2e/{image}:test"


def envtool_program():
    return os.environ.get("ENVTOOL", str(PROJECT / "build" / "envtool"))


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited longer than {seconds} seconds for {what}"
        time.sleep(0.3)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def podman(*arguments):
    """What podman prints, run as the user that envtool runs it as. A failure says what podman said."""
    try:
        return podmans.run(PODMAN, *arguments, check=True).stdout
    except subprocess.CalledProcessError as failure:
        failure.add_note(failure.stderr)
        raise


def adopt_from_machine(references):
    """Lets a podman that has to build all by itself begin with images that the machine's own has built."""
    if PODMAN == "machine":
        return
    there = {name for name in references if podmans.run("machine", "image", "exists", name).returncode == 0}
    missing = [name for name in sorted(there) if image_id("machine", name) != image_id(PODMAN, name)]
    if missing:
        podmans.adopt(missing)


def image_id(which, reference):
    return podmans.run(which, "image", "inspect", "--format", "{{.Id}}", reference).stdout.strip()


def podman_lists():
    """What podman has, by kind; images by name, without the one that it makes for itself with the first pod."""
    asked = {
        "pods": ("pod", "ps", "--format", "{{.Name}}"),
        "containers": ("ps", "--all", "--format", "{{.Names}}"),
        "volumes": ("volume", "ls", "--format", "{{.Name}}"),
        "secrets": ("secret", "ls", "--format", "{{.Name}}"),
        "images": ("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "dangling=false"),
    }
    lists = {kind: set(podman(*arguments).split("\n")) - {""} for kind, arguments in asked.items()}
    lists["images"] = {name for name in lists["images"] if not name.startswith("localhost/podman-pause:")}
    return lists


def lists_before(*bases, built_here=()):
    """What podman has before a test brings up environments like these, whose images are adopted but for those of these names."""
    podman("ps")  # whatever podman makes for itself at its first start is there then
    images = [item for base in bases for item in image_references(PROJECT / "envs" / base / "env.yaml").items()]
    adopt_from_machine([reference for name, reference in images if name not in built_here])
    return podman_lists()


def definitions(file):
    """A definition and all that it extends, read, its own first."""
    definition = yaml.safe_load(file.read_text())
    yield definition
    for extended in definition.get("extends", []):
        yield from definitions(file.parent / extended)


def standin_layers(file):
    """By name of the stand-in."""
    return {name: standin["layer"] for definition in definitions(file) for name, standin in definition.get("standins", {}).items()}


def image_references(file):
    """By name of the image, those of stand-ins too."""
    layers = [*definitions(file), *standin_layers(file).values()]
    images = [item for layer in layers for item in layer.get("images", {}).items()]
    return {name: image["reference"] for name, image in images if "reference" in image}


def renamed(images):
    return {image: {"reference": own_reference(image)} for image in images}


class Environment:
    """The environment `name`, which extends `base`, in a copy of the project at `folder`; its hub is at `url`."""

    def __init__(self, folder, name, base, variables=()):
        """`variables`, written NAME=VALUE, are what envtool finds in its environment."""
        self.folder = folder
        self.variables = list(variables)
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/jupyter"
        self.deploy_directory = folder / "deploy" / name
        self.tokens = set()  # that tests have found in use
        self.transcript = []  # what envtool printed, call by call
        for tree in COPIED:
            shutil.copytree(PROJECT / tree, folder / tree, ignore=MADE_WHILE_WORKING, symlinks=True)
        self.original_images = image_references(folder / "envs" / base / "env.yaml")
        self._define(base)

    def _define(self, base):
        base_file = self.folder / "envs" / base / "env.yaml"
        layers = standin_layers(base_file)
        brought = {name: set(layer.get("images", {})) for name, layer in layers.items()}
        own = set(self.original_images) - set().union(*brought.values())
        definition = {
            "title": f"a copy of {base}",
            "extends": [f"../{base}/env.yaml"],
            "images": renamed(own),
            "standins": {name: {"layer": {"images": renamed(images)} | self._public_port([layers[name]])} for name, images in brought.items()},
        }
        definition |= self._public_port(definitions(base_file))
        file = self.folder / "envs" / self.name / "env.yaml"
        file.parent.mkdir()
        file.write_text(yaml.safe_dump(definition))

    def _public_port(self, layers):
        """A free one in place of the one that these layers publish, if they do."""
        published = any("public" in layer.get("ports", {}) for layer in layers)
        return {"ports": {"public": {"host_port": self.port}}} if published else {}

    def fill_in(self, values):
        """Sets values of the deploy ConfigMap."""
        file = self.deploy_directory / "deploy-configmap.yaml"
        config = yaml.safe_load(file.read_text())
        config["data"] |= values
        file.write_text(yaml.safe_dump(config))

    def beside(self, name, base):
        """Another environment in the same copy of the project, which shares the images of this one."""
        other = copy.copy(self)
        other.name = name
        other.deploy_directory = self.folder / "deploy" / name
        other.original_images = image_references(self.folder / "envs" / base / "env.yaml")
        other._define(base)
        return other

    def change(self, **fields):
        """Sets fields of the definition."""
        file = self.folder / "envs" / self.name / "env.yaml"
        file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | fields))

    def adopt_images(self):
        """Gives images that the original has built a second name, so that they need not be built again."""
        there = podman_lists()["images"]
        for image, reference in self.original_images.items():
            if reference in there:
                podman("tag", reference, own_reference(image))

    def program(self):
        return ["env", *self.variables, *podmans.prefix(PODMAN), envtool_program(), "--project", self.folder]

    def command_line(self, command, *arguments):
        """`command` may be of two words: `keys rotate`."""
        return [*self.program(), *command.split(), self.name, *arguments]

    def run(self, command, *arguments, check=True):
        done = self.envtool(*command.split(), self.name, *arguments)
        if check and done.returncode != 0:
            raise AssertionError(f"envtool {command} ended with {done.returncode}:\n{done.stderr}")
        return done

    def envtool(self, *arguments):
        """Any command in this project, whatever comes of it."""
        done = subprocess.run([*self.program(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.transcript.append(f"{arguments}\n{done.stdout}{done.stderr}")
        return done

    def json(self, command, *arguments):
        return json.loads(self.run(command, "--output", "json", *arguments).stdout)

    def exec(self, container, *command):
        return self.run("exec", container, "--", *command).stdout.strip()

    def files_with(self, container, texts, find):
        """The files in a container, among those that find(1) gives for these arguments, that hold one of the texts.

        The texts go in through a pipe, so that no command line shows them.
        """
        search = f"find {find} -type f -print0 | xargs --null --no-run-if-empty grep --files-with-matches --text --fixed-strings"
        script = f"umask 077; cat > /dev/shm/texts; {search} --file=/dev/shm/texts; rm /dev/shm/texts"
        arguments = ["exec", "--interactive", self.container(container), "sh", "-c", script]
        return podmans.run(PODMAN, *arguments, stdin=None, input="\n".join(texts), check=True).stdout.split()

    def container(self, name):
        """As podman calls it."""
        return f"jupyterhub-slurm-{self.name}-{name}"

    def deploy_data(self):
        """The data of the deploy ConfigMap, of which only the owner may know the password."""
        file = self.deploy_directory / "deploy-configmap.yaml"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        return yaml.safe_load(file.read_text())["data"]

    @property
    def pod(self):
        return f"jupyterhub-slurm-{self.name}"

    def run_printed(self, command, *arguments):
        """Prints the commands of `command` and runs them by hand; returns what was printed."""
        script = self.run(command, *arguments, "--print-commands").stdout
        envtool = shlex.join(podmans.words(PODMAN, envtool_program()))
        script = re.sub(r"^(envtool\(\) \{) \S+", lambda found: f"{found[1]} {envtool}", script, flags=re.MULTILINE)
        done = subprocess.run(
            [*podmans.prefix(PODMAN), "bash", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/"
        )
        assert done.returncode == 0, f"{script}\n{done.stderr}"
        return script

    def started_at(self, container):
        return podman("inspect", "--format", "{{.State.StartedAt}}", f"{self.pod}-{container}").strip()

    def pod_id(self):
        return podman("pod", "inspect", "--format", "{{.ID}}", self.pod).strip()

    def container_ids(self):
        """Those of the pod, its infra container among them."""
        return podman("ps", "--quiet", "--no-trunc", "--filter", f"pod={self.pod}").split()
