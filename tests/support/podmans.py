"""The podmans that tests run on: the machine's own, and a newer one in a root filesystem of its own.

Which one a suite works with is an argument or, for whole runs, the variable ENVTOOL_TEST_PODMAN (`machine`, `newer`).
Knows nothing of environments.
"""

import os
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NEWER = PROJECT / "tests" / "support" / "newer_podman"
NAMES = ("machine", "newer")


def chosen():
    return os.environ.get("ENVTOOL_TEST_PODMAN", "machine")


def can_be_used(name):
    """Another root filesystem takes root."""
    return name == "machine" or os.geteuid() == 0


def prefix(name):
    """What a command line begins with, so that the command finds this podman."""
    return [NEWER, "run"] if name == "newer" else []


def words(name, program):
    """What starts a program of build/ where this podman is found."""
    return [program] if name == "machine" else subprocess.check_output([NEWER, "words", program], text=True).splitlines()


def run(name, *arguments, **options):
    """podman as the account that envtool runs it as; the finished process with its output as text."""
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True} | options
    return subprocess.run([*prefix(name), PROJECT / "tools" / "podman", *arguments], **options)


def adopt(references):
    """Gives the newer podman images of the machine's own, labels and all, so that they need not be built twice."""
    subprocess.run([NEWER, "adopt", *references], stdin=subprocess.DEVNULL, check=True)
