"""The other side of OpenID Connect: sends people to an issuer's page and gets their identity tokens. For any issuer, this one or a real one.

Sources: OpenID Connect Core 1.0 (section 3.1), RFC 7636. Knows nothing of sessions and hubs.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPResponse

from hubfront.session import SignIn

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
REQUEST_SECONDS = 10
LEEWAY_SECONDS = 5


class SignInFailed(Exception):
    """The issuer did not give a token that is good for this client; the message says why, without any of its content."""


@dataclass(frozen=True)
class Registration:
    """How an issuer knows this client."""

    issuer: str
    client: str
    secret: str


async def authorization_url(registration: Registration, begun: SignIn, state: str) -> str:
    """Where to send somebody who wants to sign in. Raises SignInFailed."""
    metadata = await _metadata(registration)
    digest = hashlib.sha256(begun.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": registration.client,
        "redirect_uri": begun.redirect_uri,
        "scope": "openid",
        "state": state,
        "nonce": begun.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return f"{metadata['authorization_endpoint']}?{urlencode(query)}"


async def fetch_token(registration: Registration, begun: SignIn, code: str) -> tuple[str, float]:
    """The identity token that the code stands for, and until when it is valid. Raises SignInFailed."""
    metadata = await _metadata(registration)
    credentials = f"{quote(registration.client, safe='')}:{quote(registration.secret, safe='')}"
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": begun.redirect_uri, "code_verifier": begun.verifier}
    answer = await _fetch_json(
        metadata["token_endpoint"],
        method="POST",
        headers={"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()},
        body=urlencode(body),
    )
    token = answer.get("id_token")
    claims = _verified(registration, token, await _fetch_json(metadata["jwks_uri"]))
    if claims.get("nonce") != begun.nonce:
        raise SignInFailed("the token was made for another sign-in")
    return token, float(claims["exp"])


def _verified(registration: Registration, token: Any, key_set: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = jwt.PyJWKSet.from_dict(dict(key_set))[kid]
        return jwt.decode(
            token,
            key.key,
            algorithms=list(ALGORITHMS),
            audience=registration.client,
            issuer=registration.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["aud", "exp", "iat", "iss", "sub"]},
        )
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        raise SignInFailed(f"the token is not acceptable ({type(error).__name__})") from None


async def _metadata(registration: Registration) -> Mapping[str, Any]:
    metadata = await _fetch_json(f"{registration.issuer}/.well-known/openid-configuration")
    if metadata.get("issuer") != registration.issuer:
        raise SignInFailed("the metadata is that of another issuer")
    if not all(isinstance(metadata.get(name), str) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")):
        raise SignInFailed("the issuer's metadata is incomplete")
    return metadata


async def _fetch_json(url: str, **request: Any) -> Mapping[str, Any]:
    try:
        answer: HTTPResponse = await AsyncHTTPClient().fetch(url, follow_redirects=False, request_timeout=REQUEST_SECONDS, **request)
        value = json.loads(answer.body)
    except (HTTPError, OSError) as error:
        raise SignInFailed(f"{url} can't be fetched: {error}") from None
    except ValueError:
        raise SignInFailed(f"{url} is not JSON") from None
    if not isinstance(value, Mapping):
        raise SignInFailed(f"{url} is no JSON object")
    return value
