"""`envtool smoke` where everything works, and where one hop is broken on purpose: that is the one it has to name."""

import json
import shutil
import signal
import subprocess
from dataclasses import dataclass

import pytest
import yaml

HOPS = ["sign in", "form", "ssh", "sudo", "sbatch", "job start", "callback", "proxy route", "kernel", "stop", "job gone"]
STEP_FAILED, NOT_READY, INTERRUPTED = 1, 4, 130
USER_ENV = "/opt/jupyter/miniforge3/envs/jupyter-user-env"
SCANCEL = "/opt/jupyter/slurmspawner_wrappers/bin/slurmspawner_scancel"


@pytest.fixture(scope="module")
def base():
    return "dev_dummyauth"


@dataclass(frozen=True)
class Break:
    """How a hop is broken and mended in a container, and what is seen then."""

    hop: str
    container: str
    by: str
    mended_by: str
    evidence: str
    too_long: bool = False  # the hop is one that waits for what doesn't come


def moved_away(*files):
    """The commands that take files away and bring them back."""
    return "; ".join(f"mv {file} {file}.kept" for file in files), "; ".join(f"mv {file}.kept {file}" for file in files)


def replaced(file, text):
    """As above for a program that another one takes the place of."""
    away, back = moved_away(file)
    return f"{away}; printf '{text}' > {file}; chmod 755 {file}", back


BREAKS = [
    Break("form", "jupyterhub", *moved_away("/srv/venv/share/jupyterhub/templates/spawn.html"), "HTTP status 500"),
    Break("ssh", "slurm", "chmod 777 /home/jupyterspawner", "chmod 755 /home/jupyterspawner", "Permission denied (publickey)"),
    Break("sudo", "slurm", *moved_away("/etc/sudoers.d/00_jupyterspawner"), "may not run the three commands as `testuser.project1`"),
    Break("sbatch", "slurm", *moved_away("/usr/bin/sbatch"), "could not be handed to Slurm"),
    Break(
        "job start",
        "slurm",
        "scontrol update nodename=$(hostname) state=drain reason=test",
        "scontrol update nodename=$(hostname) state=resume",
        "is PENDING",
        too_long=True,
    ),
    Break(
        "callback",
        "slurm",
        *replaced(
            f"{USER_ENV}/bin/batchspawner-singleuser",
            f'#!/bin/sh\\nJUPYTERHUB_API_URL=http://127.0.0.1:9/hub/api exec {USER_ENV}/bin/batchspawner-singleuser.kept "$@"\\n',
        ),
        "before it told the hub where its server is",
    ),
    Break("proxy route", "slurm", *replaced(f"{USER_ENV}/bin/jupyterhub-singleuser", "raise SystemExit(1)\\n"), "before its server answered"),
    Break(
        "kernel",
        "slurm",
        *moved_away(f"$(ls -d {USER_ENV}/lib/python3*)/site-packages/ipykernel", f"{USER_ENV}/share/jupyter/kernels/python3"),
        "the server answers HTTP ",
    ),
    Break("stop", "slurm", *replaced(SCANCEL, "#!/bin/sh\\nexit 1\\n"), "the hub could not cancel job"),
    Break("job gone", "slurm", *replaced(SCANCEL, "#!/bin/sh\\n"), "is RUNNING", too_long=True),
]


def smoke(environment, *options):
    """Exit code and report."""
    done = environment.run("smoke", "--output", "json", *options, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def active_jobs(environment):
    return environment.exec("slurm", "squeue", "--noheader", "--format=%i", "--states=PENDING,CONFIGURING,RUNNING").split()


def assert_fails_at(report, hop, evidence):
    verdicts = [(found["hop"], found["verdict"]) for found in report["hops"]]
    at = HOPS.index(hop)
    expected = ["ok"] * at + ["fail"] + ["skipped"] * (len(HOPS) - at - 1)
    assert verdicts == list(zip(HOPS, expected, strict=True)), report
    assert evidence in report["hops"][at]["evidence"]
    assert report["hops"][at]["fix"]


def assert_whole_way(environment, *options):
    status, report = smoke(environment, *options)
    assert [hop["hop"] for hop in report["hops"] if hop["verdict"] == "ok"] == HOPS, report
    assert (status, report["passed"], report["left"]) == (0, True, [])
    return report


def test_the_whole_way_is_gone(environment):
    report = assert_whole_way(environment, "--project", "project2.brics")
    assert (report["user"], report["project"]) == ("testuser", "project2.brics")
    assert all(hop["milliseconds"] > 0 for hop in report["hops"])
    assert active_jobs(environment) == []


def test_a_wrong_password_is_the_sign_in(environment, tmp_path):
    deploy = shutil.copytree(environment.deploy_directory, tmp_path / "deploy")
    config = yaml.safe_load((deploy / "deploy-configmap.yaml").read_text())
    config["data"]["dummyAuthPassword"] = "not-the-password"
    (deploy / "deploy-configmap.yaml").write_text(yaml.safe_dump(config))
    status, report = smoke(environment, "--deploy-dir", str(deploy))
    assert status == STEP_FAILED
    assert_fails_at(report, "sign in", "Invalid username or password")


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.hop.replace(" ", "-"))
def test_the_hop_that_is_broken_is_named(environment, broken):
    environment.exec(broken.container, "bash", "-c", broken.by)
    try:
        status, report = smoke(environment, *(["--timeout", f"{broken.hop}=1"] if broken.too_long else []))
    finally:
        environment.exec(broken.container, "bash", "-c", broken.mended_by)
    assert_fails_at(report, broken.hop, broken.evidence)
    assert (status, report["left"]) == (NOT_READY if broken.too_long else STEP_FAILED, [])
    assert active_jobs(environment) == []


def interrupted_at(environment, hop, *options):
    """Exit code and what is printed if the hop that follows this one is cut off."""
    command = environment.command_line("smoke", *options)
    printed = ""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        while line := process.stdout.readline():
            printed += line
            if line.startswith(f"ok       {hop}"):
                break
        process.send_signal(signal.SIGINT)
        printed += process.stdout.read()
    return process.returncode, printed


def test_an_interruption_leaves_nothing_running(environment):
    status, printed = interrupted_at(environment, "sbatch", "--project", "project2.brics")
    assert status == INTERRUPTED, printed
    assert active_jobs(environment) == []


def test_a_server_is_kept_when_asked_to_and_then_left_alone(environment):
    status, report = smoke(environment, "--keep")
    assert (status, report["hops"][-1]["verdict"]) == (0, "skipped")
    assert active_jobs(environment) == [report["job"]]

    status, report = smoke(environment)
    assert status == STEP_FAILED
    assert_fails_at(report, "form", "has a server already")
    assert len(active_jobs(environment)) == 1
    environment.exec("slurm", "scancel", *active_jobs(environment))
