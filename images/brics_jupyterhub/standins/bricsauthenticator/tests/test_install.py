"""What the installed package offers."""

from importlib.metadata import entry_points, requires, version

import bricsauthenticator
import pytest


@pytest.mark.parametrize(
    "group, made",
    [("jupyterhub.authenticators", bricsauthenticator.BricsAuthenticator), ("jupyterhub.spawners", bricsauthenticator.BricsSlurmSpawner)],
)
def test_entry_points(group, made):
    (entry,) = entry_points(group=group, name="brics")
    assert entry.value == f"bricsauthenticator:{made.__name__}"
    assert entry.load() is made


def test_version_is_that_of_the_distribution():
    assert bricsauthenticator.__version__ == version("bricsauthenticator")


def test_the_dev_extra_is_light():
    assert [line for line in requires("bricsauthenticator") if "extra" in line] == ['pytest; extra == "dev"']
