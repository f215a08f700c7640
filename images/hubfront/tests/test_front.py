"""The proxy and the issuer together, over HTTP."""

import asyncio
import socket
import threading
from dataclasses import replace

import jwt
import pytest
import requests
from hubfront.tokens import make
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

TOKEN = "X-Auth-Id-Token"


def get(running, path, **kwargs):
    return requests.get(running.url + path, timeout=30, allow_redirects=False, **kwargs)


class TestSignIn:
    def test_leads_through_the_page_back_to_where_it_began(self, browser):
        seen = browser.sign_in("alice").json()
        assert seen["uri"] == "/jupyter/hub/home?x=1"
        claims = jwt.decode(seen["headers"][TOKEN], options={"verify_signature": False})
        assert claims["short_name"] == "alice"
        assert list(claims["projects"]) == ["one.brics", "two.brics"]
        assert claims["projects"]["one.brics"]["resources"] == [{"name": "this.platform", "username": "alice.one"}]
        assert "hub-audience" in claims["aud"]

    def test_the_page_names_everybody(self, browser):
        page = browser.open("/jupyter/").text
        assert 'value="alice"' in page and 'value="bob"' in page and "one, two" in page

    def test_only_pages_lead_to_it(self, running):
        assert get(running, "/jupyter/hub/api/user").status_code == 401
        assert requests.post(running.url + "/jupyter/hub/login", headers={"Accept": "text/html"}, timeout=30).status_code == 401

    def test_sign_out_ends_the_session(self, browser):
        browser.sign_in("alice")
        assert browser.open("/jupyter/hub/home").json()
        answer = browser.open("/jupyter/_oidc/sign_out?rd=%2Fjupyter", allow_redirects=False)
        assert answer.headers["Location"] == "/jupyter"
        assert "Choose who you are" in browser.open("/jupyter/hub/home").text

    def test_another_browser_can_not_end_it(self, running, browser):
        page = browser.open("/jupyter/")
        answer = browser.post(page.url, data={"user": "alice"}, allow_redirects=False, timeout=30)
        assert requests.get(answer.headers["Location"], timeout=30).status_code == 400

    def test_a_code_is_good_once(self, browser):
        page = browser.open("/jupyter/")
        end = browser.post(page.url, data={"user": "alice"}, allow_redirects=False, timeout=30).headers["Location"]
        assert browser.get(end, allow_redirects=False, timeout=30).status_code == 302
        assert browser.get(end, allow_redirects=False, timeout=30).status_code == 400

    @pytest.mark.parametrize("path", ["https://else.where", "//else.where", "/\\else.where", "x"])
    def test_it_leads_nowhere_else(self, running, path):
        for step in ("sign_in", "sign_out"):
            assert get(running, f"/jupyter/_oidc/{step}", params={"rd": path}).status_code == 400


class TestHeaders:
    FORGED = {TOKEN: "forged", "x-auth-id-token": "forged", "X_Auth_Id_Token": "forged", "X-Forwarded-For": "10.1.1.1", "X-Real-IP": "10.1.1.1"}

    def test_a_token_of_ones_own_is_no_way_in(self, running):
        assert get(running, "/jupyter/hub/home", headers=self.FORGED).status_code == 401

    def test_nothing_forged_gets_through(self, browser):
        browser.sign_in("alice")
        seen = browser.open("/jupyter/hub/home", headers=self.FORGED).json()["headers"]
        assert "forged" not in str(seen) and "10.1.1.1" not in str(seen)
        assert seen[TOKEN].startswith("eyJ")

    def test_a_connection_header_can_not_take_the_token_away(self, browser):
        browser.sign_in("alice")
        seen = browser.open("/jupyter/hub/home", headers={"Connection": f"close, {TOKEN}"}).json()["headers"]
        assert seen[TOKEN].startswith("eyJ")

    def test_the_session_stays_here(self, browser):
        browser.sign_in("alice")
        browser.cookies.set("other", "1")
        seen = browser.open("/jupyter/hub/home").json()["headers"]
        assert "hubfront" not in seen["Cookie"] and "other=1" in seen["Cookie"]

    def test_users_servers_get_no_token(self, browser):
        browser.sign_in("alice")
        assert TOKEN not in browser.open("/jupyter/user/bob/x").json()["headers"]

    def test_a_bearer_is_passed_on_for_the_hub_to_judge(self, running):
        token = make(running.site, running.issuer.ring, "bob", flaw="expired")
        seen = get(running, "/jupyter/hub/login", headers={"Authorization": f"Bearer {token}"}).json()["headers"]
        assert seen[TOKEN] == token
        assert "Authorization" not in seen

    def test_host_is_kept(self, running, browser):
        browser.sign_in("alice")
        assert browser.open("/jupyter/hub/home").json()["headers"]["Host"] == running.url.removeprefix("http://")


class TestRelay:
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_methods_and_bodies(self, running, browser, method):
        browser.sign_in("alice")
        seen = browser.request(method, running.url + "/jupyter/hub/api?a=%2Fb", data="x" * 100_000, timeout=30).json()
        assert (seen["uri"], len(seen["body"])) == ("/jupyter/hub/api?a=%2Fb", 100_000)

    def test_every_cookie_comes_back(self, browser):
        browser.sign_in("alice")
        answer = browser.open("/jupyter/hub/home")
        assert {"a", "b"} <= set(answer.cookies.keys())

    def test_a_stream_flows(self, running, browser):
        browser.sign_in("alice")
        lines = browser.open("/jupyter/stream", stream=True).iter_lines()
        assert next(lines) == b"data: first"
        running.call(running.go_on.set)
        assert [line for line in lines if line] == [b"data: last"]

    def test_websockets(self, running, browser):
        browser.sign_in("alice")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

        async def talk():
            url = running.url.replace("http", "ws") + "/jupyter/hub/chat"
            socket = await websocket_connect(HTTPRequest(url, headers={"Cookie": cookie, TOKEN: "forged"}), subprotocols=["v1", "v2"])
            await socket.write_message("hello")
            await socket.write_message(b"\x00" * 200_000, binary=True)
            heard = socket.selected_subprotocol, [await socket.read_message(), await socket.read_message()]
            socket.close()
            return heard

        subprotocol, (text, data) = asyncio.run(talk())
        assert subprotocol == "v2"
        assert text.startswith("hello from eyJ")
        assert len(data) == 200_000

    def test_a_websocket_needs_a_session(self, running):
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13"}
        assert get(running, "/jupyter/hub/chat", headers=upgrade).status_code == 401

    def test_without_a_hub(self, running, browser):
        browser.sign_in("alice")
        running.call(running.hub.stop)
        assert browser.open("/jupyter/hub/home").status_code == 503
        running.upstream = None
        assert browser.open("/jupyter/hub/home").status_code == 503

    def test_a_connection_that_ends_without_an_answer(self, running, browser):
        browser.sign_in("alice")
        with socket.create_server(("127.0.0.1", 0)) as tunnel:
            running.upstream = replace(running.upstream, port=tunnel.getsockname()[1])
            end = threading.Thread(target=lambda: tunnel.accept()[0].close())
            end.start()
            assert browser.open("/jupyter/hub/home").status_code == 503
            end.join()

    def test_the_version_is_for_everybody(self, running):
        assert TOKEN not in get(running, "/jupyter/hub/api", headers={TOKEN: "forged"}).json()["headers"]
        assert get(running, "/jupyter/hub/api/info").status_code == 401
        running.upstream = None
        assert get(running, "/jupyter/hub/api").status_code == 503
