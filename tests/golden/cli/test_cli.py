"""What envtool prints: whole texts compared.

A case is a folder below this one that holds `cmd`, a shell script. It runs in a copy of the project that the file `base` names (a
folder of tests/golden/projects, or `real`: this checkout; default `minimal`) with the files of `tree` laid over it. `stdout`
and `stderr` hold what must come out, a file that isn't there stands for nothing; `status` holds the exit code of each run of envtool.
The copy's path is written PROJECT.

With ENVTOOL_UPDATE_GOLDEN=1 the files are written anew, and the case is skipped: read the difference.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[2]
REAL_FOLDERS = ["envs", "examples", "images", "manifests", "volumes"]
CASES = sorted(str(found.parent.relative_to(HERE)) for found in HERE.rglob("cmd"))
UPDATE = os.environ.get("ENVTOOL_UPDATE_GOLDEN") == "1"
NOBODY = 65534
# Files that can't be read exist for ordinary users only, and podman runs as they are.
ACCOUNT = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def give_away(folder):
    if ACCOUNT:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", folder], check=True)


@pytest.fixture(scope="session")
def world():
    """A folder with the programs and the projects, for any account."""
    world = Path(tempfile.mkdtemp(prefix="envtool-golden-"))
    world.chmod(0o755)
    shutil.copytree(HERE / "bin", world / "bin")
    shutil.copy(os.environ.get("ENVTOOL", CHECKOUT / "build" / "envtool"), world / "envtool")
    shutil.copytree(HERE.parent / "projects", world / "projects")
    for folder in REAL_FOLDERS:
        ignored = shutil.ignore_patterns("_dev_build_data")
        shutil.copytree(CHECKOUT / folder, world / "projects" / "real" / folder, ignore=ignored)
    (world / "cases").mkdir()
    give_away(world)
    yield world
    shutil.rmtree(world)


def text_of(path, default=""):
    return path.read_text() if path.exists() else default


def run(case, world):
    """What came out, by file name."""
    project = world / "cases" / case.replace("/", ".")
    base = text_of(HERE / case / "base", "minimal").strip()
    shutil.copytree(world / "projects" / base, project)
    if (HERE / case / "tree").exists():
        shutil.copytree(HERE / case / "tree", project, dirs_exist_ok=True, symlinks=True)
    give_away(project)
    statuses = world / "cases" / f"{project.name}.statuses"
    environment = {"PATH": f"{world / 'bin'}:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "TERM": "dumb",
                   "GOLDEN_PROGRAM": str(world / "envtool"), "GOLDEN_STATUSES": str(statuses)}
    done = subprocess.run(["sh", "-c", (HERE / case / "cmd").read_text()], cwd=project, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="backslashreplace", timeout=60, **ACCOUNT)
    shown = {"stdout": done.stdout, "stderr": done.stderr, "status": text_of(statuses).replace("\n", " ").strip() + "\n"}
    return {name: text.replace(str(project), "PROJECT") for name, text in shown.items()}


@pytest.mark.parametrize("case", CASES)
def test_output(case, world):
    found = run(case, world)
    if UPDATE:
        for name, text in found.items():
            (HERE / case / name).unlink(missing_ok=True)
            if text:
                (HERE / case / name).write_text(text)
        pytest.skip("written anew")
    assert found == {name: text_of(HERE / case / name) for name in found}
