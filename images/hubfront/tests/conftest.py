"""A whole site on loopback: an issuer, the proxy, and a hub that tells what it was asked. All real servers, in a thread of their own."""

import asyncio
import socket
import threading
from dataclasses import replace

import pytest
import requests
from hubfront.client import Registration
from hubfront.front import Front, Upstream
from hubfront.issuer import Issuer
from hubfront.keys import KeyRing
from hubfront.people import Site, parse_people
from tornado import web, websocket
from tornado.httpserver import HTTPServer

SITE = Site("http://127.0.0.1:1", "hub-audience", "this.platform", parse_people("alice.one alice.two bob.one"))
PAGE = {"Accept": "text/html"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Echo(web.RequestHandler):
    """Answers any request with what it was."""

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")

    def check_xsrf_cookie(self):
        pass

    def answer(self, *_):
        self.add_header("Set-Cookie", "a=1")
        self.add_header("Set-Cookie", "b=2")
        self.write({"uri": self.request.uri, "headers": dict(self.request.headers.get_all()), "body": self.request.body.decode()})

    get = head = post = put = delete = patch = options = answer


class Stream(web.RequestHandler):
    """Says one thing at once, and goes on when it is told to."""

    async def get(self):
        self.set_header("Content-Type", "text/event-stream")
        self.write("data: first\n\n")
        await self.flush()
        await self.application.settings["go_on"].wait()
        self.write("data: last\n\n")


class Chat(websocket.WebSocketHandler):
    def select_subprotocol(self, subprotocols):
        return subprotocols[-1] if subprotocols else None

    def check_origin(self, origin):
        return True

    def on_message(self, message):
        self.write_message(message if isinstance(message, bytes) else f"{message} from {self.request.headers.get('X-Auth-Id-Token', 'nobody')}")


class Running:
    """The three servers. `issuer` and `front` are theirs; `url` is what a browser opens."""

    def __init__(self, folder):
        self.loop = asyncio.new_event_loop()
        self.hub_port, self.port, issuer_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.site = replace(SITE, issuer=f"http://127.0.0.1:{issuer_port}")
        registration = Registration(self.site.issuer, "client", "secret")
        self.upstream = Upstream("127.0.0.1", self.hub_port, registration)
        self.issuer = Issuer(self.site, KeyRing(folder), lambda: {"client": "secret"})
        self.front = Front("/jupyter", lambda: self.upstream, self.site.issuer)
        self.thread = threading.Thread(target=self._run, args=(issuer_port,))
        self.started = threading.Event()
        self.thread.start()
        assert self.started.wait(30)

    def _run(self, issuer_port):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._listen(issuer_port))
        self.loop.call_soon(self.started.set)
        self.loop.run_forever()

    async def _listen(self, issuer_port):
        self.go_on = asyncio.Event()
        hub = web.Application([(r"/jupyter/stream", Stream), (r"/jupyter/.*/chat", Chat), (r".*", Echo)], go_on=self.go_on)
        self.hub = HTTPServer(hub)
        self.hub.listen(self.hub_port, "127.0.0.1")
        HTTPServer(self.issuer.application()).listen(issuer_port, "127.0.0.1")
        HTTPServer(self.front.application()).listen(self.port, "127.0.0.1")

    def call(self, function):
        self.loop.call_soon_threadsafe(function)

    def close(self):
        self.call(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Browser(requests.Session):
    def __init__(self, running):
        super().__init__()
        self.running = running
        self.headers["Accept"] = "text/html"

    def open(self, path, **kwargs):
        return self.get(self.running.url + path, timeout=30, **kwargs)

    def sign_in(self, user, path="/jupyter/hub/home?x=1"):
        page = self.open(path)
        assert "Choose who you are" in page.text
        return self.post(page.url, data={"user": user}, timeout=30)


@pytest.fixture
def running(tmp_path):
    made = Running(tmp_path / "keys")
    yield made
    made.close()


@pytest.fixture
def browser(running):
    return Browser(running)
