"""`envtool check --target` against what two podmans do with the corpus of tests/peer/kube_form: what is fine is played. What podman
plays and drops parts of in silence has no outcome to see here; test_capabilities.py looks into such pods."""

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from test_capabilities import podman  # noqa: F401  a fixture

CORPUS = sorted((Path(__file__).parents[1] / "kube_form" / "corpus").glob("*.yaml"))
ENVTOOL = os.environ.get("ENVTOOL", str(Path(__file__).resolve().parents[3] / "build" / "envtool"))
PODS = ["corpus", "corpus-pod", "corpus-pod-0", "my_bad_pod"]
VOLUMES = ["corpus", "data", "settings", "hidden", "c"]


def clean(podman):
    podman.run("pod", "rm", "--force", "--ignore", *PODS)
    podman.run("volume", "rm", "--force", *VOLUMES)
    podman.run("secret", "rm", "hidden", "my_bad_secret")


def fill(podman, volume, folder):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        entry = tarfile.TarInfo(folder)
        entry.type = tarfile.DIRTYPE
        entry.mode = 0o755
        tar.addfile(entry)
    podman.run("volume", "create", volume, check=True)
    podman.run("volume", "import", volume, "-", input=stream.getvalue(), stdin=None, text=False, check=True)


def verdict(file, target):
    done = subprocess.run([ENVTOOL, "--output", "json", "check", "--target", target, str(file)], capture_output=True, text=True)
    return json.loads(done.stdout)[0]["verdict"]


@pytest.mark.parametrize("file", CORPUS, ids=[file.stem for file in CORPUS])
def test_what_is_fine_is_played(podman, file):  # noqa: F811
    if "podman@4.3: -" in file.read_text():
        pytest.skip("depends on the machine")
    copy = podman.folder / file.name
    copy.write_text(file.read_text())
    fill(podman, "data", "a/b/")  # unlike Kubernetes, podman mounts only what is there
    try:
        done = podman.run("kube", "play", "--quiet", "--build=false", copy)
    finally:
        clean(podman)
    assert done.returncode == 0 or verdict(file, f"podman@{podman.version()}") != "fine", done.stderr
