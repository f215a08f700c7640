#!/usr/bin/env python3
"""A real Kubernetes control plane on loopback for tests: etcd, kube-apiserver, controller-manager, scheduler, and kwok as
the kubelet of one node, built from the Go modules that tests/support/kube_programs names. No container runs:
kube_stages.yaml says what pods do.

    tests/support/kube_cluster.py build              # below build/peer/kube; quick when it is there
    tests/support/kube_cluster.py run COMMAND...     # with KUBECONFIG set; the cluster ends with the command
    with Cluster(folder) as cluster: ...             # in Python

Nothing outlives the process that started it, even if that one is killed.
"""

import argparse
import base64
import ctypes
import fcntl
import hashlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
PROGRAMS = HERE / "kube_programs"
BUILT = PROJECT / "build" / "peer" / "kube"
VERSION = "v1.36.3"
PARTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")


# --- Building ---------------------------------------------------------------------------------------------------------


def sources_digest():
    digest = hashlib.sha256(VERSION.encode())
    for file in sorted(PROGRAMS.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(PROGRAMS).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


@contextmanager
def locked(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def version_flags():
    """Without them the server calls itself v0.0.0."""
    major, minor, _ = VERSION[1:].split(".")
    values = {
        "gitVersion": VERSION,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": "unknown",
    }
    values["buildDate"] = "1970-01-01T00:00:00Z"
    return " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())


def go_build(target):
    go = shutil.which("go") or str(PROJECT / "build" / "peer" / "go")
    command = [go, "build", "-trimpath", "-o", f"{target}/", "-ldflags", f"-s -w {version_flags()}"]
    packages = ["./control_plane", "./etcd", "sigs.k8s.io/kwok/cmd/kwok"]
    environment = os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -modcacherw"}
    subprocess.run([*command, *packages], cwd=PROGRAMS, env=environment, check=True)
    for part in PARTS:
        link = target / part
        link.unlink(missing_ok=True)
        link.symlink_to("control_plane")


def build():
    """The programs, made anew if what they are made of changed; the folder that they are in."""
    stamp = BUILT / "made_of"
    with locked(BUILT / "lock"):
        if not stamp.exists() or stamp.read_text() != sources_digest():
            began = time.monotonic()
            print(f"building Kubernetes {VERSION} for the tests; this takes minutes", file=sys.stderr, flush=True)
            go_build(BUILT)
            stamp.write_text(sources_digest())
            print(f"built Kubernetes {VERSION} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return BUILT


# --- Certificates -----------------------------------------------------------------------------------------------------

SERVER_NAMES = "IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc,DNS:cluster.envtool.test"


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_key(folder, name):
    openssl(folder, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")


def make_authority(folder, name="ca"):
    make_key(folder, name)
    usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl(
        folder,
        "req",
        "-x509",
        "-new",
        "-key",
        f"{name}.key",
        "-subj",
        f"/CN=test {name}",
        "-days",
        "365",
        *usage,
        "-out",
        f"{name}.crt",
    )


def make_certificate(folder, name, subject, extensions, authority="ca"):
    """name.crt and name.key, signed by the authority."""
    make_key(folder, name)
    (folder / f"{name}.ext").write_text(extensions)
    openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    by = ("-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial")
    openssl(
        folder,
        "x509",
        "-req",
        "-in",
        f"{name}.csr",
        *by,
        "-days",
        "365",
        "-extfile",
        f"{name}.ext",
        "-out",
        f"{name}.crt",
    )


def make_certificates(folder):
    folder.mkdir(mode=0o700)
    make_authority(folder)
    make_certificate(
        folder, "server", "/CN=kube-apiserver", f"subjectAltName={SERVER_NAMES}\nextendedKeyUsage=serverAuth\n"
    )
    make_certificate(folder, "admin", "/O=system:masters/CN=admin by certificate", "extendedKeyUsage=clientAuth\n")
    make_key(folder, "accounts")
    openssl(folder, "pkey", "-in", "accounts.key", "-pubout", "-out", "accounts.pub")


# --- Processes --------------------------------------------------------------------------------------------------------


def die_with_parent():
    """In the child: the kernel kills it when this process ends, however that happens."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def can_bind(port):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count):
    """Below those that the kernel gives to connections, which would take some before the servers do."""
    free = []
    while len(free) < count:
        port = 20000 + secrets.randbelow(12000)
        if port not in free and can_bind(port):
            free.append(port)
    return free


def wait_until(is_done, what, timeout=180):
    end = time.monotonic() + timeout
    while not is_done():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {timeout} s for {what}")
        time.sleep(0.02)


class Cluster:
    """`kubeconfig` has the contexts `admin` (all rights), `reader` (none) and `certificate` (all, by a client certificate)."""

    def __init__(self, folder, arguments=(), kubelet=(), programs=None):
        """`arguments` are more of the API server's, `kubelet` documents for kwok that come before those of kube_stages.yaml; programs in
        the folder `programs` take the place of others of the same name when a command is run in a container."""
        self.folder = Path(folder)
        self.arguments = list(arguments)
        self.kubelet = list(kubelet)
        self.path = f"{programs}{os.pathsep}{os.environ['PATH']}" if programs else os.environ["PATH"]
        self.processes = {}
        self.logs = {}
        self.port, self.etcd_port, self.etcd_peer_port, self.kwok_port = free_ports(4)
        self.server = f"https://127.0.0.1:{self.port}"
        self.kubeconfig = self.folder / "kubeconfig"
        self.pod_log = self.folder / "pod.log"
        self.tokens = {name: secrets.token_hex(16) for name in ("admin", "reader")}

    def __enter__(self):
        self.programs = build()
        try:
            self.prepare()
            self.start_etcd()
            self.start_api_server()
            self.start_the_rest()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for name in reversed(list(self.processes)):
            self.kill(name)

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        make_certificates(self.folder / "pki")
        rows = f"{self.tokens['admin']},admin,admin,system:masters\n{self.tokens['reader']},reader,reader,readers\n"
        self.write_secret("tokens.csv", rows)
        self.write_secret("kubeconfig", json.dumps(self.config()))
        self.pod_log.write_text("".join(f"2026-01-01T00:00:00.00000000{i}Z stdout F line {i}\n" for i in range(1, 6)))
        self.stages = self.folder / "kwok.yaml"
        stages = (HERE / "kube_stages.yaml").read_text().replace("@LOG@", str(self.pod_log))
        self.stages.write_text("".join(f"{json.dumps(document)}\n---\n" for document in self.kubelet) + stages)

    def write_secret(self, name, text):
        path = self.folder / name
        path.touch(0o600)
        path.write_text(text)

    def pki(self, name):
        return str(self.folder / "pki" / name)

    def config(self):
        users = [{"name": name, "user": {"token": token}} for name, token in self.tokens.items()]
        data = {
            f"client-{field}-data": base64.b64encode(Path(self.pki(f"admin.{end}")).read_bytes()).decode()
            for field, end in (("certificate", "crt"), ("key", "key"))
        }
        users.append({"name": "certificate", "user": data})
        contexts = [{"name": user["name"], "context": {"cluster": "test", "user": user["name"]}} for user in users]
        cluster = {"name": "test", "cluster": {"server": self.server, "certificate-authority": self.pki("ca.crt")}}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [cluster],
            "users": users,
            "contexts": contexts,
            "current-context": "admin",
        }

    def start(self, name, *arguments):
        log = self.logs[name] = self.folder / f"{name}.log"
        with log.open("ab") as out:
            self.processes[name] = subprocess.Popen(
                [self.programs / name, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self.folder,
                env=os.environ | {"PATH": self.path},
                preexec_fn=die_with_parent,
                start_new_session=True,
            )

    def kill(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def check_alive(self, name):
        if self.processes[name].poll() is not None:
            raise RuntimeError(f"{name} ended: {self.logs[name].read_text()[-2000:]}")

    def start_etcd(self):
        client, peer = f"http://127.0.0.1:{self.etcd_port}", f"http://127.0.0.1:{self.etcd_peer_port}"
        urls = (
            "--listen-client-urls",
            client,
            "--advertise-client-urls",
            client,
            "--listen-peer-urls",
            peer,
            "--initial-advertise-peer-urls",
            peer,
        )
        self.start(
            "etcd",
            "--data-dir",
            str(self.folder / "etcd"),
            *urls,
            "--initial-cluster",
            f"default={peer}",
            "--unsafe-no-fsync",
            "--log-level",
            "warn",
        )
        wait_until(
            lambda: self.answers("etcd", http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=5), "/health"),
            "etcd",
        )

    def start_api_server(self):
        self.start(
            "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--tls-cert-file={self.pki('server.crt')}",
            f"--tls-private-key-file={self.pki('server.key')}",
            f"--client-ca-file={self.pki('ca.crt')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.pki('accounts.pub')}",
            f"--service-account-signing-key-file={self.pki('accounts.key')}",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            *self.arguments,
        )
        wait_until(lambda: self.answers("kube-apiserver", self.connection(), "/readyz"), "the API server")

    def restart_api_server(self):
        """As after a crash."""
        self.kill("kube-apiserver")
        self.start_api_server()

    def compact(self):
        """etcd forgets everything but the present."""
        status = self.ask_etcd("/v3/maintenance/status", {})
        self.ask_etcd("/v3/kv/compaction", {"revision": status["header"]["revision"], "physical": True})

    def ask_etcd(self, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.etcd_port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def start_the_rest(self):
        common = (
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        )
        accounts = (
            f"--service-account-private-key-file={self.pki('accounts.key')}",
            f"--root-ca-file={self.pki('ca.crt')}",
        )
        self.start("kube-controller-manager", *common, *accounts, "--service-cluster-ip-range=10.96.0.0/16")
        self.start("kube-scheduler", *common)
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": "node", "labels": {"kubernetes.io/hostname": "node", "kubernetes.io/os": "linux"}},
        }
        sizes = {"cpu": "1k", "memory": "1Ti", "pods": "100k"}
        self.request("POST", "/api/v1/nodes", node | {"status": {"capacity": sizes, "allocatable": sizes}})
        self.start(
            "kwok",
            f"--config={self.stages}",
            f"--kubeconfig={self.kubeconfig}",
            "--manage-all-nodes=true",
            f"--server-address=127.0.0.1:{self.kwok_port}",
            "--node-ip=127.0.0.1",
            f"--node-port={self.kwok_port}",
            f"--tls-cert-file={self.pki('server.crt')}",
            f"--tls-private-key-file={self.pki('server.key')}",
            "--cidr=10.244.0.0/16",
            "--node-lease-duration-seconds=40",
        )
        wait_until(self.node_is_ready, "the node")
        wait_until(self.has_default_account, "the controllers")

    def node_is_ready(self):
        self.check_alive("kwok")
        _, node = self.request("GET", "/api/v1/nodes/node")
        ready = any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in node["status"].get("conditions", [])
        )
        return ready and not node["spec"].get("taints")

    def make_volumes(self, count):
        """What a provisioner would make for claims of any class but a named one: nothing here is ever mounted."""
        for number in range(count):
            spec = {"capacity": {"storage": "100Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/nowhere"}}
            volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"volume-{number}"}, "spec": spec}
            status, answer = self.request("POST", "/api/v1/persistentvolumes", volume)
            assert status == 201, answer

    def has_default_account(self):
        self.check_alive("kube-controller-manager")
        return self.request("GET", "/api/v1/namespaces/default/serviceaccounts/default")[0] == 200

    def connection(self):
        context = ssl.create_default_context(cafile=self.pki("ca.crt"))
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)

    def answers(self, name, connection, path):
        self.check_alive(name)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.tokens['admin']}"})
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def request(self, method, path, body=None, content_type="application/json"):
        """As the administrator: status and JSON of the answer."""
        connection = self.connection()
        try:
            headers = {"Authorization": f"Bearer {self.tokens['admin']}", "Content-Type": content_type}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b"{") else text.decode()
        finally:
            connection.close()

    def make_namespace(self, name, labels=None):
        """With its default account, without which no pod can be made there."""
        self.request(
            "POST",
            "/api/v1/namespaces",
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}},
        )
        path = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        wait_until(lambda: self.request("GET", path)[0] == 200, f"the account of the namespace {name}")
        return name

    def memory(self):
        """Megabytes of each process."""
        sizes = {}
        for name, process in self.processes.items():
            fields = dict(line.split(":", 1) for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
            sizes[name] = int(fields["VmRSS"].split()[0]) // 1024
        return sizes


def run(command):
    with tempfile.TemporaryDirectory(prefix="envtool-kube.") as folder:
        began = time.monotonic()
        with Cluster(folder) as cluster:
            sizes = ", ".join(f"{name} {size} MB" for name, size in cluster.memory().items())
            print(
                f"a cluster at {cluster.server} after {time.monotonic() - began:.1f} s: {sizes}",
                file=sys.stderr,
                flush=True,
            )
            environment = os.environ | {"KUBECONFIG": str(cluster.kubeconfig)}
            return subprocess.run(command, env=environment, preexec_fn=die_with_parent).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build")
    commands.add_parser("run").add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    arguments = parser.parse_args()
    if arguments.command == "run":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        sys.exit(run(arguments.words))
    build()


if __name__ == "__main__":
    main()
