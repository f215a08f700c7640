"""BricsAuthenticator: signs in whoever comes with a valid identity token for this platform.

A proxy in front of the hub puts the token into a request header. This file knows JupyterHub's handlers; how tokens are checked is `oidc`,
what their projects mean is `projects`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.login import LogoutHandler
from tornado import web
from traitlets import Bool, Float, Unicode, default

from bricsauthenticator.oidc import Expected, InvalidToken, Issuer, IssuerError, verify
from bricsauthenticator.projects import projects_on_platform

TOKEN_HEADER = "X-Auth-Id-Token"
# Set on the way to the sign-out that an invalid token causes: the second time in a row is an error, or the browser would go round for ever.
SIGN_OUT_COOKIE = "brics-sign-out"
SIGN_OUT_SECONDS = 60

_SHORT_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}")


class VerifiedIdentity(dict):
    """`username` and `auth_state` out of a token that was checked. A type of its own: no request body can be one."""


class BricsLoginHandler(BaseHandler):
    """`GET /login`: signs in with the token of the request.

    401 without a token or with one that is not acceptable, 403 for a user without projects here or one whom the hub's own rules keep out,
    500 if the issuer cannot be asked.
    """

    def initialize(self, oidc_server: str, platform: str, jwt_audience: str, jwt_leeway: float) -> None:
        self._platform = platform
        self._expected = Expected(oidc_server, jwt_audience, jwt_leeway)

    async def get(self) -> None:
        token = self.request.headers.get(TOKEN_HEADER, "")
        if not token:
            raise web.HTTPError(401, f"Missing {TOKEN_HEADER} header")
        try:
            identity = identity_in(await self._claims(token), self._platform)
        except InvalidToken as error:
            self._refuse(error)
            return
        await self._sign_in(identity)

    async def _claims(self, token: str) -> Mapping[str, Any]:
        try:
            return await verify(token, self.authenticator.issuer(self._expected.issuer), self._expected)
        except IssuerError as error:
            self.log.error("Cannot check a token: %s", error)
            raise web.HTTPError(500, "The identity provider cannot be asked. Try again later") from None

    def _refuse(self, error: InvalidToken) -> None:
        self.log.warning("Refusing a token: %s", error)
        been_here = self.get_cookie(SIGN_OUT_COOKIE) is not None
        if been_here:
            self.clear_cookie(SIGN_OUT_COOKIE, path=self.hub.base_url)
        if been_here or not self.authenticator.invalid_jwt_logout:
            raise web.HTTPError(401, f"Invalid JWT token: {error}")
        self.set_cookie(SIGN_OUT_COOKIE, "1", path=self.hub.base_url, max_age=SIGN_OUT_SECONDS, httponly=True, samesite="Lax")
        self.redirect(self.authenticator.logout_url(self.hub.base_url))

    async def _sign_in(self, identity: VerifiedIdentity) -> None:
        if not identity["auth_state"]:
            raise web.HTTPError(403, "No projects with valid platform")
        user = await self.login_user(identity)
        if user is None:
            raise web.HTTPError(403, "This user may not sign in here")
        self.clear_cookie(SIGN_OUT_COOKIE, path=self.hub.base_url)
        self.redirect(self.get_next_url(user))


class BricsLogoutHandler(LogoutHandler):
    """`GET /logout`: the hub's own sign-out, and on to where the proxy's session ends."""

    async def render_logout_page(self) -> None:
        self.redirect(self.authenticator.logout_redirect_url)


class BricsAuthenticator(Authenticator):
    """Signs in by identity token. Whoever has a valid one may come in, unless `allowed_users` says who may."""

    oidc_server = Unicode("https://keycloak.isambard.ac.uk/realms/isambard", help="The issuer of the tokens, their `iss`.").tag(config=True)
    brics_platform = Unicode(
        "brics.aip1.notebooks.shared", help="Which of a project's resources must exist, and gives the account name."
    ).tag(config=True)
    jwt_audience = Unicode("zenith-jupyter", help="The audience that tokens must be for, their `aud`.").tag(config=True)
    jwt_leeway = Float(5.0, help="By how many seconds the issuer's clock may differ from this one.").tag(config=True)
    logout_redirect_url = Unicode("", help="Where the browser goes after the hub's own sign-out; empty for the login page.").tag(config=True)
    invalid_jwt_logout = Bool(False, help="Whether an invalid token leads to the sign-out, once, before it is an error.").tag(config=True)

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self._issuers: dict[str, Issuer] = {}

    @default("allow_all")
    def _allow_all_unless_some_are_named(self) -> bool:
        return not (self.allowed_users or self.allow_existing_users)

    def issuer(self, url: str) -> Issuer:
        """The issuer at `url`, the same object each time, so that what it publishes is fetched once."""
        return self._issuers.setdefault(url, Issuer(url))

    def get_handlers(self, app) -> list[tuple]:
        """`/login`, and `/logout` if there is somewhere to go from it. Also keeps tokens out of `app`'s request log."""
        _keep_tokens_out_of_log(app)
        handlers: list[tuple] = [(r"/login", BricsLoginHandler, self._login_settings())]
        if self.logout_redirect_url:
            handlers.append((r"/logout", BricsLogoutHandler))
        return handlers

    def _login_settings(self) -> dict[str, Any]:
        return {
            "oidc_server": self.oidc_server,
            "platform": self.brics_platform,
            "jwt_audience": self.jwt_audience,
            "jwt_leeway": self.jwt_leeway,
        }

    async def authenticate(self, handler, data):
        """The user of a verified identity. Raises NotImplementedError for anything else, such as a form with a password."""
        if not isinstance(data, VerifiedIdentity):
            raise NotImplementedError("BricsAuthenticator signs in by token only")
        return {"name": data["username"], "auth_state": data["auth_state"]}


def identity_in(claims: Mapping[str, Any], platform: str) -> VerifiedIdentity:
    """Who the claims of a verified token are about, with the projects on `platform`. Raises InvalidToken without a usable name."""
    short_name = claims.get("short_name")
    if not isinstance(short_name, str) or not _SHORT_NAME.fullmatch(short_name):
        raise InvalidToken("its short_name is not a user name")
    return VerifiedIdentity(username=short_name, auth_state=projects_on_platform(claims.get("projects"), platform))


def _keep_tokens_out_of_log(app) -> None:
    """The hub logs all headers of a request that failed, and the proxy adds the token to every request."""
    settings = getattr(app, "tornado_settings", None)
    if isinstance(settings, dict) and "log_function" in settings:
        settings["log_function"] = _without_token(settings["log_function"])


def _without_token(log_function: Callable) -> Callable:
    def log(handler) -> None:
        handler.request.headers.pop(TOKEN_HEADER, None)
        log_function(handler)

    return log
