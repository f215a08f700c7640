"""`envtool fmt`: what this project's own definitions and examples look like."""

from pathlib import Path

from conftest import PROJECT


def test_own_files_are_laid_out(envtool):
    files = [str(file.relative_to(PROJECT)) for tree in ("envs", "examples") for file in Path(PROJECT, tree).rglob("*.yaml")]
    assert len(files) > 15
    checked = envtool("fmt", "--check", *sorted(files))
    assert (checked.returncode, checked.stdout) == (0, ""), f"to be laid out with `envtool fmt --write`:\n{checked.stdout}"
