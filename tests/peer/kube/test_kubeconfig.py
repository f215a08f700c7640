"""kubeconfig files mean what they mean to kubectl."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture
def ours(connect):
    with connect() as client:
        yield client


def theirs(kubectl, paths, context=None):
    """The parts that kubectl uses, with the contents of files in the place of their names; None if it refuses."""
    words = [
        kubectl,
        "config",
        "view",
        "--minify",
        "--flatten",
        "--raw",
        "-o",
        "json",
        *(["--context", context] if context else []),
    ]
    done = subprocess.run(
        words, env=os.environ | {"KUBECONFIG": paths, "HOME": "/nonexistent"}, capture_output=True, text=True
    )
    if done.returncode:
        return None
    view = json.loads(done.stdout)
    (context,), (cluster,), (user,) = view["contexts"], view["clusters"], view["users"]
    return {
        "context": context["name"],
        "cluster_name": cluster["name"],
        "user_name": user["name"],
        "namespace": context["context"].get("namespace", "default"),
        "cluster": cluster["cluster"],
        "user": user["user"],
    }


def resolve(user, folder):
    """kubectl uses these as paths relative to their file, too, but shows them as they are written."""
    if "tokenFile" in user:
        user["tokenFile"] = os.path.normpath(folder / user["tokenFile"])
    if "/" in user.get("exec", {}).get("command", ""):
        user["exec"]["command"] = os.path.normpath(folder / user["exec"]["command"])


def compare(ours, kubectl, paths, context=None, folder=Path("/")):
    answer = ours.ask("config", kubeconfig=paths, context=context or "")
    expected = theirs(kubectl, paths, context)
    assert "error" not in answer, answer["error"]
    answer.pop("warnings")
    resolve(expected["user"], folder)
    assert answer == expected
    return answer


def config(name="a", cluster=None, user=None, context=None, current=None):
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": f"cluster-{name}", "cluster": {"server": f"https://{name}.test:6443"} | (cluster or {})}],
        "users": [{"name": f"user-{name}", "user": user or {"token": f"token-{name}"}}],
        "contexts": [
            {"name": name, "context": {"cluster": f"cluster-{name}", "user": f"user-{name}"} | (context or {})}
        ],
        "current-context": name if current is None else current,
    }


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def test_first_file_that_says_something_wins(ours, kubectl, tmp_path):
    first = write(tmp_path / "1", config("a", current=""))
    second = config("a", cluster={"server": "https://other.test"}, context={"namespace": "second"})
    second["users"].append({"name": "user-b", "user": {"username": "u", "password": "p"}})
    second["contexts"].append({"name": "b", "context": {"cluster": "cluster-a", "user": "user-b", "namespace": "of-b"}})
    second = write(tmp_path / "2", second | {"current-context": "b"})
    missing = str(tmp_path / "missing")
    paths = f":{missing}:{first}::{second}:{first}"
    assert compare(ours, kubectl, paths)["cluster"]["server"] == "https://a.test:6443"
    assert compare(ours, kubectl, paths, "a")["namespace"] == "default"


def test_paths_are_relative_to_their_file(ours, kubectl, tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name / "pki" / "ca.crt", PEM + name)
        write(tmp_path / name / "client.crt", "certificate " + name)
        write(tmp_path / name / "client.key", "key " + name)
    user = {"client-certificate": "../two/client.crt", "client-key": "client.key", "tokenFile": "./token"}
    one = write(tmp_path / "one" / "config", config("a", cluster={"certificate-authority": "pki/ca.crt"}, user=user))
    two = write(
        tmp_path / "two" / "config",
        config(
            "b",
            cluster={"certificate-authority": "./pki/../pki/ca.crt"},
            user={"client-certificate": "client.crt", "client-key": str(tmp_path / "one" / "client.key")},
        ),
    )
    compare(ours, kubectl, f"{one}:{two}", "a", tmp_path / "one")
    compare(ours, kubectl, f"{one}:{two}", "b", tmp_path / "two")


def test_yaml_of_all_kinds(ours, kubectl, tmp_path):
    text = """\
%YAML 1.1
---
# hand-written
apiVersion: v1
kind: Config
preferences: {colors: true}
unknown: [1, 2]
current-context: &name "the one/with:strange \\u00e9 name"
clusters:
- cluster: {server: 'https://[::1]:6443/', tls-server-name: "kubernetes.test", insecure-skip-tls-verify: true, proxy-url: socks5://127.0.0.1:1080, disable-compression: true}
  name: yes-cluster
users:
- name: "1234"
  user:
    token: |-
      of.three.lines
    as: someone
    as-uid: "17"
    as-groups: [a, "b c"]
    as-user-extra: {reason: [test, "2"]}
contexts:
- {name: *name, context: {cluster: yes-cluster, user: "1234", namespace: null}}
"""
    answer = ours.ask("config", kubeconfig=(path := write(tmp_path / "c", text)))
    expected = theirs(kubectl, path)
    assert answer.pop("warnings")[0].startswith("warning: nobody checks")
    expected["cluster"]["server"] = expected["cluster"]["server"].rstrip("/")
    assert answer == expected


def test_plugins(ours, kubectl, tmp_path):
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "./bin/login",
        "args": ["-a", ""],
        "interactiveMode": "Never",
        "provideClusterInfo": True,
        "env": [{"name": "A", "value": "1"}],
        "installHint": "say please",
    }
    compare(ours, kubectl, write(tmp_path / "c", config(user={"exec": plugin})), folder=tmp_path)
    plugin = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "login"}
    answer = compare(ours, kubectl, write(tmp_path / "d", config(user={"exec": plugin})))
    assert answer["user"]["exec"]["interactiveMode"] == "IfAvailable"


def test_data_wins_over_files(ours, kubectl, tmp_path):
    write(tmp_path / "ca.crt", "of the file")
    path = write(
        tmp_path / "c",
        config(cluster={"certificate-authority": "ca.crt", "certificate-authority-data": "b2YgdGhlIHRleHQ="}),
    )
    answer = ours.ask("config", kubeconfig=path)
    assert answer["cluster"]["certificate-authority-data"] == "b2YgdGhlIHRleHQ="
    assert "is ignored" in answer["warnings"][0]


def random_file(random, folder, number):
    """Some of three names in each list, with fields that may be there."""
    names = ("a", "b", "c")
    some = lambda: random.sample(names, random.randint(0, 3))  # noqa: E731
    value = {"apiVersion": "v1", "kind": "Config"}
    value["clusters"] = [
        {
            "name": name,
            "cluster": {
                "server": f"https://{number}.{name}.test",
                **({"tls-server-name": f"tls-{number}"} if random.random() < 0.4 else {}),
            },
        }
        for name in some()
    ]
    value["users"] = [
        {
            "name": name,
            "user": random.choice(
                [
                    {"token": f"t-{number}-{name}"},
                    {"username": f"u-{number}", "password": "p"},
                    {"tokenFile": f"/run/file-{number}"},
                ]
            ),
        }
        for name in some()
    ]
    value["contexts"] = [
        {
            "name": name,
            "context": {
                "cluster": random.choice(names),
                "user": random.choice(names),
                **({"namespace": f"ns-{number}"} if random.random() < 0.5 else {}),
            },
        }
        for name in some()
    ]
    if random.random() < 0.5:
        value["current-context"] = random.choice(names)
    return write(folder / str(number) / "config", value)


def test_many_files_merge_as_in_kubectl(ours, kubectl, tmp_path):
    rng = random.Random(7)
    same = 0
    for turn in range(60):
        paths = ":".join(random_file(rng, tmp_path / str(turn), number) for number in range(rng.randint(1, 4)))
        answer, expected = ours.ask("config", kubeconfig=paths), theirs(kubectl, paths)
        if "error" in answer:  # kubectl goes on without a user that is not there
            assert expected is None or not expected["user"] or "names the" in answer["error"], answer["error"]
            continue
        answer.pop("warnings")
        assert answer == expected, paths
        same += 1
    assert same >= 10


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda c: c["users"][0]["user"].update(token=17), "c:1:"),
        (lambda c: c["users"][0]["user"].update({"client-certificate-data": "***"}), "is not base64"),
        (lambda c: c["clusters"].append(c["clusters"][0]), "holds `cluster-a` twice"),
        (lambda c: c.update({"current-context": "x"}), "there is no context `x`"),
        (lambda c: c["contexts"][0]["context"].update(cluster="cluster-b"), "did you mean `cluster-a`"),
        (lambda c: c["clusters"][0]["cluster"].update(server="ftp://a"), "begins with `https://`"),
        (lambda c: c["users"][0]["user"].update(username="u"), "only one of them can be sent"),
        (
            lambda c: c["users"][0]["user"].update(exec={"apiVersion": "v9", "command": "x"}),
            "client.authentication.k8s.io/v1",
        ),
        (lambda c: c.update(kind="Pod"), "found `Pod`"),
    ],
)
def test_errors_have_a_place_and_quote_no_secret(ours, tmp_path, change, words):
    value = config(user={"token": "SECRET"})
    change(value)
    error = ours.ask("config", kubeconfig=write(tmp_path / "c", value))["error"]
    assert words in error
    assert f"{tmp_path}/c:1:" in error or "current" in error
    assert "SECRET" not in error
