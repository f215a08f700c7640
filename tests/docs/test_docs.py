"""README and examples/ hold what they promise. Knows envtool's command line; starts nothing."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ["dev_dummyauth", "dev_dummyauth_extslurm", "dev_realauth", "dev_realauth_zenithclient", "prod"]
README = (PROJECT / "README.md").read_text()


def envtool(*arguments, project=PROJECT):
    program = os.environ.get("ENVTOOL", str(PROJECT / "build" / "envtool"))
    return subprocess.run([program, "--project", project, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def code_blocks(text):
    return re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)


def test_the_five_environments_are_listed():
    listed = json.loads(envtool("list", "--output", "json").stdout)
    assert [environment["name"] for environment in listed["environments"]] == ENVIRONMENTS
    for name in ENVIRONMENTS:
        assert f"| `{name}` |" in README


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_examples_lack_nothing_but_own_values_and_files(name):
    done = envtool("check", name, "--deploy-dir", PROJECT / "examples" / name, "--output", "json")
    problems = [problem["message"] for problem in json.loads(done.stdout)[0]["problems"]]
    rest = [message for message in problems if not re.search("placeholder|not found|other users can read", message)]
    assert rest == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_new_deploy_config_has_the_keys_of_the_example(name, tmp_path):
    done = envtool("config", "init", name, "--deploy-dir", tmp_path / "deploy")
    assert done.returncode == 0, done.stderr
    keys = re.compile(r"^  (\w+):", re.MULTILINE)
    made = (tmp_path / "deploy" / "deploy-configmap.yaml").read_text()
    example = (PROJECT / "examples" / name / "deploy-configmap.yaml").read_text()
    assert set(keys.findall(made)) == set(keys.findall(example))


def test_the_sixth_environment_of_the_readme_is_a_folder(tmp_path):
    block = next(block for block in code_blocks(README) if "envs/workshop/env.yaml" in block)
    for tree in ("envs", "images", "manifests", "volumes"):
        shutil.copytree(PROJECT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("_dev_build_data"))
    folder = tmp_path / "envs" / "workshop"
    folder.mkdir()
    (folder / "env.yaml").write_text(re.sub(r"^    ", "", block, flags=re.MULTILINE))

    assert "workshop" in envtool("list", project=tmp_path).stdout
    assert envtool("check", "workshop", project=tmp_path).returncode == 0
    made = envtool("config", "init", "workshop", "--deploy-dir", tmp_path / "deploy", project=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "alice.workshop bob.workshop" in (tmp_path / "deploy" / "deploy-configmap.yaml").read_text()


def commands_of_the_readme():
    lines = [line.strip() for block in code_blocks(README) for line in block.splitlines()]
    return sorted({line.split("#")[0].split()[1] for line in lines if line.startswith("envtool ")})


@pytest.mark.parametrize("command", commands_of_the_readme())
def test_commands_of_the_readme_have_help_with_examples(command):
    done = envtool(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout or "SUBCOMMAND" in done.stdout


def test_make_names_its_targets():
    targets = subprocess.run(["make", "--no-print-directory", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for line in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert f"make {line}" in targets
