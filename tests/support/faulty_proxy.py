"""A proxy before a real API server that makes the faults which no server makes on request: answers of its own, connections that break,
and answers that come late or never. It speaks HTTP/1.1 over TLS, with the API server's certificate.

    with FaultyProxy(cluster) as proxy:
        fault = proxy.on(patches, answers(503), times=2)    # the next two PATCHes; all others go through
        ...                                                 # with proxy.kubeconfig
        assert fault.left == 0
"""

import http.client
import json
import os
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FOR_EVER = 10**9
OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"}

# --- Which requests ---------------------------------------------------------------------------------------------------


def everything(request):
    return True


def watches(request):
    return "watch" in request.query


def lists(request):
    return request.command == "GET" and "limit" in request.query


def patches(request):
    """That write."""
    return request.command == "PATCH" and "dryRun" not in request.query


def rehearsals(request):
    return "dryRun" in request.query


def of(method, end):
    """Of that method, to paths with that end."""
    return lambda request: request.command == method and request.where.endswith(end)


# --- What becomes of them ---------------------------------------------------------------------------------------------


def answers(code, reason="", message="the proxy of the tests says so", **headers):
    """A Status; headers with `_` for `-`."""
    status = {"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}
    return lambda request: request.answer(code, json.dumps(status).encode(), {"Content-Type": "application/json"} | dictionary(headers))


def answers_text(code, text):
    """As what stands before an API server does, when that is away."""
    return lambda request: request.answer(code, text.encode(), {"Content-Type": "text/html"})


def says_in_a_watch(code, reason):
    """The refusal comes as an event."""
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": "too old resource version"}
    return lambda request: request.answer(200, json.dumps({"type": "ERROR", "object": status}).encode() + b"\n", {"Content-Type": "application/json"})


def dictionary(headers):
    return {name.replace("_", "-"): str(value) for name, value in headers.items()}


def resets(request):
    """Before the API server sees it."""
    request.reset()


def loses_the_answer(request):
    """The API server does what it is asked, and nobody hears of it."""
    request.ask().read()
    request.reset()


def resets_after(count):
    """So many bytes of the body."""

    def act(request):
        request.forward(longest=count)
        request.reset()

    return act


def closes_halfway_after(count):
    """So many bytes of the body: the proxy sends no more, and listens on."""

    def act(request):
        request.forward(longest=count)
        request.close_halfway()

    return act


def comes_late(seconds):
    def act(request):
        request.server.ended.wait(seconds)
        request.forward()

    return act


def never_comes(request):
    """Until whoever asked goes away."""
    request.close_connection = True
    request.connection.settimeout(None)
    request.connection.recv(1)


def then_forwards(work):
    """What `work` does, with the request, happens first."""

    def act(request):
        work(request)
        request.forward()

    return act


# --- The proxy --------------------------------------------------------------------------------------------------------


class Fault:
    def __init__(self, matches, act, times):
        self.matches, self.act, self.left = matches, act, times


class Request(BaseHTTPRequestHandler):
    """A connection, and one request on it after the other."""

    protocol_version = "HTTP/1.1"
    upstream = None

    def setup(self):
        super().setup()
        self.upstream = self.server.cluster.connection()
        self.upstream.timeout = 330

    def finish(self):
        self.upstream.close()
        super().finish()

    def serve(self):
        parts = urlsplit(self.path)
        self.where, self.query = parts.path, parse_qs(parts.query)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.act_on(self)(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def log_message(self, *_):
        pass

    def ask(self):
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_ONE_CONNECTION}
        self.upstream.request(self.command, self.path, self.body or None, headers)
        return self.upstream.getresponse()

    def answer(self, code, body, headers):
        self.send_response_only(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def forward(self, longest=FOR_EVER):
        """The answer part by part, as it comes; only the first `longest` bytes of it."""
        answer = self.ask()
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in OF_ONE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while longest > 0 and (part := answer.read1(min(65536, longest))):
            longest -= len(part)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if longest > 0:
            answer.close()
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.upstream.close()

    def reset(self):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def close_halfway(self):
        self.close_connection = True
        descriptor = socket.socket(fileno=self.connection.detach())
        descriptor.shutdown(socket.SHUT_WR)
        while descriptor.recv(65536):
            pass
        descriptor.close()


class FaultyProxy(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, cluster, certificate=None):
        """`certificate`: what the names of its .crt and .key begin with; the API server's if it isn't said."""
        super().__init__(("127.0.0.1", 0), Request)
        self.cluster = cluster
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.faults = []
        self.seen = []  # when, method and path of every request
        certificate = str(certificate or cluster.pki("server"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.address = f"https://127.0.0.1:{self.server_address[1]}"
        self.kubeconfig = self.write_kubeconfig(cluster.folder / f"kubeconfig-{self.server_address[1]}")

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, address):
        """Who asks may leave in the middle, and distrust the certificate."""

    def write_kubeconfig(self, path, **user):
        """The cluster's, with this proxy as the server; `user`: who asks, in the place of the administrator."""
        config = self.cluster.config()
        config["clusters"][0]["cluster"]["server"] = self.address
        if user:
            config["users"][0]["user"] = user
        Path(path).touch(0o600)
        Path(path).write_text(json.dumps(config))
        return path

    def on(self, matches, act, times=1):
        """The next requests that match, so often; of two faults, the one that was said first."""
        fault = Fault(matches, act, times)
        with self.lock:
            self.faults.append(fault)
        return fault

    def heal(self):
        with self.lock:
            self.faults.clear()

    def act_on(self, request):
        with self.lock:
            self.seen.append((time.monotonic(), request.command, request.path))
            for fault in self.faults:
                if fault.left > 0 and fault.matches(request):
                    fault.left -= 1
                    return fault.act
        return Request.forward
