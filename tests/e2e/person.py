"""What a person does at a hub that is behind a sign-in page, over plain HTTP: choose who to be, start a server, run code in it.

Knows pages and Jupyter's REST API, not environments.
"""

import asyncio
import json
import re
import time
import uuid

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

REQUEST_SECONDS = 60
SERVER_SECONDS = 300
CELL_SECONDS = 120
OPTIONS = {"runtime": "01:00:00", "ngpus": "1", "partition": "", "reservation": ""}


class Person(requests.Session):
    """`user` is both a choice on the sign-in page and the name at the hub; `url` is for instance http://127.0.0.1:8000/jupyter."""

    def __init__(self, url, user):
        super().__init__()
        self.url = url.rstrip("/")
        self.user = user
        self.headers["Accept"] = "text/html"

    def request(self, method, url, **kwargs):
        kwargs.setdefault("timeout", REQUEST_SECONDS)
        return super().request(method, url, **kwargs)

    def open(self, path, **kwargs):
        return self.get(self.url + path, **kwargs)

    def choices(self):
        """The users that the sign-in page offers."""
        return re.findall(r'name="user" value="([^"]+)"', self.open("/").text)

    def sign_in(self):
        """From the hub's address to the hub's page after sign-in, through the sign-in page."""
        page = self.open("/")
        answer = self.post(page.url, data={"user": self.user})
        answer.raise_for_status()
        return answer

    def who_am_i(self):
        return self.open("/hub/api/user").json()["name"]

    def projects(self):
        return re.findall(r'<option value="([^"]+\.[^"]+)"', self.open("/hub/spawn").text)

    def start_server(self, project):
        self.open("/hub/spawn")
        answer = self.post(f"{self.url}/hub/spawn", data={**OPTIONS, "brics_project": project, "_xsrf": self.cookies.get("_xsrf", path=self._hub_path())})
        answer.raise_for_status()
        self._wait(lambda: self._server()["ready"], "the server")

    def stop_server(self):
        self.open("/hub/home")
        self.delete(f"{self.url}/hub/api/users/{self.user}/server", headers={"X-XSRFToken": self.cookies.get("_xsrf", path=self._hub_path())})
        self._wait(lambda: not self._servers(), "the server to stop")

    def run(self, code):
        """What `code` prints in a kernel of the user's server."""
        server = f"{self.url}/user/{self.user}"
        self.get(f"{server}/lab")  # signs in at the server
        xsrf = {"X-XSRFToken": self.cookies.get("_xsrf", path=f"/{server.split('/', 3)[3]}/")}
        kernel = self.post(f"{server}/api/kernels", headers=xsrf, json={})
        kernel.raise_for_status()
        return asyncio.run(asyncio.wait_for(self._execute(f"{server}/api/kernels/{kernel.json()['id']}/channels", code), CELL_SECONDS))

    async def _execute(self, url, code):
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "test", "username": "", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}
        request = requests.Request("GET", url, cookies=self.cookies)
        cookie = self.prepare_request(request).headers["Cookie"]
        socket = await websocket_connect(HTTPRequest(url.replace("http", "ws", 1), headers={"Cookie": cookie, "Origin": self.url.rpartition("/")[0]}))
        await socket.write_message(json.dumps(message))
        printed = ""
        while True:
            answer = json.loads(await socket.read_message())
            if answer["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            if answer["msg_type"] == "stream":
                printed += answer["content"]["text"]
            if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
                socket.close()
                return printed

    def _hub_path(self):
        return f"/{self.url.split('/', 3)[3]}/hub/"

    def _servers(self):
        return self.open(f"/hub/api/users/{self.user}").json()["servers"]

    def _server(self):
        return self._servers().get("", {"ready": False})

    def _wait(self, condition, what):
        end = time.monotonic() + SERVER_SECONDS
        while not condition():
            assert time.monotonic() < end, f"waited too long for {what}"
            time.sleep(0.5)
