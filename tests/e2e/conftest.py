"""What the tests of this folder share: an environment that is up, and a browser in front of its hub."""

import re

import pytest
from browser import Hub, new_page
from environment import ARTIFACTS, PODMAN, Environment, lists_before, podmans
from watch import ProcessWatch


@pytest.fixture(scope="module")
def base(request):
    """The environment that a module is about: test_dev_dummyauth.py is about `dev_dummyauth`."""
    return request.module.__name__.removeprefix("test_")


@pytest.fixture(scope="session", autouse=True)
def usable_podman():
    if not podmans.can_be_used(PODMAN):
        pytest.skip("only root can start the newer podman")


@pytest.fixture(scope="module")
def built_here():
    """The images that each podman has to build for this module."""
    return ()


@pytest.fixture(scope="module")
def before(base, built_here):
    """What podman had when the tests began."""
    return lists_before(base, built_here=built_here)


@pytest.fixture(scope="module")
def watch():
    """Sees every process from before `up` on."""
    with ProcessWatch() as watch:
        yield watch


@pytest.fixture(scope="module")
def environment(before, watch, base, tmp_path_factory):
    made = Environment(tmp_path_factory.mktemp("project"), f"e2e_{base.removeprefix('dev_')}", base)
    made.run("down", "--all")
    made.adopt_images()
    try:
        made.run("up")
        yield made
    finally:
        keep_logs(made)
        made.run("down", "--all", check=False)


def keep_logs(environment):
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    logs = environment.run("logs", check=False)
    (ARTIFACTS / f"{environment.name}.log").write_text(logs.stdout + logs.stderr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keeps a picture of what the browser showed when a test failed."""
    report = yield
    hub = getattr(item, "funcargs", {}).get("hub")
    if report.when == "call" and report.failed and hub:
        hub.screenshot(ARTIFACTS / f"failed-{re.sub(r'[^a-z0-9]+', '-', item.name)}.png")
    return report


@pytest.fixture
def hub(environment):
    with new_page() as page:
        yield Hub(page, environment.url)
