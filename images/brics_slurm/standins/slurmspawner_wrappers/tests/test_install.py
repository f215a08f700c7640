"""What the installed package offers."""

from importlib.metadata import entry_points, version

import pytest

import slurmspawner_wrappers


def test_version_is_that_of_the_distribution():
    assert slurmspawner_wrappers.__version__ == version("slurmspawner_wrappers")


@pytest.mark.parametrize("name", ["slurmspawner_sbatch", "slurmspawner_squeue", "slurmspawner_scancel"])
def test_console_scripts(name):
    (script,) = entry_points(group="console_scripts", name=name)
    assert callable(script.load())
