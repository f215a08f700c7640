"""The proxy in front of a hub: signs people in with OpenID Connect and adds their identity token to what it passes on.

    BASE/_oidc/sign_in?rd=PATH    to the issuer's page, then to PATH
    BASE/_oidc/callback           where the issuer sends people back to
    BASE/_oidc/sign_out?rd=PATH   ends the session, then to PATH
    /_issuer/...                  the issuer that stands in for a real one: browsers reach it by the same port
    BASE/hub/api                  the hub's version, for everybody: it tells that the hub answers
    everything else               the hub, for those who are signed in

No request keeps a header of its own by the token's name. Who has a token already, such as a test with curl, sends it as
`Authorization: Bearer TOKEN`: it is passed on as it is, for the hub to accept or refuse.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from tornado import httputil, web

from hubfront.client import Registration, SignInFailed, authorization_url, fetch_token
from hubfront.relay import Unreachable, forwarded, relay
from hubfront.session import Shelf, SignIn

TOKEN_HEADER = "X-Auth-Id-Token"
ISSUER_PATH = "/_issuer"
SIGN_IN_SECONDS = 600

_BEARER = re.compile(r"[Bb]earer +([^. ]+\.[^. ]*\.[^. ]*)")
log = logging.getLogger("hubfront")


@dataclass(frozen=True)
class Upstream:
    """Where the hub is reached just now, and how the issuer knows who asks for it."""

    host: str
    port: int
    registration: Registration


# None while there is no way to the hub.
FindUpstream = Callable[[], Upstream | None]


class Front:
    """The proxy's state. `issuer_url` is a stand-in issuer that browsers reach only through this proxy; None for a real one."""

    def __init__(self, base_url: str, find_upstream: FindUpstream, issuer_url: str | None = None) -> None:
        self.base_url = base_url
        self.find_upstream = find_upstream
        self.issuer_url = issuer_url
        self.sessions: Shelf[str] = Shelf()
        self.begun: Shelf[SignIn] = Shelf()

    def application(self) -> web.Application:
        own = re.escape(self.base_url) + "/_oidc"
        handlers: list[tuple[str, type[Handler]]] = [
            (rf"{own}/sign_in", BeginSignIn),
            (rf"{own}/callback", EndSignIn),
            (rf"{own}/sign_out", SignOut),
            (rf"{ISSUER_PATH}/.*", ToIssuer),
            (r".*", ToHub),
        ]
        return web.Application([(path, handler, {"front": self}) for path, handler in handlers])

    def for_browsers(self, url: str) -> str:
        """The stand-in issuer's addresses are good only inside the pod: browsers find it below this proxy's own."""
        if self.issuer_url is not None and url.startswith(self.issuer_url + "/"):
            return ISSUER_PATH + url[len(self.issuer_url) :]
        return url


class Handler(web.RequestHandler):
    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")

    def initialize(self, front: Front) -> None:
        self.front = front

    def check_xsrf_cookie(self) -> None:
        """The hub checks what is meant for it."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")

    @property
    def cookie_name(self) -> str:
        """Browsers send cookies to every port of a host: two environments on one machine need names of their own."""
        return f"hubfront-{urlsplit('//' + self.request.host).port or 80}"

    def upstream(self) -> Upstream:
        found = self.front.find_upstream()
        if found is None:
            raise web.HTTPError(503, reason="The hub is not connected")
        return found

    def local_path(self, name: str) -> str:
        """A parameter that must be a path on this host: nobody is sent elsewhere."""
        path = self.get_query_argument(name, self.front.base_url + "/")
        if not path.startswith("/") or path.startswith(("//", "/\\")) or re.search(r"[\x00-\x20\\]", path):
            raise web.HTTPError(400, reason=f"{name} must be a path")
        return path

    def set_own_cookie(self, name: str, value: str) -> None:
        secure = self.request.headers.get("X-Forwarded-Proto", self.request.protocol) == "https"
        self.set_cookie(name, value, path="/", httponly=True, samesite="Lax", secure=secure)

    async def pass_on(self, host: str, port: int, target: str, headers: httputil.HTTPHeaders) -> None:
        if not target.startswith("/"):
            raise web.HTTPError(400, reason="The target must be a path")
        try:
            await relay(self, host, port, target, headers)
        except Unreachable:
            raise web.HTTPError(503, reason="The hub does not answer") from None


class BeginSignIn(Handler):
    async def get(self) -> None:
        origin = f"{self.request.protocol}://{self.request.host}"
        begun = SignIn(self.local_path("rd"), f"{origin}{self.front.base_url}/_oidc/callback")
        state = self.front.begun.put(begun, time.time() + SIGN_IN_SECONDS)
        try:
            url = await authorization_url(self.upstream().registration, begun, state)
        except SignInFailed as error:
            log.error("Cannot begin a sign-in: %s", error)
            raise web.HTTPError(502, reason="The identity provider cannot be asked") from None
        # Only the browser that began may end it: nobody can be signed in as somebody else by following a link.
        self.set_own_cookie(self.cookie_name + "-begun", state)
        self.redirect(self.front.for_browsers(url))


class EndSignIn(Handler):
    async def get(self) -> None:
        state = self.get_query_argument("state")
        begun = self.front.begun.take(state)
        if begun is None or state != self.get_cookie(self.cookie_name + "-begun"):
            raise web.HTTPError(400, reason="This sign-in has not begun here, or has taken too long")
        self.clear_cookie(self.cookie_name + "-begun", path="/")
        try:
            token, expires = await fetch_token(self.upstream().registration, begun, self.get_query_argument("code"))
        except SignInFailed as error:
            log.error("A sign-in failed: %s", error)
            raise web.HTTPError(502, reason="The identity provider gave no usable token") from None
        self.set_own_cookie(self.cookie_name, self.front.sessions.put(token, expires))
        self.redirect(begun.then)


class SignOut(Handler):
    def get(self) -> None:
        then = self.local_path("rd")
        self.front.sessions.take(self.get_cookie(self.cookie_name))
        self.clear_cookie(self.cookie_name, path="/")
        self.redirect(then)


class ToIssuer(Handler):
    async def prepare(self) -> None:
        if self.front.issuer_url is None:
            raise web.HTTPError(404)
        address = urlsplit(self.front.issuer_url)
        target = self.request.uri[len(ISSUER_PATH) :]
        await self.pass_on(address.hostname, address.port, target, forwarded(self.request))


class ToHub(Handler):
    async def prepare(self) -> None:
        token = self._token()
        if token is None and not self._is_for_everybody():
            self._ask_to_sign_in()
            return
        found = self.upstream()
        await self.pass_on(found.host, found.port, self.request.uri, self._headers_with(token))

    def _token(self) -> str | None:
        given = _BEARER.fullmatch(self.request.headers.get("Authorization", ""))
        return given[1] if given else self.front.sessions.get(self.get_cookie(self.cookie_name))

    def _ask_to_sign_in(self) -> None:
        is_page = self.request.method == "GET" and "text/html" in self.request.headers.get("Accept", "")
        if not is_page:
            raise web.HTTPError(401, reason="Not signed in")
        self.redirect(f"{self.front.base_url}/_oidc/sign_in?rd={quote(self.request.uri, safe='')}")

    def _headers_with(self, token: str | None) -> httputil.HTTPHeaders:
        headers = httputil.HTTPHeaders()
        for name, value in forwarded(self.request).get_all():
            if not _is_ours_to_say(name):
                headers.add(name, value)
        if _BEARER.fullmatch(headers.get("Authorization", "")):
            del headers["Authorization"]
        self._hide_own_cookies(headers)
        headers["X-Forwarded-For"] = self.request.remote_ip
        headers["X-Forwarded-Proto"] = self.request.protocol
        headers["X-Forwarded-Host"] = self.request.host
        if token is not None and self._is_for_the_hub():
            headers[TOKEN_HEADER] = token
        return headers

    def _is_for_everybody(self) -> bool:
        return self.request.method == "GET" and self.request.path == self.front.base_url + "/hub/api"

    def _is_for_the_hub(self) -> bool:
        """Users' servers run what users like, and have no use for the token."""
        path = self.request.path
        return path == self.front.base_url or not path.startswith(self.front.base_url + "/user/")

    def _hide_own_cookies(self, headers: httputil.HTTPHeaders) -> None:
        """A session is worth a token."""
        if "Cookie" not in headers:
            return
        pairs = [pair.strip() for pair in headers["Cookie"].split(";")]
        kept = [pair for pair in pairs if pair and not pair.startswith("hubfront-")]
        del headers["Cookie"]
        if kept:
            headers["Cookie"] = "; ".join(kept)


def _is_ours_to_say(name: str) -> bool:
    """Headers that the hub takes for this proxy's word, in any spelling that a server may take for theirs."""
    plain = name.lower().replace("_", "-")
    return plain.startswith(("x-auth-", "x-forwarded-", "x-real-ip", "x-scheme")) or plain == "forwarded"

