"""Faults between `up` and a real API server: it gets over those that pass, says what to do about those that stay, and the next `up`
converges."""

import base64
import http.server
import json
import ssl
import threading
from pathlib import Path

import faulty_proxy as fault
import pytest
from faulty_proxy import FaultyProxy
from kube_cluster import make_authority, make_certificate


@pytest.fixture(scope="module")
def shared_proxy(cluster):
    with FaultyProxy(cluster) as proxy:
        yield proxy


@pytest.fixture
def proxy(shared_proxy):
    shared_proxy.heal()
    shared_proxy.seen.clear()
    return shared_proxy


@pytest.fixture
def faulty(web, proxy):
    """The small environment, whose commands go through the proxy."""
    web.kubeconfig = proxy.kubeconfig
    return web


def is_write(request):
    _, method, path = request
    return method != "GET" and "dryRun" not in path


def writes_nothing(web, proxy, *arguments):
    """An `up` that finds everything as it should be."""
    proxy.heal()
    proxy.seen.clear()
    web.run("up", *arguments, kubeconfig=proxy.kubeconfig)
    assert proxy.seen and not [request for request in proxy.seen if is_write(request)]


def goes_on(web, proxy, *arguments):
    """After a fault: not all is there, and one `up` is enough."""
    proxy.heal()
    assert not web.json("status", *arguments)["as_defined"]
    web.run("up", *arguments)
    writes_nothing(web, proxy, *arguments)


# --- What passes ------------------------------------------------------------------------------------------------------

WATCHES = {
    "cut": fault.resets_after(100),
    "half closed": fault.closes_halfway_after(100),
    "too old": fault.answers(410, "Expired"),
    "gets too old": fault.says_in_a_watch(410, "Expired"),
    "fails": fault.says_in_a_watch(500, "InternalError"),
    "reset": fault.resets,
}


@pytest.mark.parametrize("act", WATCHES.values(), ids=[words.replace(" ", "-") for words in WATCHES])
def test_a_watch_is(faulty, proxy, act):
    """The pod gets ready as soon as it is watched."""
    fails = ("--set", "parameters.fails=image")

    def get_ready(request):
        faulty.kubectl("label", "pod", f"{faulty.workload}-0", "test.envtool/fails-")
        act(request)

    struck = proxy.on(fault.watches, get_ready)
    faulty.run("up", *fails)
    assert struck.left == 0
    writes_nothing(faulty, proxy, *fails)


PASSING = {
    "lists are too busy": (fault.lists, fault.answers(429, "TooManyRequests", Retry_After=1), 4),
    "unavailable": (fault.everything, fault.answers(503, "ServiceUnavailable"), 4),
    "internal errors": (fault.everything, fault.answers(500, "InternalError"), 3),
    "what stands before it": (fault.everything, fault.answers_text(502, "<html>Bad Gateway</html>"), 3),
    "connections are reset": (fault.everything, fault.resets, 2),
    "lists are cut": (fault.lists, fault.resets_after(150), 8),
    "lists are half": (fault.lists, fault.closes_halfway_after(150), 8),
    "writes are cut": (fault.patches, fault.resets_after(50), 4),
    "writes are half answered": (fault.patches, fault.closes_halfway_after(50), 4),
    "answers to writes are lost": (fault.patches, fault.loses_the_answer, 4),
    "the lease is made and its answer lost": (fault.of("POST", "/leases"), fault.loses_the_answer, 1),
    "answers come late": (fault.patches, fault.comes_late(1), 4),
}


@pytest.mark.parametrize("matches, act, times", PASSING.values(), ids=[words.replace(" ", "-") for words in PASSING])
def test_passes(faulty, proxy, matches, act, times):
    struck = proxy.on(matches, act, times)
    faulty.run("up")
    assert struck.left == 0
    writes_nothing(faulty, proxy)


def test_waits_for_as_long_as_the_server_says(faulty, proxy):
    proxy.on(fault.patches, fault.answers(429, "TooManyRequests", "try again later", Retry_After=2))
    faulty.run("up")
    first, second = [when for when, method, path in proxy.seen if method == "PATCH"][:2]
    assert second - first >= 2


def test_an_answer_that_comes_too_late_is_asked_for_again(faulty, proxy):
    proxy.on(fault.patches, fault.never_comes, times=1)
    faulty.run("up", "--request-timeout", "1")
    writes_nothing(faulty, proxy)


# --- What stays -------------------------------------------------------------------------------------------------------

STAYING = {
    "unavailable": (fault.answers(503, "ServiceUnavailable", "the server is shutting down"), "the server is shutting down"),
    "internal errors": (fault.answers(500, "InternalError", "etcd is gone"), "etcd is gone"),
    "what stands before it": (fault.answers_text(502, "<html>Bad Gateway</html>"), "answered with status 502"),
    "too busy": (fault.answers(429, "TooManyRequests", "too many requests"), "too many requests"),
    "connections are reset": (fault.resets, "gave no answer"),
    "answers are lost": (fault.loses_the_answer, "gave no answer"),
    "answers never come": (fault.never_comes, "gave no answer"),
}


@pytest.mark.parametrize("act, words", STAYING.values(), ids=[words.replace(" ", "-") for words in STAYING])
def test_stays(faulty, proxy, act, words):
    """From the moment on when the first object after the namespace is written."""
    proxy.on(fault.of("PATCH", f"/{faulty.namespace}"), fault.Request.forward)
    proxy.on(fault.patches, act, fault.FOR_EVER)
    done = faulty.run("up", "--request-timeout", "1", code=1)
    assert words in done.stderr and f"in the namespace `{faulty.namespace}`" in done.stderr
    assert "hint: " in done.stderr and "try again in a while" in done.stderr
    if act is fault.loses_the_answer:  # all was written
        proxy.heal()
        faulty.run("up")  # the workload
        writes_nothing(faulty, proxy)
    else:
        goes_on(faulty, proxy)


def test_a_server_that_goes_away_in_the_middle(faulty, proxy):
    """It isn't waited for once more to give the lease back."""
    proxy.on(fault.of("PATCH", f"/{faulty.namespace}"), fault.Request.forward)
    gone = []

    def goes(request):
        gone.append(request)
        proxy.on(fault.everything, fault.resets, fault.FOR_EVER)
        fault.resets(request)

    proxy.on(fault.patches, goes)
    done = faulty.run("up", "--request-timeout", "1", code=1)
    assert gone and "gave no answer" in done.stderr
    proxy.heal()
    # Nobody could give the lease back: it ends with its time.
    done = faulty.run("up", code=1)
    assert "holds the lease" in done.stderr and "if it was killed, the lease ends" in done.stderr
    faulty.kubectl("delete", "lease", "--all")
    goes_on(faulty, proxy)


# --- Who asks ---------------------------------------------------------------------------------------------------------


def test_an_expired_token(web, proxy, tmp_path):
    web.run("up")
    expired = proxy.write_kubeconfig(tmp_path / "kubeconfig", token="expired")
    done = web.run("up", code=1, kubeconfig=expired)
    assert "Unauthorized" in done.stderr and "sign in again, or get a new token" in done.stderr


def test_a_token_that_expires_in_the_middle(web, proxy, cluster, tmp_path):
    """Nobody writes a new one: what is there stays, the message says it, and the next `up` goes on."""
    expiring = proxy.write_kubeconfig(tmp_path / "kubeconfig", token="old")
    good = {"old": 20}

    def accept(request):
        if good["old"] > 0 and request.headers.get("Authorization") == "Bearer old":
            good["old"] -= 1
            request.headers.replace_header("Authorization", f"Bearer {cluster.tokens['admin']}")

    proxy.on(fault.everything, fault.then_forwards(accept), fault.FOR_EVER)
    done = web.run("up", "--set", "parameters.extra=20", code=1, kubeconfig=expiring)
    assert "Unauthorized" in done.stderr and "sign in again, or get a new token" in done.stderr
    web.kubectl("delete", "lease", "--all")
    goes_on(web, proxy, "--set", "parameters.extra=20")


def test_a_token_that_is_rotated_in_its_file(web, proxy, cluster, tmp_path):
    file = tmp_path / "token"
    file.write_text("old")
    rotated = proxy.write_kubeconfig(tmp_path / "kubeconfig", tokenFile=str(file))
    good = {"old": 20}
    lock = threading.Lock()

    def accept(request):
        with lock:
            if request.headers.get("Authorization") != "Bearer old":
                return
            good["old"] -= 1
            if good["old"] == 0:
                (tmp_path / "new").write_text(cluster.tokens["admin"])
                (tmp_path / "new").replace(file)
            if good["old"] > 0:
                request.headers.replace_header("Authorization", f"Bearer {cluster.tokens['admin']}")

    proxy.on(fault.everything, fault.then_forwards(accept), fault.FOR_EVER)
    web.run("up", "--set", "parameters.extra=20", kubeconfig=rotated)
    assert good["old"] <= 0
    writes_nothing(web, proxy, "--set", "parameters.extra=20")


PLUGINS = {
    "hangs": ("exec sleep 1000", "gave no answer in 2 s"),
    "prints garbage": ("echo SECRET-NONSENSE", "is not JSON"),
    "prints nothing": ("true", "is not JSON"),
    "fails": ("echo please log in >&2; exit 3", "it says: please log in"),
}


@pytest.mark.parametrize("script, words", PLUGINS.values(), ids=[words.replace(" ", "-") for words in PLUGINS])
def test_a_plugin_that(web, proxy, tmp_path, script, words):
    plugin = tmp_path / "login"
    plugin.write_text(f"#!/bin/sh\n{script}\n")
    plugin.chmod(0o755)
    how = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login", "interactiveMode": "Never"}
    kubeconfig = proxy.write_kubeconfig(tmp_path / "kubeconfig", exec=how)
    done = web.run("up", "--request-timeout", "1", code=1, kubeconfig=kubeconfig)
    assert words in done.stderr and "the credential plugin `" in done.stderr and "hint: " in done.stderr
    assert "SECRET" not in done.stderr
    assert not web.kubectl.exists("namespace", web.namespace)
    web.run("up")
    writes_nothing(web, proxy)


@pytest.mark.parametrize("names, authority", [("DNS:elsewhere.test", "ca"), ("IP:127.0.0.1", "other")], ids=["name", "authority"])
def test_a_certificate_that_does_not_match(web, cluster, names, authority):
    pki = cluster.folder / "pki"
    make_authority(pki, "other")
    make_certificate(pki, f"proxy-of-{authority}", "/CN=proxy", f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n", authority)
    with FaultyProxy(cluster, pki / f"proxy-of-{authority}") as proxy:
        done = web.run("up", code=1, kubeconfig=proxy.kubeconfig)
        assert "certificate" in done.stderr and "check `certificate-authority`, `tls-server-name`" in done.stderr
        assert proxy.seen == []


# --- Who else has a say -----------------------------------------------------------------------------------------------


class Webhook(http.server.BaseHTTPRequestHandler):
    """Refuses what is named so."""

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = review["request"]["name"]
        allowed = not name.startswith(self.server.refused)
        answer = {"uid": review["request"]["uid"], "allowed": allowed}
        if not allowed:
            answer["status"] = {"message": f"{name} is not what we do here"}
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def webhook_configuration(cluster, web, port):
    rule = {"apiGroups": ["", "apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["*"], "scope": "Namespaced"}
    one = {
        "name": "taste.envtool.test",
        "clientConfig": {"url": f"https://127.0.0.1:{port}/", "caBundle": base64.b64encode(Path(cluster.pki("ca.crt")).read_bytes()).decode()},
        "rules": [rule],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": web.namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 5,
    }
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "taste"}, "webhooks": [one]}


@pytest.fixture
def webhook(cluster, web):
    """A real one, with TLS, that the API server asks for the namespace of the test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cluster.pki("server.crt"), cluster.pki("server.key"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    server.refused = "nothing"
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    web.kubectl("apply", "-f", "-", text=json.dumps(webhook_configuration(cluster, web, server.server_address[1])))
    yield server
    web.kubectl("delete", "validatingwebhookconfiguration", "taste")
    server.shutdown()
    server.server_close()


def is_asked(web, webhook):
    """The API server hears of a new webhook a moment later."""
    webhook.refused = "probe"
    while web.kubectl("create", "configmap", "probe", "--dry-run=server", check=False).returncode == 0:
        pass


def test_a_webhook_that_refuses_one_object(web, proxy, webhook):
    web.run("up", "--set", "parameters.extra=2")
    is_asked(web, webhook)
    webhook.refused = "extra-2"
    before = web.kubectl.versions()
    done = web.run("up", "--set", "parameters.extra=4", code=1)
    assert "cannot apply ConfigMap/extra-2" in done.stderr and "is not what we do here" in done.stderr
    assert 'admission webhook "taste.envtool.test" denied the request' in done.stderr and "the cluster has rules of its own" in done.stderr
    assert web.kubectl.versions() == before, "the dry run told it before the first write"
    webhook.refused = "nothing"
    web.run("up", "--set", "parameters.extra=4")
    writes_nothing(web, proxy, "--set", "parameters.extra=4")


def test_a_webhook_that_refuses_in_a_new_namespace(web, proxy, webhook):
    """There nothing can be rehearsed: the other objects are written, and the message and the status say what is missing."""
    web.kubectl.namespace = None
    web.kubectl("create", "namespace", web.namespace)
    web.kubectl.namespace = web.namespace
    is_asked(web, webhook)
    web.kubectl("delete", "namespace", web.namespace)
    webhook.refused = "extra-1"
    done = web.run("up", "--set", "parameters.extra=2", code=1)
    assert "cannot apply ConfigMap/extra-1" in done.stderr and "is not what we do here" in done.stderr
    status = web.json("status", "--set", "parameters.extra=2")
    assert not status["as_defined"] and not status["ready"]
    assert any(one["object"].startswith("ConfigMap/extra-1") for one in status["differs"])
    webhook.refused = "nothing"
    web.run("up", "--set", "parameters.extra=2")
    writes_nothing(web, proxy, "--set", "parameters.extra=2")


def test_a_webhook_that_is_away(web, proxy, webhook, cluster):
    web.run("up")
    is_asked(web, webhook)
    gone = webhook_configuration(cluster, web, 1)
    web.kubectl("apply", "-f", "-", text=json.dumps(gone))
    while "failed calling webhook" not in web.kubectl("create", "configmap", "probe", "--dry-run=server", check=False).stderr:
        pass
    done = web.run("up", "--set", "parameters.greeting=bye", code=1)
    assert "failed calling webhook" in done.stderr and "ask whoever runs the cluster, and try again" in done.stderr
    web.kubectl("apply", "-f", "-", text=json.dumps(webhook_configuration(cluster, web, webhook.server_address[1])))
    while "failed calling webhook" in web.kubectl("create", "configmap", "x", "--dry-run=server", check=False).stderr:
        pass
    web.run("up", "--set", "parameters.greeting=bye")
    writes_nothing(web, proxy, "--set", "parameters.greeting=bye")


def taken_by(web, manager, *command):
    """In the middle: after the plan was made, right before the object is written."""
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "extra-0-x"}, "data": {"number": "theirs"}}

    def take(request):
        theirs["metadata"]["name"] = request.where.rsplit("/", 1)[1]
        web.kubectl(*command, f"--field-manager={manager}", "-f", "-", text=json.dumps(theirs))

    return lambda request: fault.patches(request) and "/extra-0" in request.where, fault.then_forwards(take)


def test_another_tool_applies_in_the_middle(faulty, proxy):
    faulty.run("up")
    struck = proxy.on(*taken_by(faulty, "argo", "apply", "--server-side"))
    done = faulty.run("up", "--set", "parameters.extra=1", code=1)
    assert struck.left == 0
    assert "`.data.number` belongs to the field manager `argo`" in done.stderr and "--take-over" in done.stderr
    proxy.heal()
    assert "argo" in faulty.run("up", "--set", "parameters.extra=1", code=1).stderr
    faulty.run("up --take-over", "--set", "parameters.extra=1")
    writes_nothing(faulty, proxy, "--set", "parameters.extra=1")


def test_somebody_edits_in_the_middle(faulty, proxy):
    faulty.run("up")
    struck = proxy.on(*taken_by(faulty, "kubectl-edit", "create"))
    faulty.run("up", "--set", "parameters.extra=1")
    assert struck.left == 0
    writes_nothing(faulty, proxy, "--set", "parameters.extra=1")
