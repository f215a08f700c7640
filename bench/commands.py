"""Commands that touch no container: each beside the same work done by hand, and their growth with the project."""

import shutil
import subprocess
from pathlib import Path

from measure import PROJECT, measure, row


def version(tool, _):
    row("`--version`", measure([tool, "--version"], runs=25))


def check(tool, _):
    row("`check` of all five environments", measure([tool, "--project", PROJECT, "check"]))


# What an operator fills in, and what becomes of it here.
FILLED_IN = {".example": ".internal", "/path/to": "/opt", "MyVerySecurePassword": "figures-only",
             ": portal.dummy": ": portal.bench", "realms/dummy": "realms/bench", "dummy-audience": "audience",
             "dummy-client": "client", "<client secret>": "figures-only"}


def fill_in(deploy_directory):
    """An example as an operator would leave it: values of their own and the keys of hosts outside."""
    for file in deploy_directory.glob("*.yaml"):
        text = file.read_text()
        for placeholder, value in FILLED_IN.items():
            text = text.replace(placeholder, value)
        file.write_text(text)
    for name in ("ssh_client_key", "ssh_zenith_client_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", deploy_directory / name], check=True)
    public_key = (deploy_directory / "ssh_client_key.pub").read_text().split(" ")[:2]
    (deploy_directory / "ssh_known_hosts").write_text(" ".join(["ssh.internal", *public_key]) + "\n")


def plan(tool, folder):
    """Of a podman that is only named, so that none is asked."""
    for tree in ("envs", "images", "volumes", "manifests", "examples"):
        shutil.copytree(PROJECT / tree, folder / tree, symlinks=True)
    names = sorted(path.parent.name for path in folder.glob("envs/[a-z]*/env.yaml"))
    for name in names:
        fill_in(folder / "examples" / name)
    script = 'for env; do "$0" --project . plan --standins always --target podman@5.4 --deploy-dir "examples/$env" "$env"; done'
    row("`plan` of all five environments, five processes", measure(["sh", "-ec", script, tool, *names], directory=folder))


def render(tool, folder):
    target = folder / "deploy"
    peer_target = folder / "peer"

    def fresh(path):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)

    command = [tool, "--project", PROJECT, "render", "dev_dummyauth", "--target", "podman@5.4", "-o", target]
    ours = measure(command, lambda: fresh(target))
    pod = folder / "pod.yaml"
    shutil.copy(target / "combined.yaml", pod)
    peer = measure(["bash", PROJECT / "bench" / "peer_render.sh", pod, peer_target], lambda: fresh(peer_target))
    row("`render dev_dummyauth`, new keys", ours, peer, "bash, ssh-keygen, sed")


def make_files(folder, count, size):
    for index in range(count):
        part = folder / f"{index // 1000:03}"
        part.mkdir(parents=True, exist_ok=True)
        (part / f"file{index:06}").write_bytes(b"x" * size)


def tar(tool, folder):
    program = Path(tool).parents[2] / "bench" / "bench_tar"
    for name, count, size in (("100,000 files of 200 bytes", 100_000, 200), ("1 GiB in 16 files", 16, 1 << 26)):
        tree = folder / "tree"
        make_files(tree, count, size)
        through_cat = '"$0" "$@" | cat > /dev/null'  # GNU tar reads nothing when it writes to /dev/null itself
        memory = measure([program, tree], runs=1).mebibytes
        ours = measure(["sh", "-c", through_cat, program, tree], runs=3)._replace(mebibytes=memory)
        peer = measure(["sh", "-c", through_cat, "tar", "-C", tree, "--sort=name", "-cf", "-", "."], runs=3)
        row(f"tar stream of {name}", ours, peer, "GNU tar")
        shutil.rmtree(tree)


def growth(tool, folder):
    for count in (10, 100, 1000, 10_000):
        project = folder / f"project{count}"
        shutil.copytree(PROJECT / "envs", project / "envs")
        for tree in ("manifests", "images", "volumes"):
            (project / tree).symlink_to(PROJECT / tree)
        for index in range(count - 5):
            env = project / "envs" / f"more{index}"
            env.mkdir()
            (env / "env.yaml").write_text("extends: [../dev_dummyauth/env.yaml]\n")
        for command in ("list", "check"):
            row(f"`{command}` of {count:,} environments", measure([tool, "--project", project, command], runs=3))
        planned = [tool, "--project", project, "plan", "more1", "--target", "podman@5.4", "--standins", "always"]
        row(f"`plan` of one among {count:,}", measure(planned, runs=3))
        shutil.rmtree(project)


BENCHES = {"version": version, "check": check, "plan": plan, "render": render, "tar": tar, "growth": growth}
