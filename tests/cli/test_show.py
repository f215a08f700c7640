"""`envtool show`: the definition as it is understood, and where it comes from."""

import json

import yaml


def test_defaults_and_derived_names_are_filled_in(envtool):
    shown = yaml.safe_load(envtool("show", "dev_dummyauth").stdout)
    assert shown["pod"] == "jupyterhub-slurm-dev_dummyauth"
    assert shown["volumes"]["slurm_root"]["object"] == "slurm_root_dev_dummyauth"
    assert shown["volumes"]["slurm_root"]["modes"]["var/log/sshd.log"] == "0640"
    assert shown["images"]["brics_slurm"]["containerfile"] == "Containerfile"
    assert shown["secrets"]["munge-key"]["source"] == {"kind": "random", "file": "munge_key", "bytes": 128}


def test_json_holds_the_same(envtool):
    text = yaml.safe_load(envtool("show", "prod").stdout)
    assert json.loads(envtool("show", "prod", "--output", "json").stdout) == text


def test_assignments_are_counted_in(envtool):
    shown = yaml.safe_load(envtool("show", "dev_dummyauth", "--set", "ports.public.host_port=8123").stdout)
    assert shown["ports"]["public"]["host_port"] == 8123


def test_origins_name_file_and_line(envtool, project):
    arguments = ("--project", project, "show", "dev_dummyauth", "--set", "title=mine", "--origins", "--output", "json")
    origins = {origin["path"]: origin for origin in json.loads(envtool(*arguments).stdout)}
    file, line, column = origins["volumes.slurm_root.owner.uid"]["at"].split(":")
    assert file == "envs/_parts/slurm-in-pod.yaml"
    written = (project / file).read_text().splitlines()[int(line) - 1]
    assert written[int(column) - 1 :].startswith("64030")
    assert origins["title"]["value"] == '"mine"'
    assert origins["title"]["at"].startswith("--set")
