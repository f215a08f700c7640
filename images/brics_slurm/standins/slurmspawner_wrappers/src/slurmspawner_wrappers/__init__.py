"""Fixed Slurm commands for a hub that submits jobs on behalf of its users."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("slurmspawner_wrappers")
except PackageNotFoundError:  # imported from a tree that was never installed
    __version__ = "0+unknown"
