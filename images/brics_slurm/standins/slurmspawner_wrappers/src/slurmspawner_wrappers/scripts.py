"""The entry points: each checks its input, then becomes the Slurm command it stands for.

Nothing here knows about JupyterHub, ssh or sudo.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from slurmspawner_wrappers.constants import (
    JOB_ID_PATTERN,
    JOB_ID_VARIABLE,
    SBATCH,
    SCANCEL,
    SQUEUE,
    SQUEUE_FORMAT,
)

EXIT_BAD_INPUT = 1
EXIT_USAGE = 2
EXIT_NOT_FOUND = 127


def slurmspawner_sbatch() -> NoReturn:
    """Submit the batch script on stdin; prints what `sbatch --parsable` prints."""
    _refuse_arguments()
    _become([SBATCH, "--parsable"])


def slurmspawner_squeue() -> NoReturn:
    """Print the state and the execution host of one job; exits 1 without a valid job number."""
    _refuse_arguments()
    _become([SQUEUE, "-h", "-j", job_id(os.environ), "-o", SQUEUE_FORMAT])


def slurmspawner_scancel() -> NoReturn:
    """Cancel one job; exits 1 without a valid job number."""
    _refuse_arguments()
    _become([SCANCEL, job_id(os.environ)])


def job_id(environment: Mapping[str, str]) -> str:
    """The job number that `environment` names; exits 1 if it is missing or not a job number."""
    value = environment.get(JOB_ID_VARIABLE, "")
    if not value:
        _fail(EXIT_BAD_INPUT, f"environment variable {JOB_ID_VARIABLE} must be set")
    if not JOB_ID_PATTERN.fullmatch(value):
        _fail(EXIT_BAD_INPUT, f"environment variable {JOB_ID_VARIABLE} must be a job number, found {value!a}")
    return value


def _refuse_arguments() -> None:
    if len(sys.argv) > 1:
        _fail(EXIT_USAGE, f"{os.path.basename(sys.argv[0])} takes no arguments")


def _become(command: Sequence[str]) -> NoReturn:
    """Replace this process, so that stdin, signals and the exit code need no passing on."""
    try:
        os.execv(command[0], command)
    except OSError as error:
        _fail(EXIT_NOT_FOUND, f"cannot run {command[0]}: {error.strerror}")


def _fail(code: int, message: str) -> NoReturn:
    print(f"ERROR: {message}", file=sys.stderr)
    sys.exit(code)
