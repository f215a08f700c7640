"""Sign-in by identity token (BricsAuthenticator) and notebook servers as Slurm jobs (BricsSlurmSpawner)."""

from importlib.metadata import PackageNotFoundError, version

from bricsauthenticator.auth import BricsAuthenticator
from bricsauthenticator.spawner import BricsSlurmSpawner

try:
    __version__ = version("bricsauthenticator")
except PackageNotFoundError:  # imported from a tree that was never installed
    __version__ = "0+unknown"

__all__ = ["BricsAuthenticator", "BricsSlurmSpawner"]
