"""What shells are told could come next, asked as the scripts of `envtool completion` ask, and once through bash itself."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import PROGRAM

ENVIRONMENTS = ["dev_dummyauth", "dev_dummyauth_extslurm", "dev_realauth", "dev_realauth_zenithclient", "prod"]


@pytest.fixture
def candidates(envtool):
    def ask(*words):
        done = envtool("__complete", *words)
        assert (done.returncode, done.stderr) == (0, "")
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    return ask


def commands_of_help(envtool):
    listed = envtool("--help").stdout.split("Subcommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\S+)", listed, re.MULTILINE)


def test_every_command_is_known(envtool, candidates):
    assert candidates("") == commands_of_help(envtool)
    assert candidates("vol") == ["volume"]


@pytest.mark.parametrize(
    "words, expected",
    [
        (["up", ""], ENVIRONMENTS),
        (["up", "dev_r"], ["dev_realauth", "dev_realauth_zenithclient"]),
        (["up", "prod", ""], []),
        (["check", "prod", "p"], ["prod"]),
        (["keys", ""], ["make", "show", "rotate", "known-hosts"]),
        (["keys", "rotate", "prod"], ["prod"]),
        (["config", "check", "--env", "pr"], ["prod"]),
        (["up", "prod", "--standins", ""], ["always", "auto", "never"]),
        (["--output", ""], ["json", "text"]),
        (["up", "prod", "--output", "j"], ["json"]),
        (["completion", ""], ["bash", "fish", "zsh"]),
        (["up", "--set", ""], []),
        (["up", "--set", "a=b", "pro"], ["prod"]),
        (["down", "--vol"], ["--volumes"]),
        (["down", "--proj"], ["--project"]),
    ],
)
def test_what_comes_next(candidates, words, expected):
    assert sorted(candidates(*words)) == sorted(expected)


@pytest.mark.parametrize("command", [["up"], ["volume", "reset"], ["plan"], ["show"]])
def test_every_option_of_a_command_is_known(envtool, candidates, command):
    options = set(re.findall(r"--[a-z][a-z-]+", envtool(*command, "--help").stdout.split("Examples:")[0]))
    assert options <= set(candidates(*command, "--"))


def test_another_project_has_its_own_environments(candidates, project):
    (project / "envs" / "workshop").mkdir()
    (project / "envs" / "workshop" / "env.yaml").write_text("extends: [../dev_dummyauth/env.yaml]\n")
    assert candidates("--project", str(project), "up", "work") == ["workshop"]


def test_outside_of_any_project_nothing_is_said(envtool, tmp_path):
    done = envtool("__complete", "--project", str(tmp_path), "up", "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_bash_completes(envtool):
    ask = """
source <(envtool completion bash)
COMP_WORDS=(envtool status dev_realauth_) COMP_CWORD=2
_envtool
echo "${COMPREPLY[@]}"
"""
    path = f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", ask], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("dev_realauth_zenithclient\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_sound(envtool, shell):
    script = envtool("completion", shell).stdout
    assert "__complete" in script
    if shutil.which(shell):  # tools/setup installs all three
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
