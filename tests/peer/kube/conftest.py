"""A real control plane for all tests of this folder, and envtool's client (kube_peer.cc) that talks to it."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from kube_cluster import Cluster  # noqa: E402
from kubectl import kubectl_program  # noqa: E402


class Client:
    """envtool's client in a process of its own."""

    def __init__(self, program, *arguments, environment=()):
        environment = os.environ | dict(environment)
        self.process = subprocess.Popen(
            [program, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def send(self, verb, **request):
        self.process.stdin.write(json.dumps({"do": verb, **request}) + "\n")
        self.process.stdin.flush()

    def read(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, verb, **request):
        """What it answers; events and errors are answers, too."""
        self.send(verb, **request)
        return self.answer()

    def answer(self):
        events = []
        while "change" in (line := self.read()):
            events.append((line["change"], line["name"]))
        if "error" in line:
            return line
        return (events, line["answer"]["waited"]) if events else line["answer"]

    def apply(self, *objects, **options):
        return self.ask("apply", objects=objects, **options)


@pytest.fixture(scope="session")
def program():
    found = sorted((Path(os.environ.get("ENVTOOL_BUILD_DIR", ROOT / "build" / "release"))).glob("**/kube_peer"))
    assert found, "build the target `kube_peer` first"
    return found[0]


@pytest.fixture(scope="session")
def kubectl():
    return kubectl_program()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("kube") / "cluster") as cluster:
        yield cluster


@pytest.fixture
def connect(program):
    """Clients that end with the test."""

    @contextmanager
    def closing(*arguments, **options):
        client = Client(program, *arguments, **options)
        try:
            yield client
        finally:
            client.process.kill()
            client.process.wait()

    return closing


@pytest.fixture
def client(connect, cluster):
    with connect(cluster.kubeconfig, "admin") as client:
        yield client


@pytest.fixture
def namespace(cluster, request):
    """Of each test's own; the cluster ends without its being removed."""
    name = request.node.name.lower().replace("_", "-").translate(dict.fromkeys(map(ord, "[]"), "-"))[:60].strip("-")
    return cluster.make_namespace(name)
