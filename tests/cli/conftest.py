"""The tool that was built, run in this project, and copies of the project that a test may change."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ENVTOOL", str(PROJECT / "build" / "envtool"))


@pytest.fixture
def envtool():
    def run(*arguments, cwd=PROJECT):
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=cwd)

    return run


@pytest.fixture
def project(tmp_path):
    """A copy that holds what definitions need."""
    for tree in ("envs", "manifests", "examples"):
        shutil.copytree(PROJECT / tree, tmp_path / tree)
    return tmp_path
