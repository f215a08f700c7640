"""An environment on a real API server, command by command, and what can go wrong. No container runs: a pod is ready because a fake
kubelet says so."""

import json
import signal
import subprocess
import time

import pytest
import yaml
from conftest import ENVTOOL
from kube_cluster import wait_until


def objects(plan, action=None):
    return {one["object"]: one for one in plan["objects"] if action is None or one["action"] == action}


# --- Up and down ------------------------------------------------------------------------------------------------------


def test_up_and_again(web):
    first = web.run("up")
    assert "Namespace `up-and-again`" in first.stdout and "Service `web-up-and-again-public`, port 8080" in first.stdout
    pod = web.kubectl.json("get", "pod", f"{web.workload}-0")
    assert pod["spec"]["containers"][0]["image"] == "registry.test/app:1"
    assert pod["spec"]["automountServiceAccountToken"] is False
    before = web.kubectl.versions()
    again = web.run("up")
    assert web.kubectl.versions() == before, "the second time nothing is written"
    assert again.stderr == ""
    status = web.json("status")
    assert status["ready"] and status["as_defined"] and [pod["ready"] for pod in status["pods"]] == [True]


def test_plan_and_dry_run_write_nothing(web):
    plan = web.json("plan", "--exit-code", code=3)
    assert objects(plan)[f"StatefulSet/{web.workload}"]["action"] == "create"
    web.run("up --dry-run")
    assert not web.kubectl.exists("namespace", web.namespace)
    web.run("up")
    before = web.kubectl.versions()
    assert not web.json("plan", "--exit-code")["changes"]
    web.json("plan", "--exit-code", "--set", "parameters.greeting=bye", code=3)
    web.run("up --dry-run", "--set", "parameters.greeting=bye")
    assert web.kubectl.versions() == before


def test_before_the_first_up_all_is_still_to_be_made(web, tmp_path):
    asks_for_a_setting = tmp_path / "overlay.yaml"
    asks_for_a_setting.write_text('ready: { answers: { http: { port: public, path: "/{{ deploy.colour }}" } } }')
    for verb, code in (("plan", 0), ("diff", 3), ("status", 0)):
        told = web.run(verb, "--file", str(asks_for_a_setting), code=code).stdout
        assert f"StatefulSet/{web.workload}" in told and "it isn't there" in told
    assert not (web.folder / "deploy").exists()


def test_a_changed_field_is_told_with_its_place(web):
    web.run("up")
    changed = web.json("diff", "--set", "parameters.greeting=bye", code=3)
    (workload,) = changed
    assert workload["object"] == f"StatefulSet/{web.workload}"
    (field,) = workload["changes"]
    assert field["path"] == "spec.template.spec.containers[name=app].command[1]"
    assert (field["before"], field["after"]) == ('"hello"', '"bye"')
    assert field["at"].startswith("manifests/web.yaml.j2 (rendered):10:")
    text = web.run("diff", "--set", "parameters.greeting=bye", code=3).stdout
    assert '~ spec.template.spec.containers[name=app].command[1]: "hello" -> "bye"  (manifests/web.yaml.j2 (rendered):10:' in text
    assert web.run("diff").stdout == ""


def test_changed_settings_roll(web):
    web.run("up")
    old = web.kubectl.json("get", "pod", f"{web.workload}-0")["metadata"]["uid"]
    names = {name for kind, name in web.kubectl.versions() if kind == "ConfigMap" and name.startswith("deploy-config")}
    config = web.folder / "deploy" / web.name / "deploy-configmap.yaml"
    config.write_text(config.read_text().replace("blue", "green"))
    web.run("up")
    assert web.kubectl.json("get", "pod", f"{web.workload}-0")["metadata"]["uid"] != old
    now = {name for kind, name in web.kubectl.versions() if kind == "ConfigMap" and name.startswith("deploy-config")}
    assert len(now) == 1 and now != names, "the one of before is gone"


def test_drift_is_shown_and_repaired(web):
    web.run("up")
    web.kubectl("scale", "statefulset", web.workload, "--replicas=0")
    web.kubectl("label", "service", f"{web.workload}-public", "app.kubernetes.io/part-of=mine", "--overwrite")
    web.kubectl("delete", "networkpolicy", "deny-all")
    plan = web.json("plan", "--exit-code", code=3)
    assert objects(plan)[f"StatefulSet/{web.workload}"]["changes"][0]["path"] == "spec.replicas"
    assert "`kubectl-label` changed it" in objects(plan)[f"Service/{web.workload}-public"]["reason"]
    assert objects(plan)["NetworkPolicy/deny-all"]["action"] == "create"
    status = web.json("status")
    assert not status["as_defined"] and not status["ready"]
    web.run("up")
    assert web.kubectl.json("get", "statefulset", web.workload)["spec"]["replicas"] == 1
    assert not web.json("plan", "--exit-code")["changes"]


def test_what_left_is_pruned_and_what_is_not_ours_stays(web):
    web.run("up", "--set", "parameters.extra=3")
    mine = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine", "labels": {"io.envtool.environment": web.name}}, "data": {}}
    web.kubectl("apply", "-f", "-", text=json.dumps(mine))
    web.kubectl("create", "configmap", "other")
    web.run("up", "--set", "parameters.extra=1")
    names = [name for kind, name in web.kubectl.versions() if kind == "ConfigMap"]
    assert [name for name in names if name.startswith("extra-")] == [next(name for name in names if name.startswith("extra-0"))]
    assert "mine" in names and "other" in names


def test_data_stays_unless_said_otherwise(web):
    web.run("up")
    claim = web.kubectl.json("get", "pvc")["items"][0]["metadata"]
    assert "its data is lost" in web.run("down --dry-run", "--volumes").stdout
    web.run("down")
    left = web.kubectl.versions()
    assert {kind for kind, name in left if name not in ("default", "kube-root-ca.crt")} == {"PersistentVolumeClaim"}
    web.run("up")
    assert web.kubectl.json("get", "pvc", claim["name"])["metadata"]["uid"] == claim["uid"]
    web.run("down --volumes")
    assert not web.kubectl.exists("pvc", claim["name"])
    web.run("up")
    web.run("down --all")
    assert not web.kubectl.exists("namespace", web.namespace)


def test_a_changed_tree_is_shown_and_the_data_stays(web):
    web.run("up")
    (web.folder / "volumes/data/file").write_text("other\n")
    plan = web.json("plan")
    assert objects(plan, "stale")
    before = web.kubectl.versions()
    web.run("up")
    assert web.kubectl.versions() == before


@pytest.mark.parametrize("workload", ["Deployment", "Pod"])
def test_another_workload(web, workload):
    web.run("up", "--set", f"cluster.workload={workload}")
    assert web.json("status", "--set", f"cluster.workload={workload}")["ready"]
    web.run("up", "--set", f"cluster.workload={workload}", "--set", "parameters.greeting=bye")
    pods = [pod for pod in web.kubectl.json("get", "pods")["items"] if "deletionTimestamp" not in pod["metadata"]]
    assert [pod["spec"]["containers"][0]["command"][1] for pod in pods] == ["bye"]
    web.run("up")
    assert web.kubectl.exists("statefulset", web.workload) and not web.kubectl.exists(workload.lower(), web.workload)


def test_logs_and_exec(web):
    web.run("up")
    assert web.run("logs", "--tail", "2").stdout == "app line 4\napp line 5\n"
    done = web.run("logs", "--container", "ap", code=2)
    assert "did you mean `app`?" in done.stderr


def test_exec(web):
    """kwok runs commands on this machine, and tells exit codes in words only."""
    web.run("up")
    command = [ENVTOOL, "--project", str(web.folder), "exec", web.name, "--target", "kubernetes", "app", "sh", "-c", "echo out; echo err >&2"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=web.environment(), timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "out\n", "err\n")


def test_secrets_are_told_to_nobody(web):
    shown = web.run("up", "--progress", "plain")
    for verb in ("plan", "diff", "status", "logs"):
        done = web.run(verb)
        shown.stdout += done.stdout
        shown.stderr += done.stderr
    web.kubectl("delete", "secret", "--all")
    shown.stdout += web.run("diff", code=3).stdout + web.run("plan").stdout + web.run("up", "--output", "json").stdout
    assert web.token() not in shown.stdout + shown.stderr
    for one in web.kubectl.json("get", "all,configmaps,secrets,pvc")["items"]:
        if one["kind"] != "Secret":
            assert web.token() not in json.dumps(one)
    for file in (web.folder / ".envtool").rglob("*"):
        assert not file.is_file() or web.token() not in file.read_text(errors="replace")


# --- What can go wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails, words", [("image", "ImagePullBackOff"), ("crash", "line 5"), ("unready", "is not ready")])
def test_not_ready_in_time(web, fails, words):
    done = web.run("up", "--timeout", "5", "--set", f"parameters.fails={fails}", code=4)
    assert words in done.stderr
    assert f"StatefulSet `{web.workload}` is not ready after 5 s" in done.stderr
    web.run("up")
    assert web.json("status")["ready"]


def test_another_tool_that_applies(web):
    web.run("up")
    theirs = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"{web.workload}-public", "labels": {"app.kubernetes.io/part-of": "theirs"}}}
    web.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=argo", "-f", "-", text=json.dumps(theirs))
    done = web.run("up", code=1)
    assert "argo" in done.stderr and "part-of" in done.stderr and "--take-over" in done.stderr
    assert web.kubectl.json("get", "service", f"{web.workload}-public")["metadata"]["labels"]["app.kubernetes.io/part-of"] == "theirs"
    web.run("up --take-over")
    assert web.kubectl.json("get", "service", f"{web.workload}-public")["metadata"]["labels"]["app.kubernetes.io/part-of"] == web.name


def test_another_environment_in_the_namespace(web):
    web.run("up")
    before = web.kubectl.versions()
    other = web.folder / "envs" / "other"
    other.mkdir()
    (other / "env.yaml").write_text((web.folder / "envs" / web.name / "env.yaml").read_text())
    command = [ENVTOOL, "--project", str(web.folder), "up", "other", "--target", "kubernetes", "--set", f"cluster.namespace={web.namespace}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=web.environment(), timeout=60)
    assert done.returncode == 1
    assert f"Namespace `{web.namespace}` belongs to environment `{web.name}`" in done.stderr and "cluster.namespace" in done.stderr
    assert web.kubectl.versions() == before


def lease(web, holder, seconds):
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - seconds))
    spec = {"holderIdentity": holder, "leaseDurationSeconds": 60, "renewTime": now}
    return json.dumps({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": web.workload}, "spec": spec})


def test_two_at_once(web):
    web.run("up")
    web.kubectl("apply", "-f", "-", text=lease(web, "alice:1", 5))
    done = web.run("up", "--set", "parameters.greeting=bye", code=1)
    assert "`alice:1` holds the lease" in done.stderr
    web.run("up")  # nothing is to be done
    web.kubectl("apply", "-f", "-", text=lease(web, "alice:1", 65))
    web.run("up", "--set", "parameters.greeting=bye")
    assert web.kubectl.json("get", "lease", web.workload)["spec"]["holderIdentity"] == ""


def test_killed_in_the_middle(web):
    process = web.start("up", "--set", "parameters.fails=unready")
    wait_until(lambda: web.kubectl.exists("statefulset", web.workload), "the cluster")
    process.kill()
    process.communicate()
    done = web.run("up", code=1)
    assert "holds the lease" in done.stderr
    old = json.loads(lease(web, "", 65))
    web.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=json.dumps(old))
    web.run("up")
    assert web.json("status")["ready"]


def test_interrupted(web):
    process = web.start("up", "--set", "parameters.fails=unready")
    wait_until(lambda: web.kubectl.exists("statefulset", web.workload), "the cluster")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "run the same command again to go on" in err
    web.run("up")


def test_missing_rights(web, cluster, tmp_path):
    web.run("up")
    config = yaml.safe_load(cluster.kubeconfig.read_text()) | {"current-context": "reader"}
    reader = tmp_path / "reader"
    reader.write_text(json.dumps(config))
    reader.chmod(0o600)
    done = web.run("up", code=1, kubeconfig=reader)
    assert 'User "reader" cannot get resource "namespaces"' in done.stderr
    assert 'User "reader" cannot list resource "configmaps"' in done.stderr and 'cannot list resource "statefulsets"' in done.stderr


def test_quota(web):
    web.run("up", "--set", "parameters.fails=unready", "--timeout", "1", code=4)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"configmaps": "1"}}}
    web.kubectl("apply", "-f", "-", text=json.dumps(quota))
    wait_until(lambda: web.kubectl.json("get", "quota", "few").get("status", {}).get("used"), "the cluster")
    before = web.kubectl.versions()
    done = web.run("up", "--set", "parameters.extra=5", code=1)
    assert "exceeded quota: few" in done.stderr
    assert {name for kind, name in web.kubectl.versions() if kind == "ConfigMap"} == {name for kind, name in before if kind == "ConfigMap"}
    web.kubectl("delete", "quota", "few")
    web.run("up", "--set", "parameters.extra=5")


def test_namespace_that_is_being_deleted(web):
    web.run("up")
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["test.envtool/hold"]}}
    web.kubectl("apply", "-f", "-", text=json.dumps(held))
    web.kubectl("delete", "namespace", web.namespace, "--wait=false")
    done = web.run("up", code=1)
    assert f"namespace `{web.namespace}` is being deleted" in done.stderr
    web.kubectl("patch", "configmap", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    wait_until(lambda: not web.kubectl.exists("namespace", web.namespace), "the cluster")
    web.run("up")


def test_bad_kubeconfigs(web, tmp_path):
    bad = tmp_path / "bad"
    bad.write_text("clusters: [")
    assert "bad:1" in web.run("up", code=2, kubeconfig=bad).stderr
    assert "nowhere" in web.run("up", "--context", "nowhere", code=2).stderr
    assert "expected `kubernetes`, found `podman@4.3`" in web.run("up", "--target", "podman@4.3", code=2).stderr


def test_the_api_server_is_killed_and_comes_back(web, cluster):
    process = web.start("up", "--set", "parameters.extra=300")
    wait_until(lambda: web.kubectl.exists("namespace", web.namespace), "the cluster")
    cluster.restart_api_server()
    process.communicate(timeout=240)
    if process.returncode != 0:
        web.run("up", "--set", "parameters.extra=300")
    assert not web.json("plan", "--exit-code", "--set", "parameters.extra=300")["changes"]
    assert sum(name.startswith("extra-") for kind, name in web.kubectl.versions() if kind == "ConfigMap") == 300
