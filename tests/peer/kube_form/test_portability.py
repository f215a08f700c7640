"""`envtool check --target` over corpus/: the verdicts that each file states, and what a real API server does with it in a namespace
that enforces the Pod Security level `baseline`. What podmans do with them is in tests/peer/podman."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from settings import ENVIRONMENTS

PROJECT = Path(__file__).resolve().parents[3]
ENVTOOL = os.environ.get("ENVTOOL", str(PROJECT / "build" / "envtool"))
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
# kubectl reads the last of two keys and never shows the server the other.
LENIENT = {"duplicate_key"}
TARGETS = {"kubernetes": "kubernetes@1.36", "podman@4.3": "podman@4.3", "podman@5.4": "podman@5.4"}


def check(file, target):
    done = subprocess.run([ENVTOOL, "--output", "json", "check", "--target", target, str(file)], capture_output=True, text=True)
    [report] = json.loads(done.stdout)
    assert done.returncode == (2 if report["verdict"] == "refused" else 0), done.stderr
    return report


def stated(file):
    """The verdicts of the file's second line; `-` for none that holds everywhere."""
    return dict(re.findall(r"(\S+): (\S+)", file.read_text().splitlines()[1]))


@pytest.fixture(params=CORPUS, ids=[file.stem for file in CORPUS])
def file(request):
    return request.param


def test_verdicts(file):
    for name, expected in stated(file).items():
        report = check(file, TARGETS[name])
        assert expected in ("-", report["verdict"]), report


def test_findings_say_where(file):
    for target in TARGETS.values():
        for finding in check(file, target)["findings"]:
            assert re.fullmatch(re.escape(str(file)) + r":\d+:\d+", finding["at"]), finding


def test_the_api_server_agrees(file, cluster, kubectl):
    """What is fine is accepted, and nothing else is."""
    namespace = cluster.make_namespace("corpus-" + file.stem.replace("_", "-"), {"pod-security.kubernetes.io/enforce": "baseline"})
    done = kubectl("create", "--validate=strict", "-n", namespace, "-f", str(file))
    accepted = done.returncode == 0 and file.stem not in LENIENT
    assert accepted == (check(file, "kubernetes@1.36")["verdict"] == "fine"), done.stdout + done.stderr


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_environment_can_be_written_for_every_target(env):
    for target in TARGETS.values():
        done = subprocess.run([ENVTOOL, "check", env, "--target", target, "--set", "cluster.registry=registry.test/hub"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_table_of_the_api_is_that_of_kubectls_own_types():
    """If this fails after an update of go.mod: go run ./api > envtool/manifest/api_table.cc"""
    folder = PROJECT / "tests" / "peer" / "patch" / "go"
    written = subprocess.run(["go", "run", "./api"], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert written == (PROJECT / "envtool" / "manifest" / "api_table.cc").read_text()
