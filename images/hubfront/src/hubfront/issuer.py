"""An OpenID Connect issuer without passwords: whoever opens its page chooses which of the people to be.

Sources: OpenID Connect Core 1.0 (section 3.1, the code flow), Discovery 1.0 (section 3), RFC 7636 (PKCE), RFC 6749 (errors). Knows
nothing of hubs; what tokens say is `tokens`.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from tornado import web
from tornado.template import Template

from hubfront.keys import ALGORITHM, KeyRing
from hubfront.people import Site
from hubfront.tokens import UnknownPerson, good_draft

CODE_SECONDS = 60
MOST_CODES = 1000

# Clients by id, and their secrets. Asked anew each time: a client may be registered while the issuer runs.
Clients = Callable[[], Mapping[str, str]]

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Choose who you are</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem; color: #222 }
  button { display: block; width: 100%; margin: .75rem 0; padding: .75rem 1rem; font: inherit; text-align: left;
           background: #fff; border: 1px solid #bbb; border-radius: .5rem; cursor: pointer }
  button:hover, button:focus { border-color: #f37726 }
  small { display: block; color: #666 }
</style>
<h1>Choose who you are</h1>
<p>This identity provider stands in for a real one while you develop. It asks for no password.</p>
<form method="post">
{% for user, projects in people.items() %}
  <button name="user" value="{{ user }}">{{ user }}<small>{{ ", ".join(projects) }}</small></button>
{% end %}
</form>
</html>
"""


@dataclass(frozen=True)
class Grant:
    """What a code can be exchanged for, and by whom."""

    user: str
    client: str
    redirect_uri: str
    nonce: str | None
    challenge: str
    expires: float


class Issuer:
    """The issuer's state: its keys, and the codes that wait to be exchanged."""

    def __init__(self, site: Site, ring: KeyRing, clients: Clients) -> None:
        self.site = site
        self.ring = ring
        self.clients = clients
        self._grants: dict[str, Grant] = {}

    def application(self) -> web.Application:
        handlers = [
            (r"/\.well-known/openid-configuration", Metadata),
            (r"/jwks", KeySet),
            (r"/authorize", Authorize),
            (r"/token", Token),
        ]
        return web.Application([(path, handler, {"issuer": self}) for path, handler in handlers])

    def metadata(self) -> dict[str, Any]:
        url = self.site.issuer
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid"],
            "claims_supported": ["aud", "exp", "iat", "iss", "nonce", "projects", "short_name", "sub"],
        }

    def grant(self, grant: Grant) -> str:
        """A code for it, good once and for a minute."""
        self._forget_old()
        code = secrets.token_urlsafe(32)
        self._grants[code] = grant
        return code

    def redeem(self, code: str) -> Grant | None:
        grant = self._grants.pop(code, None)
        return grant if grant is not None and grant.expires > time.monotonic() else None

    def _forget_old(self) -> None:
        now = time.monotonic()
        self._grants = {code: grant for code, grant in list(self._grants.items())[-MOST_CODES:] if grant.expires > now}


class Handler(web.RequestHandler):
    def initialize(self, issuer: Issuer) -> None:
        self.issuer = issuer

    def set_default_headers(self) -> None:
        self.set_header("Cache-Control", "no-store")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.finish({"error": self._reason})


class Metadata(Handler):
    def get(self) -> None:
        self.write(self.issuer.metadata())


class KeySet(Handler):
    def get(self) -> None:
        self.write(self.issuer.ring.key_set())


class Authorize(Handler):
    """The page, and what its buttons do. A request that isn't right gets 400 here and leads nowhere else."""

    def get(self) -> None:
        self._check()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        self.finish(self._page())

    def post(self) -> None:
        self._check()
        user = self.get_body_argument("user")
        if user not in self.issuer.site.people:
            raise web.HTTPError(400, reason="no such user")
        redirect_uri = self.get_query_argument("redirect_uri")
        code = self.issuer.grant(
            Grant(
                user=user,
                client=self.get_query_argument("client_id"),
                redirect_uri=redirect_uri,
                nonce=self.get_query_argument("nonce", None),
                challenge=self.get_query_argument("code_challenge"),
                expires=time.monotonic() + CODE_SECONDS,
            )
        )
        self.redirect(f"{redirect_uri}?{urlencode({'code': code, 'state': self.get_query_argument('state', '')})}", status=303)

    def _page(self) -> str:
        return Template(PAGE).generate(people=self.issuer.site.people).decode()

    def _check(self) -> None:
        wanted = {"response_type": "code", "code_challenge_method": "S256"}
        for name, value in wanted.items():
            if self.get_query_argument(name) != value:
                raise web.HTTPError(400, reason=f"{name} must be {value}")
        if "openid" not in self.get_query_argument("scope").split():
            raise web.HTTPError(400, reason="scope must have openid")
        if self.get_query_argument("client_id") not in self.issuer.clients():
            raise web.HTTPError(400, reason="unknown client_id")
        if not self._is_ours(self.get_query_argument("redirect_uri")):
            raise web.HTTPError(400, reason="redirect_uri must be on this host")
        self.get_query_argument("code_challenge")

    def _is_ours(self, uri: str) -> bool:
        """A client's address is the one that its users type, which the issuer can't know beforehand: it is the page's own, too."""
        parts = urlsplit(uri)
        return parts.scheme in ("http", "https") and parts.netloc == self.request.host and not parts.query and not parts.fragment


class Token(Handler):
    """Exchanges a code for an identity token."""

    def check_xsrf_cookie(self) -> None:
        """No browser comes here."""

    def post(self) -> None:
        client = self._client()
        grant = self.issuer.redeem(self.get_body_argument("code"))
        if self.get_body_argument("grant_type") != "authorization_code":
            self._refuse(400, "unsupported_grant_type")
        elif grant is None or not self._fits(grant, client):
            self._refuse(400, "invalid_grant")
        else:
            self.write({"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "id_token": self._id_token(grant)})

    def _client(self) -> str:
        name, secret = self._credentials()
        known = self.issuer.clients().get(name)
        if known is None or not hmac.compare_digest(known.encode(), secret.encode()):
            self.set_header("WWW-Authenticate", "Basic")
            raise web.HTTPError(401, reason="invalid_client")
        return name

    def _credentials(self) -> tuple[str, str]:
        kind, _, value = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic":
            return self.get_body_argument("client_id", ""), self.get_body_argument("client_secret", "")
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return unquote(name), unquote(secret)

    def _fits(self, grant: Grant, client: str) -> bool:
        digest = hashlib.sha256(self.get_body_argument("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return (
            grant.client == client
            and grant.redirect_uri == self.get_body_argument("redirect_uri")
            and hmac.compare_digest(grant.challenge.encode(), challenge.encode())
        )

    def _id_token(self, grant: Grant) -> str:
        try:
            draft = good_draft(self.issuer.site, self.issuer.ring, grant.user)
        except UnknownPerson:
            raise web.HTTPError(400, reason="invalid_grant") from None
        draft.claims["aud"] = list(dict.fromkeys((grant.client, self.issuer.site.audience)))
        draft.claims["azp"] = grant.client
        if grant.nonce is not None:
            draft.claims["nonce"] = grant.nonce
        return draft.signed()

    def _refuse(self, status: int, error: str) -> None:
        self.set_status(status)
        self.write({"error": error})
