"""The wrappers run as real processes; Slurm's commands are replaced by a recorder or by nothing."""

import os
import subprocess
import sys

import pytest

from slurmspawner_wrappers import constants, scripts

VARIABLE = constants.JOB_ID_VARIABLE


class Became(Exception):
    """Stands for the moment when the process would have been replaced."""


@pytest.fixture
def became(monkeypatch):
    calls = []

    def record(path, argv):
        calls.append((path, list(argv)))
        raise Became

    monkeypatch.setattr(os, "execv", record)
    monkeypatch.setattr(sys, "argv", ["wrapper"])
    monkeypatch.delenv(VARIABLE, raising=False)
    return calls


@pytest.mark.parametrize(
    "entry, argv",
    [
        (scripts.slurmspawner_sbatch, ["/usr/bin/sbatch", "--parsable"]),
        (scripts.slurmspawner_squeue, ["/usr/bin/squeue", "-h", "-j", "42", "-o", "%T %B"]),
        (scripts.slurmspawner_scancel, ["/usr/bin/scancel", "42"]),
    ],
)
def test_becomes_the_slurm_command(became, monkeypatch, entry, argv):
    monkeypatch.setenv(VARIABLE, "42")
    with pytest.raises(Became):
        entry()
    assert became == [(argv[0], argv)]


@pytest.mark.parametrize("entry", [scripts.slurmspawner_squeue, scripts.slurmspawner_scancel])
@pytest.mark.parametrize("value", [None, ""])
def test_missing_job_number(became, monkeypatch, capsys, entry, value):
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(SystemExit) as exit_:
        entry()
    assert exit_.value.code == 1
    assert capsys.readouterr().err == "ERROR: environment variable SLURMSPAWNER_JOB_ID must be set\n"
    assert became == []


@pytest.mark.parametrize("value", ["1", "209", "12_3", "0"])
def test_job_numbers(value):
    assert scripts.job_id({VARIABLE: value}) == value


@pytest.mark.parametrize(
    "value",
    [
        " ", "1 ", " 1", "1\n", "1\n2", "-1", "+1", "1,2", "1;id", "1 2", "--user=root", "--me", "1_", "_1", "1_2_3",
        "1_[0-9]", "1.batch", "0x1", "1e3", "٣", "１", "²", "$(id)", "`id`", "9" * 21, "*",
    ],
)
def test_refused_job_numbers(value, capsys):
    with pytest.raises(SystemExit) as exit_:
        scripts.job_id({VARIABLE: value})
    assert exit_.value.code == 1
    message = capsys.readouterr().err
    assert message.startswith("ERROR: environment variable SLURMSPAWNER_JOB_ID must be a job number, found ")
    assert message.count("\n") == 1


@pytest.mark.parametrize("name", ["sbatch", "squeue", "scancel"])
def test_takes_no_arguments(became, monkeypatch, capsys, name):
    monkeypatch.setattr(sys, "argv", [f"/opt/bin/slurmspawner_{name}", "--wrap=id"])
    monkeypatch.setenv(VARIABLE, "42")
    with pytest.raises(SystemExit) as exit_:
        getattr(scripts, f"slurmspawner_{name}")()
    assert exit_.value.code == 2
    assert capsys.readouterr().err == f"ERROR: slurmspawner_{name} takes no arguments\n"
    assert became == []


def run_as_process(entry, command, **kwargs):
    """Runs one entry point in a new interpreter, with the constant `command` pointing elsewhere."""
    constant, path = command
    program = f"from slurmspawner_wrappers import scripts; scripts.{constant} = {path!r}; scripts.{entry}()"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, **kwargs)


def fake_command(tmp_path, body):
    path = tmp_path / "fake"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_stdin_output_and_exit_code_are_those_of_the_command(tmp_path):
    fake = fake_command(tmp_path, 'echo "$@"; cat; exit 7')
    done = run_as_process("slurmspawner_sbatch", ("SBATCH", fake), input="#!/bin/bash\n")
    assert (done.returncode, done.stdout, done.stderr) == (7, "--parsable\n#!/bin/bash\n", "")


def test_a_signal_ends_the_wrapper_too(tmp_path):
    fake = fake_command(tmp_path, "kill -TERM $$")
    done = run_as_process("slurmspawner_scancel", ("SCANCEL", fake), env={**os.environ, VARIABLE: "1"})
    assert done.returncode == -15


def test_absent_command(tmp_path):
    absent = str(tmp_path / "absent")
    done = run_as_process("slurmspawner_sbatch", ("SBATCH", absent), input="")
    assert (done.returncode, done.stderr) == (127, f"ERROR: cannot run {absent}: No such file or directory\n")
