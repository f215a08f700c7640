"""What podman takes part in, beside podman alone. Works on an environment of its own, and removes it at the end."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

from measure import PROJECT, Figure, PeakMemory, measure, row

sys.path.insert(0, str(PROJECT / "tests" / "e2e"))
from environment import Environment, own_reference, podman  # noqa: E402
from small import SERVED_NAME, Small  # noqa: E402


@contextmanager
def own_environment(folder, base="dev_dummyauth"):
    environment = Environment(folder / "project", f"bench_{base.removeprefix('dev_')}", base)
    environment.adopt_images()
    try:
        environment.run("up")
        yield environment
    finally:
        environment.run("down", "--all", check=False)


def of(environment, tool, *arguments):
    command, *rest = arguments
    return [tool, "--project", environment.folder, command, environment.name, *rest]


def up_again(tool, environment, _):
    row("`up` with nothing to do", measure(of(environment, tool, "up"), runs=15))


def hub_answers(environment):
    try:
        with urllib.request.urlopen(f"{environment.url}/hub/api", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def seconds_until_hub_answers(environment, began):
    while not hub_answers(environment):
        time.sleep(0.05)
    return time.perf_counter() - began


def up_by_envtool(command, environment):
    """Until the hub answers, and until `up` has seen all of it ready."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    peak = PeakMemory(process.pid)
    peak.start()
    answered = seconds_until_hub_answers(environment, began)
    assert process.wait() == 0, command
    ready = time.perf_counter() - began
    peak.join()
    return [Figure(seconds, peak.kibibytes / 1024) for seconds in (answered, ready)]


def up_by_hand(environment, folder):
    """What `podman kube play` and a loop that asks the hub take."""
    began = time.perf_counter()
    config_map = environment.deploy_directory / "deploy-configmap.yaml"
    manifest = environment.deploy_directory / "combined.yaml"
    for file in (config_map, manifest):
        (folder / file.name).write_bytes(file.read_bytes())
        (folder / file.name).chmod(0o644)
    podman("kube", "play", "--quiet", "--configmap", folder / config_map.name, folder / manifest.name)
    return Figure(seconds_until_hub_answers(environment, began), 0)


def remove_pod(environment):
    podman("pod", "stop", "--time", "15", environment.pod)
    podman("pod", "rm", "--force", environment.pod)


def up_with_images(tool, environment, folder):
    """The same is there on both sides: images, volumes, those of secrets too, and keys. The pod is not."""
    folder.chmod(0o755)
    answered, ready, theirs = [], [], []
    for _ in range(5):
        remove_pod(environment)
        figures = up_by_envtool(of(environment, tool, "up"), environment)
        answered.append(figures[0])
        ready.append(figures[1])
        remove_pod(environment)
        theirs.append(up_by_hand(environment, folder))
    row("`up` with images present, until the hub answers", middle(answered), middle(theirs), "`podman kube play` until the hub answers")
    row("the same until all of it is ready", middle(ready))


# How such an image is usually written: the repository first, then what it needs.
USUAL_CONTAINERFILE = """
FROM {stage_base}
ARG PIP_CERT
COPY bricsauthenticator /srv/dev_data/bricsauthenticator
RUN /srv/venv/bin/python -m pip install --quiet --no-cache-dir --editable "/srv/dev_data/bricsauthenticator[dev]"
"""


def change_a_line(clone):
    with next(clone.glob("src/*/__init__.py")).open("a") as file:
        file.write(f"# {time.time_ns()}\n")


def usual_build(environment, folder):
    """The peer's context, which podman's account can read, and the command that builds it."""
    context = folder / "context"
    clone = environment.folder / "images" / "brics_jupyterhub" / "_dev_build_data" / "bricsauthenticator"
    shutil.copytree(clone, context / "bricsauthenticator")
    image = own_reference("brics_jupyterhub")
    (context / "Containerfile").write_text(USUAL_CONTAINERFILE.format(stage_base=image))
    command = [PROJECT / "tools" / "podman", "build", "--quiet", "--tag", "localhost/envtool-bench/usual:test"]
    bundle = os.environ.get("PIP_CERT")
    if bundle:
        command += ["--volume", f"{bundle}:/run/host-ca.crt:ro", "--build-arg", "PIP_CERT=/run/host-ca.crt"]
    return context, [*command, context]


def rebuild(tool, environment, folder):
    folder.chmod(0o755)
    context, command = usual_build(environment, folder)
    clone = environment.folder / "images" / "brics_jupyterhub" / "_dev_build_data" / "bricsauthenticator"
    ours = measure(of(environment, tool, "build"), lambda: change_a_line(clone), runs=3)
    peer = measure(command, lambda: change_a_line(context / "bricsauthenticator"), runs=3)
    podman("rmi", "--force", "localhost/envtool-bench/usual:test")
    row("rebuild after one changed line in a repository", ours, peer, "`podman build`, copy and install")


def cold_images(tool, environment, _):
    """Both images from their bases, at once and one after the other."""

    def forget():
        for image in environment.original_images:
            subprocess.run([PROJECT / "tools" / "podman", "rmi", "--force", own_reference(image)], capture_output=True)
        podman("image", "prune", "--force")

    at_once = measure(of(environment, tool, "build"), forget, runs=1)
    in_turn = measure(of(environment, tool, "build", "--jobs", "1"), forget, runs=1)
    row("cold images, at once", at_once, in_turn, "`--jobs 1`")


def seconds_between(printed):
    return json.loads(printed)["seconds_between"]


def switch_modes(tool, folder):
    """There and back three times each, in turn; images, volumes and keys of both are there on both sides."""
    dummy = Environment(folder / "project", "bench_dummyauth", "dev_dummyauth")
    real = dummy.beside("bench_realauth", "dev_realauth")
    for one in (dummy, real):
        one.adopt_images()
    try:
        for one in (dummy, real):
            one.run("up")
            one.run("down")
        ours, between, theirs = [], [], []
        dummy.run("up")

        def switch(start, goal):
            began = time.perf_counter()
            command = [tool, "--project", dummy.folder, "--output", "json", "switch", start.name, goal.name]
            printed = subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
            ours.append(Figure(time.perf_counter() - began, 0))
            between.append(Figure(seconds_between(printed), 0))

        def down_and_up(start, goal):
            began = time.perf_counter()
            start.run("down")
            goal.run("up")
            theirs.append(Figure(time.perf_counter() - began, 0))

        for _ in range(3):
            switch(dummy, real)
            down_and_up(real, dummy)
            down_and_up(dummy, real)
            switch(real, dummy)
        row("`switch` between `dev_dummyauth` and `dev_realauth`", middle(ours), middle(theirs), "`down` + `up`")
        row("of that, the time without a hub", middle(between), middle(theirs), "`down` + `up`")
    finally:
        for one in (dummy, real):
            one.run("down", "--all", check=False)


def middle(figures):
    return sorted(figures)[len(figures) // 2]


def eight_instances(tool, folder):
    """Of a small environment, whose image is there."""
    small = Small(folder / "project")
    small.define_served()
    names = [f"i{n}" for n in range(8)]

    def each(*words):
        return [[tool, "--project", small.folder, *words, SERVED_NAME, "--instance", name] for name in names]

    def in_turn(commands):
        for command in commands:
            subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def at_once(commands):
        running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in commands]
        assert [process.wait() for process in running] == [0] * len(running)

    def timed(way):
        in_turn(each("down"))
        began = time.perf_counter()
        way(each("up"))
        return Figure(time.perf_counter() - began, 0)

    try:
        in_turn(each("up"))
        figures = [(timed(at_once), timed(in_turn)) for _ in range(3)]
        row("eight instances of a small environment, `up` at once", middle([ours for ours, _ in figures]),
            middle([theirs for _, theirs in figures]), "one after the other")
    finally:
        in_turn([[*command, "--all"] for command in each("down")])
        small.run("down", "--all")
        subprocess.run([tool, "--project", small.folder, "down", SERVED_NAME, "--all"], check=False)
        small.remove()


# Run in the hub's container, so that nothing but the hub takes time. Prints the seconds of one sign-in.
SIGN_INS = """
import http.client, time
def sign_in():
    hub.request("GET", "/jupyter/hub/login", headers={"X-Auth-Id-Token": TOKEN})
    answer = hub.getresponse()
    answer.read()
    assert answer.status == 302 and not answer.headers["Location"].endswith("/logout"), answer.status
hub = http.client.HTTPConnection("127.0.0.1", 8000)
sign_in()
began = time.perf_counter()
for _ in range(50):
    sign_in()
print((time.perf_counter() - began) / 50)
"""

FETCH_EACH_TIME = """
import re, pathlib, bricsauthenticator.oidc as oidc
file = pathlib.Path(oidc.__file__)
file.write_text(re.sub(r"^(DISCOVERY|KEYS)_SECONDS = .*", r"\\1_SECONDS = 0", file.read_text(), flags=re.MULTILINE))
"""


def in_hub(environment, script):
    """What a Python script prints that runs in the hub's container; it holds a token, and comes through a pipe."""
    command = [PROJECT / "tools" / "podman", "exec", "--interactive", environment.container("jupyterhub"), "/srv/venv/bin/python", "-"]
    return subprocess.run(command, input=script, check=True, capture_output=True, text=True).stdout


def sign_in_seconds(environment):
    token = environment.run("token", "--user", "testuser").stdout.strip()
    return Figure(middle([float(in_hub(environment, f"TOKEN = {token!r}\n{SIGN_INS}")) for _ in range(5)]), 0)


def sign_ins(_, folder):
    """With the issuer's keys kept, and after a change of the authenticator that makes it fetch them for each sign-in."""
    with own_environment(folder, "dev_realauth") as environment:
        kept = sign_in_seconds(environment)
        in_hub(environment, FETCH_EACH_TIME)
        podman("restart", environment.container("jupyterhub"))
        while not hub_answers(environment):
            time.sleep(0.1)
        fetched = sign_in_seconds(environment)
    row(f"a sign-in by token, {1 / kept.seconds:.0f} each second", kept, fetched, f"the issuer's keys fetched for each, {1 / fetched.seconds:.0f}")


def in_environment(bench):
    def run(tool, folder):
        with own_environment(folder) as environment:
            bench(tool, environment, folder)

    return run


BENCHES = {
    "up-again": in_environment(up_again),
    "up": in_environment(up_with_images),
    "rebuild": in_environment(rebuild),
    "cold-images": in_environment(cold_images),
    "sign-ins": sign_ins,
    "switch": switch_modes,
    "instances": eight_instances,
}
