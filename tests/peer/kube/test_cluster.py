"""envtool's Kubernetes client and a real API server."""

import itertools
import json
import subprocess
from pathlib import Path

import pytest
from kube_cluster import make_authority


def config_map(name, namespace=None, **data):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def pod(name, namespace, **labels):
    containers = [{"name": "main", "image": "example.test/image"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"containers": containers},
    }


def ready_pod(client, namespace, name="pod", **labels):
    client.apply(pod(name, namespace, **labels))
    this = {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name}
    while (client.ask("get", **this) or {})["status"].get("phase") != "Running":
        pass
    return this


def maps(namespace, **more):
    return {"apiVersion": "v1", "kind": "ConfigMap", "namespace": namespace} | more


def uid(answer):
    return answer["object"]["metadata"]["uid"]


@pytest.fixture
def as_kubectl(cluster, kubectl):
    def run(*words, **options):
        return subprocess.run(
            [kubectl, "--kubeconfig", cluster.kubeconfig, *words], capture_output=True, text=True, check=True, **options
        ).stdout

    return run


# --- Objects ----------------------------------------------------------------------------------------------------------


def test_applies_and_gets(client, namespace, as_kubectl):
    (answer,) = client.apply(config_map("settings", namespace, a="1"))
    assert answer["object"]["metadata"]["managedFields"][0]["manager"] == "envtool"
    version = answer["object"]["metadata"]["resourceVersion"]
    (again,) = client.apply(config_map("settings", namespace, a="1"))
    assert again["object"]["metadata"]["resourceVersion"] == version, "the same again changes nothing"
    assert client.ask("get", **maps(namespace, name="settings"))["data"] == {"a": "1"}
    assert json.loads(as_kubectl("get", "cm", "settings", "-n", namespace, "-o", "json"))["data"] == {"a": "1"}
    client.apply(config_map("settings", namespace, b="2"))
    assert client.ask("get", **maps(namespace, name="settings"))["data"] == {"b": "2"}
    assert client.ask("get", **maps(namespace, name="none")) is None
    assert client.ask("get", apiVersion="example.test/v1", kind="Nothing", name="x") is None


def test_names_are_never_paths(client, namespace):
    client.apply(config_map("settings", namespace, a="1"))
    for name in ("../configmaps/settings", "..", "settings?x=1", "settings/", "%2e%2e"):
        assert client.ask("get", **maps(namespace, name=name)) is None


def test_rehearses(client, namespace):
    (answer,) = client.apply(config_map("settings", namespace, a="1"), rehearse=True)
    assert answer["object"]["data"] == {"a": "1"}
    assert client.ask("get", **maps(namespace, name="settings")) is None


def test_names_the_other_manager_of_a_field(client, namespace, as_kubectl):
    as_kubectl(
        "apply",
        "--server-side",
        "--field-manager=somebody",
        "-f",
        "-",
        input=json.dumps(config_map("settings", namespace, a="1", b="1")),
    )
    (answer,) = client.apply(config_map("settings", namespace, a="2", b="2", c="2"))
    assert answer["reason"] == "Conflict"
    assert answer["conflicts"] == [
        {"manager": "somebody", "field": ".data.a"},
        {"manager": "somebody", "field": ".data.b"},
    ]
    assert "`.data.a` belongs to the field manager `somebody`" in answer["error"]
    (answer,) = client.apply(config_map("settings", namespace, a="2", b="2"), force=True)
    assert answer["object"]["data"] == {"a": "2", "b": "2"}


def test_strict_about_fields(client, namespace):
    wrong = pod("x", namespace) | {"spec": {"containers": [{"name": "main", "image": "x", "imagePullPolcy": "Always"}]}}
    (answer,) = client.apply(wrong)
    assert "imagePullPolcy" in answer["error"]
    answer = client.ask("create", object=wrong)
    assert "imagePullPolcy" in answer["error"]


def test_invalid_objects_are_refused_field_by_field(client, namespace):
    answer = client.ask("create", object=pod("UPPER", namespace) | {"spec": {"containers": []}})
    assert answer["reason"] == "Invalid"
    assert "note: `metadata.name`: " in answer["error"] and "note: `spec.containers`: " in answer["error"]


def test_creates_once(client, namespace):
    assert "object" in client.ask("create", object=config_map("lock", namespace))
    answer = client.ask("create", object=config_map("lock", namespace))
    assert (answer["code"], answer["reason"]) == (409, "AlreadyExists")


def test_replaces_only_what_it_was_made_from(client, namespace):
    first = client.ask("create", object=config_map("lock", namespace, holder="a"))["object"]
    assert client.ask("replace", object=first | {"data": {"holder": "b"}})["object"]["data"] == {"holder": "b"}
    answer = client.ask("replace", object=first | {"data": {"holder": "c"}})
    assert answer["reason"] == "Conflict" and "somebody else changed it" in answer["error"]


def test_removes_with_preconditions(client, namespace):
    made = client.ask("create", object=config_map("settings", namespace))
    this = maps(namespace, name="settings")
    assert client.ask("remove", **this, uid="another")["reason"] == "Conflict"
    assert client.ask("remove", **this, version="1")["reason"] == "Conflict"
    assert "object" in client.ask("remove", **this, uid=uid(made))
    assert client.ask("remove", **this)["object"] is None
    assert client.ask("get", **this) is None


def test_removing_in_the_foreground_waits_for_what_belongs_to_it(client, namespace, as_kubectl):
    as_kubectl("create", "deployment", "web", "--image=x", "--replicas=2", "-n", namespace)
    as_kubectl("rollout", "status", "deployment/web", "-n", namespace)
    this = {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": namespace, "name": "web"}
    client.ask("remove", **this, propagation="Foreground")
    assert client.ask("wait_gone", **this) == {"waited": "done"}
    assert client.ask("list", apiVersion="v1", kind="Pod", namespace=namespace)["names"] == []


def test_new_kinds_are_found(client, cluster, connect, tmp_path):
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "toys", "kind": "Toy"}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "toys.example.test"},
    }
    toy = {"apiVersion": "example.test/v1", "kind": "Toy", "metadata": {"name": "a"}}
    with connect(cluster.kubeconfig, "admin", tmp_path) as other:
        assert "knows no kind" in other.apply(toy)[0]["error"]
        client.apply(
            crd | {"spec": {"group": "example.test", "names": names, "scope": "Namespaced", "versions": [version]}}
        )
        while "error" in (answer := other.apply(toy)[0]):
            assert "knows no kind" in answer["error"] or answer["code"] == 404
        assert answer["object"]["kind"] == "Toy"
    assert len(list(tmp_path.glob("kubernetes-*.json"))) == 1
    with connect(cluster.kubeconfig, "admin", tmp_path) as third:
        assert third.ask("get", **toy, name="a", namespace="default")["kind"] == "Toy"


# --- Lists and watches ------------------------------------------------------------------------------------------------


def test_lists_in_parts(client, namespace):
    answers = client.apply(*(config_map(f"m{i:04}", namespace) for i in range(2000)))
    assert all("object" in answer for answer in answers)
    names = client.ask("list", **maps(namespace))["names"]
    assert [name for name in names if name.startswith("m")] == [f"m{i:04}" for i in range(2000)]


def test_lists_by_selector(client, namespace):
    client.apply(pod("a", namespace, app="hub"), pod("b", namespace, app="hub", tier="db"), pod("c", namespace))
    pods = {"apiVersion": "v1", "kind": "Pod", "namespace": namespace}
    assert client.ask("list", **pods, labels="app=hub,tier!=db")["names"] == ["a"]
    assert client.ask("list", **pods, fields="metadata.name=c")["names"] == ["c"]


def test_watches_a_pod_get_ready(client, cluster, connect, namespace):
    ready_pod(client, namespace, "first")
    with connect(cluster.kubeconfig, "admin") as watcher:
        watcher.send("watch", apiVersion="v1", kind="Pod", namespace=namespace, until=3)
        assert watcher.read()["name"] == "first"
        client.apply(pod("second", namespace))
        assert watcher.answer() == ([("added", "second"), ("modified", "second")], "done")


def test_a_watch_ends_in_time(client, namespace):
    client.ask("list", **maps(namespace))  # what has to be asked first is known then
    assert client.ask("watch", **maps(namespace), timeout=2000) == ([("added", "kube-root-ca.crt")], "timed out")


def test_a_watch_goes_on_after_the_api_server_was_away(client, cluster, connect, namespace):
    client.ask("create", object=config_map("old", namespace))
    with connect(cluster.kubeconfig, "admin") as watcher:
        watcher.send("watch", **maps(namespace, fields="metadata.name!=kube-root-ca.crt"), until=4, timeout=180000)
        assert watcher.read()["name"] == "old"
        cluster.restart_api_server()
        client.ask("remove", **maps(namespace, name="old"))
        client.ask("create", object=config_map("new", namespace))
        client.ask("create", object=config_map("newer", namespace))
        assert watcher.answer() == ([("removed", "old"), ("added", "new"), ("added", "newer")], "done")


def test_a_watch_lists_again_when_its_past_is_gone(client, cluster, connect, namespace):
    """etcd forgets, the API server forgets what it kept in memory, and the watch comes back with a version of before."""
    client.ask("create", object=config_map("old", namespace))
    with connect(cluster.kubeconfig, "admin") as watcher:
        watcher.send("watch", **maps(namespace, fields="metadata.name!=kube-root-ca.crt"), until=4, timeout=180000)
        assert watcher.read()["name"] == "old"
        cluster.kill("kube-apiserver")
        cluster.compact()
        cluster.start_api_server()
        client.ask("remove", **maps(namespace, name="old"))
        client.ask("create", object=config_map("old", namespace, another="one"))
        client.ask("create", object=config_map("new", namespace))
        events, end = watcher.answer()
    assert end == "done"
    assert events[:2] == [("removed", "old"), ("added", "old")] or events[:2] == [
        ("added", "new"),
        ("removed", "old"),
    ], events


def test_waits_until_one_object_is_gone(client, cluster, namespace):
    made = client.ask("create", object=config_map("settings", namespace))
    this = maps(namespace, name="settings")
    assert client.ask("wait_gone", **this, timeout=100) == {"waited": "timed out"}
    assert client.ask("wait_gone", **this, uid="of another") == {"waited": "done"}
    client.send("wait_gone", **this, uid=uid(made))
    cluster.request("DELETE", f"/api/v1/namespaces/{namespace}/configmaps/settings")
    assert client.answer() == {"waited": "done"}


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_missing_rights_are_named(connect, cluster, namespace):
    with connect(cluster.kubeconfig, "reader") as reader:
        (answer,) = reader.apply(config_map("x", namespace))
        assert answer["reason"] == "Forbidden"
        assert f"cannot apply ConfigMap/x in the namespace `{namespace}`" in answer["error"]
        assert 'cannot patch resource "configmaps"' in answer["error"] and "RoleBinding" in answer["error"]
        assert 'cannot list resource "configmaps"' in reader.ask("list", **maps(namespace))["error"]
        assert (
            'cannot get resource "pods/log"'
            in reader.ask("logs", apiVersion="v1", kind="Pod", name="x", namespace=namespace)["error"]
        )


def test_quota(client, namespace):
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few", "namespace": namespace},
        "spec": {"hard": {"count/secrets": "0"}},
    }
    client.apply(quota)
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": namespace},
        "stringData": {"password": "SECRET"},
    }
    while "object" in (answer := client.apply(secret)[0]):  # the quota's controller has to see it first
        client.ask("remove", apiVersion="v1", kind="Secret", name="s", namespace=namespace)
    assert (
        answer["reason"] == "Forbidden"
        and "exceeded quota: few" in answer["error"]
        and "have the quota raised" in answer["error"]
    )
    assert "SECRET" not in answer["error"]


def test_terminating_namespace(client, cluster, namespace):
    stays = config_map("stays", namespace)
    stays["metadata"]["finalizers"] = ["example.test/wait"]
    client.ask("create", object=stays)
    cluster.request("DELETE", f"/api/v1/namespaces/{namespace}")
    names = (f"late-{i}" for i in itertools.count())
    while "object" in (answer := client.apply(config_map(next(names), namespace))[0]):  # not all parts know at once
        pass
    assert "being terminated" in answer["error"] and "wait until the namespace is gone" in answer["error"]
    without = {"metadata": {"finalizers": None}}
    path = f"/api/v1/namespaces/{namespace}/configmaps/stays"
    cluster.request("PATCH", path, without, "application/merge-patch+json")


def test_webhook_that_refuses(client, namespace):
    """Admission policies speak as webhooks do, and need no server of their own."""
    spec = {
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
            ]
        },
        "validations": [{"expression": "object.metadata.name != 'forbidden-name'", "message": "not by this name"}],
    }
    group = "admissionregistration.k8s.io/v1"
    client.apply(
        {"apiVersion": group, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "names"}, "spec": spec},
        {
            "apiVersion": group,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": "names"},
            "spec": {"policyName": "names", "validationActions": ["Deny"]},
        },
    )
    while "object" in (answer := client.apply(config_map("forbidden-name", namespace), rehearse=True)[0]):
        pass
    assert "names" in answer["error"] and "not by this name" in answer["error"]


def test_wrong_tokens_and_certificates(connect, cluster, tmp_path):
    def error_with(change):
        config = cluster.config()
        change(config)
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(config))
        with connect(path, "admin") as client:
            return client.ask("version")

    error = error_with(lambda config: config["users"][0]["user"].update(token="SECRET"))["error"]
    assert "Unauthorized" in error and "sign in again" in error and "SECRET" not in error
    other = tmp_path / "pki"
    other.mkdir()
    make_authority(other)
    error = error_with(
        lambda config: config["clusters"][0]["cluster"].update({"certificate-authority": str(other / "ca.crt")})
    )["error"]
    assert "certificate" in error and "check `certificate-authority`" in error
    error = error_with(lambda config: config["clusters"][0]["cluster"].update({"tls-server-name": "elsewhere.test"}))[
        "error"
    ]
    assert "elsewhere.test" in error
    assert (
        error_with(lambda config: config["clusters"][0]["cluster"].update({"tls-server-name": "cluster.envtool.test"}))
        == "v1.36.3"
    )
    error = error_with(lambda config: config["clusters"][0]["cluster"].update({"server": "https://127.0.0.1:1"}))[
        "error"
    ]
    assert "is the cluster up" in error


def test_skips_checks_only_when_told_to(connect, cluster, tmp_path):
    config = cluster.config()
    del config["clusters"][0]["cluster"]["certificate-authority"]
    path = tmp_path / "kubeconfig"
    for insecure in (False, True):
        config["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = insecure
        path.write_text(json.dumps(config))
        with connect(path, "admin") as client:
            assert ("v1.36.3" == client.ask("version")) is insecure


def test_signs_in_by_certificate_and_acts_as_others(connect, cluster, tmp_path, namespace):
    with connect(cluster.kubeconfig, "certificate") as client:
        assert "object" in client.apply(config_map("a", namespace))[0]
    config = cluster.config()
    config["users"][0]["user"] |= {"as": "someone", "as-groups": ["some", "others"]}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    with connect(path, "admin") as client:
        assert 'User "someone" cannot patch' in client.apply(config_map("b", namespace))[0]["error"]


def test_is_a_pods_service_account(connect, cluster, namespace, tmp_path):
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    (tmp_path / "token").write_text(cluster.request("POST", path, request)[1]["status"]["token"])
    (tmp_path / "ca.crt").write_text(Path(cluster.pki("ca.crt")).read_text())
    (tmp_path / "namespace").write_text(namespace)
    variables = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(cluster.port)}
    with connect("in-pod", tmp_path, environment=variables) as client:
        assert client.ask("version") == "v1.36.3"
        error = client.ask("list", apiVersion="v1", kind="ConfigMap")["error"]
    assert f'User "system:serviceaccount:{namespace}:default" cannot list resource "configmaps"' in error
    assert f"in the namespace `{namespace}`" in error


def test_asks_a_plugin_again_when_its_token_is_refused(connect, cluster, tmp_path):
    plugin = tmp_path / "login"
    plugin.write_text(
        f"""#!/bin/sh
echo run >> {tmp_path}/runs
token=old
[ "$(wc -l < {tmp_path}/runs)" = 1 ] || token={cluster.tokens["admin"]}
echo '{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {{"token": "'"$token"'"}}}}'
"""
    )
    plugin.chmod(0o755)
    config = cluster.config()
    of_plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "Never"}
    config["users"][0]["user"] = {"exec": of_plugin}
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    with connect(path, "admin") as client:
        assert client.ask("resources") > 50
        assert client.ask("list", apiVersion="v1", kind="Namespace")["names"]
    assert (tmp_path / "runs").read_text() == "run\n" * 2


# --- Faults -----------------------------------------------------------------------------------------------------------


def test_applies_converge_while_the_api_server_is_killed(client, cluster, namespace):
    objects = [config_map(f"m{i:03}", namespace, text="x" * 20000) for i in range(200)]
    client.send("apply", objects=objects)
    while not cluster.request("GET", f"/api/v1/namespaces/{namespace}/configmaps?limit=3")[1]["items"][2:]:
        pass
    cluster.restart_api_server()
    answers = client.answer()
    assert [answer.get("error") for answer in answers] == [None] * 200
    assert len(client.ask("list", **maps(namespace))["names"]) == 201


# --- Pods -------------------------------------------------------------------------------------------------------------


def test_reads_logs(client, cluster, namespace):
    this = ready_pod(client, namespace)
    assert client.ask("logs", **this) == "".join(f"line {i}\n" for i in range(1, 6))
    assert client.ask("logs", **this, tail=1) == "line 5\n"
    assert (
        "no such container" in client.ask("logs", **this, container="other")["error"]
        or "other" in client.ask("logs", **this, container="other")["error"]
    )
    assert 'pods "none" not found' in client.ask("logs", **this | {"name": "none"})["error"]


def test_follows_a_log(client, cluster, connect, namespace):
    """kwok goes on with the file until the pod's log is no longer asked for."""
    this = ready_pod(client, namespace)
    before = cluster.pod_log.read_text()
    with connect(cluster.kubeconfig, "admin") as reader:
        reader.send("follow", **this, tail=1, until=2)
        assert reader.read()["change"] == "line 5\n"
        with cluster.pod_log.open("a") as log:
            log.write("2026-01-01T00:00:00.000000009Z stdout F line 9\n")
        assert reader.read()["change"] == "line 9\n"
    cluster.pod_log.write_text(before)


def test_runs_commands(client, namespace):
    """kwok runs them on this machine, tells exit codes in words, and never ends a command's input."""
    this = ready_pod(client, namespace)
    answer = client.ask(
        "exec", **this, command=["sh", "-c", 'printf "%s\n" "$@"; echo wrong >&2', "sh", "a b", "ü&=?", ""]
    )
    assert answer == {"code": 0, "out": "a b\nü&=?\n\n", "err": "wrong\n"}
    assert "exit status 3" in client.ask("exec", **this, command=["sh", "-c", "exit 3"])["error"]
    big = "".join(f"{i:07}\n" for i in range(50000))
    assert client.ask("exec", **this, command=["head", "-c", str(len(big))], input=big) == {
        "code": 0,
        "out": big,
        "err": "",
    }
    # As for kubectl, kwok now and then sets the size too late, or ends before it has read all.
    sizes = (client.ask("exec", **this, command=["stty", "size"], terminal=True, input="")["out"] for _ in range(100))
    assert "17 101\r\n" in sizes


def test_commands_that_cannot_run(client, connect, cluster, namespace):
    this = ready_pod(client, namespace)
    assert 'pods "none" not found' in client.ask("exec", **this | {"name": "none"}, command=["true"])["error"]
    assert "other" in client.ask("exec", **this, container="other", command=["true"])["error"]
    with connect(cluster.kubeconfig, "reader") as reader:
        error = reader.ask("exec", **this, command=["true"])["error"]
        assert (
            f"cannot run a command in Pod/pod in the namespace `{namespace}`" in error
            and 'resource "pods/exec"' in error
        )


def test_forwards_a_port(client, namespace):
    """At the other end, kwok sends everything back."""
    this = ready_pod(client, namespace)
    text = "".join(f"{i:07}\n" for i in range(20000))
    assert client.ask("forward", **this, port=80, input=text) == text
    assert 'pods "none" not found' in client.ask("forward", **this | {"name": "none"}, port=80, input="x")["error"]
