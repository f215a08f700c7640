"""A real hub process with both entry points: sign-in, form, start and stop, as a browser and a job would see them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
HEADER = "X-Auth-Id-Token"
OPTIONS = {"brics_project": "project1.brics", "runtime": "01:00:00", "ngpus": "1", "partition": "", "reservation": ""}
SLURM = """
user=$1 command=$2
case $command in
sbatch) /bin/cat > {folder}/script; /usr/bin/env > {folder}/env; echo "$user" > {folder}/user; echo 42 ;;
squeue) /bin/cat {folder}/state ;;
scancel) : > {folder}/state ;;
esac
"""


def resource(username):
    return [{"name": "elsewhere", "username": "nobody"}, {"name": "here", "username": username}]


PROJECTS = {
    "project1.brics": {"name": "First <b>project</b>", "resources": resource("alice.project1")},
    "project2.brics": {"name": "Second", "resources": resource("alice.project2")},
    "evil.brics": {"name": "Evil", "resources": resource("x; touch /tmp/PWNED #")},
}


class Site:
    """Runs `answer(path)` for each GET on a free port, and counts."""

    def __init__(self, answer):
        self.asked = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append(self.path)
                body = json.dumps(answer(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Hub:
    """One hub process, its issuer, and the files of its Slurm."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.issuer = Site(self._published)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.base = f"{self.url}/jupyter/hub"
        (folder / "slurm").write_text(SLURM.format(folder=folder))
        self.set_state("")
        self.environment = {**os.environ, "TEST_FOLDER": str(folder), "TEST_HUB_URL": self.url, "TEST_ISSUER": self.issuer.url, **environment}
        self.environment["JUPYTERHUB_CRYPT_KEY"] = os.urandom(32).hex()
        self.start()

    def start(self):
        config = Path(__file__).with_name("hub_config.py")
        with open(self.folder / "log", "ab") as log:
            command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=self.environment)
        wait_until(self._answers, 120)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def close(self):
        self.stop()
        self.issuer.close()

    def _answers(self):
        assert self.process.poll() is None, self.log()
        try:
            return requests.get(f"{self.base}/api", timeout=10).status_code == 200
        except requests.ConnectionError:
            return False

    def _published(self, path):
        if path.startswith("/.well-known"):
            return {"issuer": self.issuer.url, "jwks_uri": f"{self.issuer.url}/certs", "id_token_signing_alg_values_supported": ["RS256", "HS256"]}
        return {"keys": [{**json.loads(jwt.get_algorithm_by_name("RS256").to_jwk(KEY.public_key())), "kid": "k1", "use": "sig"}]}

    def log(self):
        return (self.folder / "log").read_text()

    def set_state(self, state):
        (self.folder / "state").write_text(state)

    def read(self, name):
        return (self.folder / name).read_text()

    def job_token(self):
        return re.search(r"^JUPYTERHUB_API_TOKEN=(.*)$", self.read("env"), re.MULTILINE)[1]

    def token(self, key=KEY, algorithm="RS256", kid="k1", **changes):
        now = int(time.time())
        claims = {"iss": self.issuer.url, "aud": "hub", "iat": now, "exp": now + 3600, "short_name": "alice", "projects": PROJECTS, **changes}
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm, headers={"kid": kid})


class Browser:
    def __init__(self, hub, token):
        self.hub, self.token = hub, token
        self.session = requests.Session()

    def send(self, method, path, **kwargs):
        headers = {HEADER: self.token, "X-XSRFToken": self.session.cookies.get("_xsrf", ""), **kwargs.pop("headers", {})}
        return self.session.request(method, self.hub.base + path, headers=headers, allow_redirects=False, timeout=60, **kwargs)

    def get(self, path, **kwargs):
        return self.send("GET", path, **kwargs)

    def sign_in(self):
        assert self.get("/login").status_code == 302
        assert self.get("/home").status_code == 200
        return self

    def stop_server(self):
        self.send("DELETE", "/api/users/alice/server")
        wait_until(lambda: not self.get("/api/users/alice").json()["servers"], 60)


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def made(folder, **environment):
    hub = Hub(folder, **environment)
    yield hub
    hub.close()


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    yield from made(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def sign_out_hub(tmp_path_factory):
    yield from made(tmp_path_factory.mktemp("sign_out_hub"), TEST_SIGN_OUT="1")


@pytest.fixture
def alice(hub):
    return Browser(hub, hub.token()).sign_in()


def login(hub, token):
    return requests.get(f"{hub.base}/login", headers={} if token is None else {HEADER: token}, allow_redirects=False, timeout=60)


class TestSignIn:
    def test_good_token(self, hub):
        answer = login(hub, hub.token())
        assert (answer.status_code, answer.headers["Location"]) == (302, "/jupyter/hub/spawn")

    def test_projects_as_text(self, hub):
        assert login(hub, hub.token(projects=json.dumps(PROJECTS))).status_code == 302

    @pytest.mark.parametrize(
        "status, text, changes",
        [
            (401, "Invalid JWT token", {"aud": "other"}),
            (401, "Invalid JWT token", {"iss": "http://other"}),
            (401, "Invalid JWT token", {"exp": 1}),
            (401, "Invalid JWT token", {"short_name": None}),
            (401, "Invalid JWT token", {"short_name": ""}),
            (401, "Invalid JWT token", {"short_name": "Alice/../X"}),
            (401, "Invalid JWT token", {"short_name": 7}),
            (401, "Invalid JWT token", {"short_name": "alice\n"}),
            (401, "Invalid JWT token", {"key": "x" * 32, "algorithm": "HS256"}),
            (401, "Invalid JWT token", {"key": OTHER_KEY}),
            (401, "Invalid JWT token", {"kid": "unknown"}),
            (403, "No projects with valid platform", {"projects": {}}),
            (403, "No projects with valid platform", {"projects": []}),
            (403, "No projects with valid platform", {"projects": "{"}),
            (403, "No projects with valid platform", {"projects": {"project1.brics": {"name": "no resources"}}}),
            (403, "No projects with valid platform", {"projects": {"evil.brics": PROJECTS["evil.brics"]}}),
            (403, "may not sign in", {"short_name": "mallory"}),
            (403, "may not sign in", {"short_name": "Mallory"}),
        ],
        ids=str,
    )
    def test_refusals(self, hub, status, text, changes):
        answer = login(hub, hub.token(**changes))
        assert (answer.status_code, text in answer.text) == (status, True)
        assert "jupyterhub-hub-login" not in answer.cookies

    @pytest.mark.parametrize("token", ["garbage", "a.b.c", "e30.e30.e30", "%s%d"])
    def test_garbage(self, hub, token):
        assert login(hub, token).status_code == 401

    def test_no_token(self, hub):
        answer = login(hub, None)
        assert (answer.status_code, "Missing X-Auth-Id-Token header" in answer.text) == (401, True)

    def test_no_other_way_in(self, hub):
        forged = {"auth": {"username": "alice", "auth_state": {}}}
        assert requests.post(f"{hub.base}/api/users/alice/tokens", json=forged, timeout=60).status_code == 403
        assert requests.post(f"{hub.base}/login", data={"username": "alice", "password": "x"}, timeout=60).status_code in (403, 405)

    def test_the_issuer_is_asked_once(self, hub):
        login(hub, hub.token())
        before = len(hub.issuer.asked)
        for _ in range(5):
            login(hub, hub.token())
        assert len(hub.issuer.asked) == before
        assert before <= 3

    def test_sign_out_goes_on_to_the_proxy(self, alice):
        answer = alice.get("/logout")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/jupyter/_oidc/sign_out?rd=%2Fjupyter")
        assert alice.get("/home").status_code == 302

    def test_an_invalid_token_signs_out_once(self, sign_out_hub):
        browser = Browser(sign_out_hub, "garbage")
        first = browser.get("/login")
        assert (first.status_code, first.headers["Location"]) == (302, "/jupyter/hub/logout")
        assert browser.get("/logout").headers["Location"] == "/jupyter/_oidc/sign_out?rd=%2Fjupyter"
        assert browser.get("/login").status_code == 401
        assert browser.get("/login").status_code == 302


class TestForm:
    def test_shows_the_projects(self, alice):
        page = alice.get("/spawn").text
        assert "project1.brics: First &lt;b&gt;project&lt;/b&gt;" in page and "project2.brics: Second" in page
        assert "evil" not in page and "<b>project" not in page

    @pytest.mark.parametrize(
        "changes",
        [{"runtime": "1\n#SBATCH --x"}, {"ngpus": "9"}, {"brics_project": "evil.brics"}, {"partition": "a b"}, {"homedir": "/tmp"}, {"ngpus": ["1", "2"]}],
        ids=str,
    )
    def test_bad_form(self, alice, changes):
        answer = alice.send("POST", "/spawn", data={**OPTIONS, **changes})
        assert (answer.status_code, "Invalid spawner options input" in answer.text) == (400, True)
        assert 'id="brics_project_select"' in answer.text

    def test_no_fields_at_all(self, alice):
        assert alice.send("POST", "/spawn", data={}).status_code == 400


class TestRestOptions:
    @pytest.mark.parametrize(
        "body",
        [
            {}, [], [1], "x", 7, False, {**OPTIONS, "runtime": "1\n#SBATCH --mail-type=ALL"}, {**OPTIONS, "options": "--x"}, {**OPTIONS, "homedir": "/tmp"},
            {**OPTIONS, "srun": "id;"}, {**OPTIONS, "ngpus": 1}, {**OPTIONS, "brics_project": "evil.brics"}, {**OPTIONS, "brics_project": {}},
        ],
        ids=str,
    )  # fmt: skip
    def test_bad_options(self, hub, alice, body):
        answer = alice.send("POST", "/api/users/alice/server", json=body)
        assert answer.status_code == 400, answer.text
        assert "Invalid spawner options input" in answer.json()["message"]
        assert not (hub.folder / "script").exists()
        assert alice.get("/spawn").status_code == 200


class TestServer:
    def test_start_port_restart_stop(self, hub, alice):
        notebook = Site(lambda path: {"version": "5"})
        try:
            self.start(hub, alice, notebook.port)
            assert hub.read("user") == "alice.project1\n"
            assert "#SBATCH --time=00:30:00\n" in hub.read("script")
            assert "HOME=/home/project1/alice.project1\n" in hub.read("env")
            hub.stop()
            hub.start()
            alice.sign_in()
            assert alice.get("/api/users/alice").json()["servers"][""]["ready"]
        finally:
            alice.stop_server()
            notebook.close()
        assert hub.read("state") == ""

    def start(self, hub, alice, port):
        hub.set_state("RUNNING 127.0.0.1")
        answers = []
        request = threading.Thread(
            target=lambda: answers.append(alice.send("POST", "/api/users/alice/server", json={**OPTIONS, "runtime": ["00:30:00"]}))
        )
        request.start()
        wait_until((hub.folder / "user").exists, 60)
        self.say_wrong_things(hub, port)
        assert self.say(hub, {"port": port}) == 201
        request.join()
        assert answers[0].status_code == 201, answers[0].text

    def say_wrong_things(self, hub, port):
        for body in [{}, [], {"port": 0}, {"port": "80"}, {"port": True}, {"port": 65536}, {"port": port, "job_id": "1; touch /tmp/PWNED"}]:
            assert self.say(hub, body) == 400, body
        assert self.say(hub, {"exec_prefix": "touch /tmp/PWNED;"}) == 400
        assert self.say(hub, {"port": port}, token="wrong") == 403

    @staticmethod
    def say(hub, body, token=None):
        headers = {"Authorization": f"token {token or hub.job_token()}"}
        return requests.post(f"{hub.base}/api/batchspawner", json=body, headers=headers, timeout=60).status_code

    def test_a_job_that_dies_is_reported_at_once(self, hub, alice):
        hub.set_state("")
        answer = alice.send("POST", "/spawn", data=OPTIONS)
        log_file = "/home/project1/alice.project1/jupyterhub_slurmspawner_42.log"
        assert (answer.status_code, log_file in answer.text) == (500, True)


def test_no_token_in_the_log(hub):
    """Runs last, when the hub has logged refusals, failures with all their headers, and a whole server's life."""
    wait_until(lambda: "500 POST /jupyter/hub/spawn" in hub.log(), 10)  # a request is logged after its answer
    log = hub.log()
    assert "Refusing a token" in log
    assert "eyJ" not in log
    assert hub.job_token() not in log
