"""A cluster in which an environment's pod leads to the pod of the same environment under podman, which is up.

The API server is a real one, its kubelet is kwok, which can't run containers but can lead: connections to the pod's port go to the port
that podman publishes, commands are run by `podman exec`, and the log is podman's. Of a command that fails, kwok tells no exit code.
"""

import os
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager

from environment import PODMAN, PROJECT, podmans

sys.path.insert(0, str(PROJECT / "tests" / "support"))

from kube_cluster import Cluster, die_with_parent, free_ports, wait_until  # noqa: E402

HUB_PORT = 8000
DEAD_PORT = 8999  # of the pod: nobody listens where it leads to
CONTAINERS = ("jupyterhub", "slurm")
COMMANDS = ("python", "scancel", "sh", "tail")


def namespace_of(environment):
    return environment.name.replace("_", "-")


def podman_words():
    return [str(word) for word in (*podmans.prefix(PODMAN), PROJECT / "tools" / "podman")]


def make_programs(folder):
    """kwok runs commands on this machine, where it finds these; the variable says which container is meant."""
    folder.mkdir()
    run = folder / "run"
    run.write_text(f'#!/bin/sh\nPATH={shlex.quote(os.environ["PATH"])}\nexec {shlex.join(podman_words())} exec --interactive "$LED_TO" "${{0##*/}}" "$@"\n')
    run.chmod(0o755)
    for command in COMMANDS:
        (folder / command).symlink_to(run)
    return folder


def leading(environment, log):
    """What kwok is told."""

    def document(kind, **spec):
        selector = {"matchNamespaces": [namespace_of(environment)]}
        return {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": kind, "metadata": {"name": "led"}, "spec": {"selector": selector, **spec}}

    def target(port):
        return {"address": "127.0.0.1", "port": port}

    (dead,) = free_ports(1)
    forwards = [{"ports": [HUB_PORT], "target": target(environment.port)}, {"ports": [DEAD_PORT], "target": target(dead)}]
    execs = [{"containers": [name], "local": {"envs": [{"name": "LED_TO", "value": environment.container(name)}]}} for name in CONTAINERS]
    return [
        document("ClusterPortForward", forwards=forwards),
        document("ClusterExec", execs=execs),
        document("ClusterLogs", logs=[{"containers": ["jupyterhub"], "logsFile": str(log)}]),
    ]


@contextmanager
def followed_log(container, file):
    """Writes what a container logs into a file, as kubelets have it, as long as this lasts."""
    logs = shlex.join([*podman_words(), "logs", "--follow", "--timestamps", container])
    lines = r"s/^([0-9]{4}-\S+) /\1 stdout F /p"  # and not what podman warns of: kwok would read nothing
    script = f"{logs} 2>&1 | sed --unbuffered --quiet --regexp-extended {shlex.quote(lines)} > {shlex.quote(str(file))}"
    process = subprocess.Popen(["bash", "-c", script], stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, start_new_session=True)
    try:
        wait_until(lambda: file.exists() and file.stat().st_size > 0, "the hub's log")
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def led_cluster(environment, folder):
    log = folder / "hub.log"
    with followed_log(environment.container("jupyterhub"), log):
        with Cluster(folder / "cluster", kubelet=leading(environment, log), programs=make_programs(folder / "programs")) as cluster:
            cluster.make_volumes(10)
            yield cluster
