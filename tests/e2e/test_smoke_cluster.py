"""`envtool smoke` in a cluster: port, commands and log go through a real API server, which leads to the same environment under podman."""

import json

import pytest
from led_pod import DEAD_PORT, led_cluster, namespace_of
from registry import Registry
from test_smoke import INTERRUPTED, NOT_READY, STEP_FAILED, active_jobs, assert_fails_at, assert_whole_way, interrupted_at, smoke

WRONG_USAGE = 2
LOOK = [("", "pods", ["get", "list"])]
FORWARD = [("", "pods/portforward", ["get", "create"])]
EXEC = [("", "pods/exec", ["get", "create"])]
LOG = [("", "pods/log", ["get"])]


@pytest.fixture(scope="module")
def base():
    return "dev_dummyauth"


@pytest.fixture(scope="module")
def cluster(environment, tmp_path_factory):
    """With the environment in it, as `up` brings it there."""
    folder = tmp_path_factory.mktemp("led")
    with led_cluster(environment, folder) as running, Registry(folder / "registry") as registry:
        environment.run("up", "--kubeconfig", str(running.kubeconfig), "--context", "admin", "--set", f"cluster.registry={registry.address}/hub")
        yield running


def on(cluster, context="admin"):
    return ["--kubeconfig", str(cluster.kubeconfig), "--context", context]


def path_of(environment, resource, group="api/v1"):
    return f"/{group}/namespaces/{namespace_of(environment)}/{resource}"


@pytest.fixture
def reader_may(cluster, environment):
    """Gives the user `reader` these rights in the environment's namespace, and nothing else."""
    group = "rbac.authorization.k8s.io"
    roles, bindings = (path_of(environment, kind, f"apis/{group}/v1") for kind in ("roles", "rolebindings"))

    def give(rights):
        rules = [{"apiGroups": [api], "resources": [resource], "verbs": verbs} for api, resource, verbs in rights]
        role = {"metadata": {"name": "reader"}, "rules": rules}
        binding = {
            "metadata": {"name": "reader"},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
            "subjects": [{"apiGroup": group, "kind": "User", "name": "reader"}],
        }
        assert cluster.request("POST", roles, role)[0] == 201
        assert cluster.request("POST", bindings, binding)[0] == 201

    yield give
    cluster.request("DELETE", f"{bindings}/reader")
    cluster.request("DELETE", f"{roles}/reader")


def refused(environment, *options):
    """Exit code and what it says without going any hop."""
    done = environment.run("smoke", *options, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_the_whole_way_is_gone_through_the_api_server(environment, cluster):
    report = assert_whole_way(environment, *on(cluster), "--project", "project2.brics")
    assert (report["user"], report["project"]) == ("testuser", "project2.brics")
    assert active_jobs(environment) == []


def test_a_hub_that_the_port_does_not_lead_to_is_the_sign_in(environment, cluster):
    status, report = smoke(environment, *on(cluster), "--set", f"ports.public.container_port={DEAD_PORT}")
    assert status == STEP_FAILED
    assert_fails_at(report, "sign in", f"cannot reach port {DEAD_PORT} of the pod")
    assert "connection refused" in report["hops"][0]["evidence"]
    assert "--context admin" in report["hops"][0]["fix"]


def test_a_job_that_never_starts_is_named_and_ended(environment, cluster):
    node = "scontrol update nodename=$(hostname) state="
    environment.exec("slurm", "bash", "-c", f"{node}drain reason=test")
    try:
        status, report = smoke(environment, *on(cluster), "--timeout", "job start=1")
    finally:
        environment.exec("slurm", "bash", "-c", f"{node}resume")
    assert_fails_at(report, "job start", "is PENDING")
    assert (status, report["left"]) == (NOT_READY, [])
    assert active_jobs(environment) == []


def test_an_interruption_leaves_nothing_running(environment, cluster):
    status, printed = interrupted_at(environment, "sbatch", *on(cluster))
    assert status == INTERRUPTED, printed
    assert active_jobs(environment) == []


@pytest.mark.parametrize(
    ("rights", "hop", "missing"),
    [
        (LOOK, "sign in", 'cannot get resource "pods/portforward"'),
        (LOOK + FORWARD, "ssh", 'cannot get resource "pods/exec"'),
        (LOOK + FORWARD + EXEC, "callback", 'cannot get resource "pods/log"'),
    ],
    ids=["forward", "exec", "log"],
)
def test_a_right_that_is_missing_is_named_at_the_hop_that_takes_it(environment, cluster, reader_may, rights, hop, missing):
    reader_may(rights)
    status, report = smoke(environment, *on(cluster, "reader"))
    assert status == STEP_FAILED
    assert_fails_at(report, hop, missing)
    (failed,) = (found for found in report["hops"] if found["verdict"] == "fail")
    assert "Role" in failed["fix"]
    assert active_jobs(environment) == []


def test_no_port_is_forwarded_to_people_who_arrive_elsewhere(environment, cluster, reader_may):
    reader_may(LOOK + EXEC + LOG)
    assert_whole_way(environment, *on(cluster, "reader"), "--url", environment.url)


def test_who_may_not_look_at_pods_is_told(environment, cluster):
    status, said = refused(environment, *on(cluster, "reader"))
    assert status == STEP_FAILED
    assert 'cannot list resource "pods"' in said


def test_a_context_that_is_not_there_is_told(environment, cluster):
    status, said = refused(environment, *on(cluster, "nobody"))
    assert status == WRONG_USAGE
    assert "nobody" in said


def test_a_pod_that_is_not_there_is_told(environment, cluster):
    status, said = refused(environment, *on(cluster), "--set", "cluster.namespace=nowhere")
    assert status == STEP_FAILED
    assert f"environment `{environment.name}` has no pod in namespace `nowhere`" in said
    assert f"envtool up {environment.name}" in said


def test_a_pod_that_is_not_ready_is_told(environment, cluster):
    _, found = cluster.request("GET", path_of(environment, "pods"))
    (pod,) = found["items"]
    conditions = pod["status"]["conditions"]

    def set_conditions(conditions):
        patch = {"status": {"conditions": conditions}}
        path = path_of(environment, f"pods/{pod['metadata']['name']}/status")
        status, answer = cluster.request("PATCH", path, patch, content_type="application/merge-patch+json")
        assert status == 200, json.dumps(answer)

    set_conditions([condition | ({"status": "False"} if condition["type"] == "Ready" else {}) for condition in conditions])
    try:
        status, said = refused(environment, *on(cluster))
    finally:
        set_conditions(conditions)
    assert status == STEP_FAILED
    assert "is not ready" in said and pod["metadata"]["name"] in said
