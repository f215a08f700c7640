"""`envtool config check`: one deploy ConfigMap, found by its environment or named as a file."""

import json
import shutil

import pytest

GOOD = "examples/dev_dummyauth/deploy-configmap.yaml"


def changed(project, old, new):
    file = project / GOOD
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return file


def test_the_environment_of_a_file_is_told_from_its_folder(envtool, project):
    done = envtool("config", "check", GOOD, cwd=project)
    assert (done.returncode, done.stdout) == (0, f"{GOOD}: good\n")


def test_the_config_of_an_environment_is_in_its_deploy_directory(envtool, project):
    missing = envtool("config", "check", "dev_dummyauth", cwd=project)
    assert missing.returncode == 2
    assert "deploy/dev_dummyauth/deploy-configmap.yaml` not found" in missing.stderr
    assert "envtool config init dev_dummyauth" in missing.stderr

    assert envtool("config", "init", "dev_dummyauth", cwd=project).returncode == 0
    assert envtool("config", "check", "dev_dummyauth", cwd=project).returncode == 0


def test_a_file_elsewhere_needs_its_environment_named(envtool, project, tmp_path):
    elsewhere = shutil.copy(project / GOOD, project / "mine.yaml")
    refused = envtool("config", "check", elsewhere, cwd=project)
    assert refused.returncode == 2
    assert "--env" in refused.stderr
    assert envtool("config", "check", elsewhere, "--env", "dev_dummyauth", cwd=project).returncode == 0


def test_what_is_neither_is_refused_with_a_guess(envtool):
    done = envtool("config", "check", "dev_dummyath")
    assert done.returncode == 2
    assert "did you mean `dev_dummyauth`?" in done.stderr


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("baseUrl: /jupyter", "baseUrl: jupyter", "`baseUrl` must begin with `/`, found `jupyter`"),
        ("logLevel: DEBUG", "logLevel: LOUD", "`logLevel`"),
        ("logLevel: DEBUG", "logLevel: 10", "`logLevel` must be a string"),
        ("kind: ConfigMap", "kind: Secret", "expected a document of kind `ConfigMap`"),
        ("name: deploy-config", "name: other", "the ConfigMap must be called `deploy-config`"),
    ],
)
def test_bad_values_are_named_with_their_place(envtool, project, old, new, said):
    changed(project, old, new)
    done = envtool("config", "check", GOOD, "--output", "json", cwd=project)
    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert report["good"] is False
    problem = next(problem for problem in report["problems"] if said in problem["message"])
    assert problem["at"].startswith(f"{GOOD}:")


def test_every_missing_key_is_named_in_one_run(envtool, project):
    file = project / GOOD
    lines = file.read_text().splitlines()
    keys = [line.split(":")[0].strip() for line in lines[lines.index("data:") + 1 :] if ":" in line and "#" not in line]
    file.write_text("\n".join([*lines[: lines.index("data:")], "data: {}"]) + "\n")
    done = envtool("config", "check", GOOD, cwd=project)
    assert done.returncode == 2
    for key in keys:
        assert f"deploy key `{key}` is missing" in done.stderr
