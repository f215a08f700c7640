"""Checks an identity token against its issuer's published keys.

Sources: OpenID Connect Discovery 1.0 (sections 3 and 4), RFC 7517 (key sets), RFC 7519 (tokens), RFC 8725 (what to refuse). Nothing here knows
about JupyterHub or projects, and no token is ever part of a message.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from tornado.httpclient import AsyncHTTPClient, HTTPError

# Signatures that only the issuer can make, by the type of their key. Never HS*: its key would be one that this side holds too.
KEY_TYPES = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "EdDSA": "OKP",
}
REQUIRED_CLAIMS = ("aud", "exp", "iss", "iat", "short_name", "projects")

DISCOVERY_SECONDS = 3600.0
KEYS_SECONDS = 600.0
# A token with an unknown key asks for new keys; anybody can send such tokens, so they are heard this often in so many seconds.
REFETCHES = 3
REFETCH_SECONDS = 30.0
# After a failure the issuer is left alone for this long.
RETRY_SECONDS = 2.0
REQUEST_SECONDS = 10.0

Fetch = Callable[[str], Awaitable[Any]]
Clock = Callable[[], float]


class InvalidToken(Exception):
    """The token is not acceptable; the message says why."""


class IssuerError(Exception):
    """The issuer cannot be asked, or publishes something unusable; says nothing about any token."""


@dataclass(frozen=True)
class Expected:
    """What a token must say: its issuer and audience, with clocks allowed to differ by `leeway` seconds."""

    issuer: str
    audience: str
    leeway: float


async def verify(token: str, issuer: "Issuer", expected: Expected) -> Mapping[str, Any]:
    """The claims of `token`. Raises InvalidToken, or IssuerError if its keys cannot be had."""
    header = _header(token)
    key = await issuer.key(header["alg"], header.get("kid"))
    try:
        return jwt.decode(
            token,
            key.key,
            algorithms=[header["alg"]],
            audience=expected.audience,
            issuer=expected.issuer,
            leeway=expected.leeway,
            options={"require": list(REQUIRED_CLAIMS)},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidToken(_reason(error)) from None


class Issuer:
    """An issuer's metadata and keys, fetched when needed and kept for a while. For one event loop."""

    def __init__(self, url: str, fetch: Fetch | None = None, clock: Clock = time.monotonic) -> None:
        """`url` is the issuer identifier, the `iss` of its tokens. `fetch` gives the JSON value at a URL or raises IssuerError."""
        self._url = url
        self._fetch = fetch or fetch_json
        self._metadata = _Kept(self._load_metadata, DISCOVERY_SECONDS, clock)
        self._keys = _Kept(self._load_keys, KEYS_SECONDS, clock)

    async def key(self, algorithm: str, kid: str | None) -> jwt.PyJWK:
        """The key that `kid` names, or without `kid` the only one that fits. Raises InvalidToken if there is none, and IssuerError."""
        metadata = await self._metadata.get()
        if algorithm not in _advertised(metadata):
            raise InvalidToken(f"the issuer does not sign with {algorithm}")
        keys = await self._keys.get()
        found = _pick(keys, algorithm, kid) or _pick(await self._keys.newer_than(keys), algorithm, kid)
        if found is None:
            raise InvalidToken("signed with a key that the issuer does not publish")
        return found

    async def _load_metadata(self) -> Mapping[str, Any]:
        metadata = await self._fetch(f"{self._url.rstrip('/')}/.well-known/openid-configuration")
        if not isinstance(metadata, Mapping) or metadata.get("issuer") != self._url:
            raise IssuerError(f"the metadata of {self._url} is that of another issuer")
        if not _is_fetchable(metadata.get("jwks_uri"), self._url):
            raise IssuerError(f"the metadata of {self._url} names no usable jwks_uri")
        return metadata

    async def _load_keys(self) -> list[Any]:
        metadata = await self._metadata.get()
        key_set = await self._fetch(metadata["jwks_uri"])
        keys = key_set.get("keys") if isinstance(key_set, Mapping) else None
        if not isinstance(keys, list):
            raise IssuerError(f"{self._url} publishes no key set")
        return keys


class _Kept:
    """A value that is loaded once for all who wait for it, and again when it is too old."""

    def __init__(self, load: Callable[[], Awaitable[Any]], seconds: float, clock: Clock) -> None:
        self._load = load
        self._seconds = seconds
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: Any = None
        self._loaded_at: float | None = None
        self._failure: IssuerError | None = None
        self._failed_at = 0.0
        self._early: deque[float] = deque(maxlen=REFETCHES)

    async def get(self) -> Any:
        """The value, at most as old as it may be."""
        async with self._lock:
            if self._loaded_at is None or self._clock() - self._loaded_at >= self._seconds:
                await self._reload()
            return self._value

    async def newer_than(self, known: Any) -> Any:
        """A value that was loaded after `known` was; `known` itself if that would be too often."""
        async with self._lock:
            if self._value is known and self._may_reload_early():
                await self._reload()
                self._early.append(self._clock())
            return self._value

    def _may_reload_early(self) -> bool:
        return len(self._early) < REFETCHES or self._clock() - self._early[0] >= REFETCH_SECONDS

    def _refuse_if_just_failed(self) -> None:
        if self._failure is not None and self._clock() - self._failed_at < RETRY_SECONDS:
            raise IssuerError(str(self._failure))

    async def _reload(self) -> None:
        self._refuse_if_just_failed()
        try:
            self._value = await self._load()
        except IssuerError as error:
            self._failure, self._failed_at = error, self._clock()
            raise
        self._loaded_at, self._failure = self._clock(), None


async def fetch_json(url: str) -> Any:
    """The JSON value at `url`; raises IssuerError. Follows no redirects: who publishes keys is not for others to say."""
    try:
        response = await AsyncHTTPClient().fetch(url, follow_redirects=False, request_timeout=REQUEST_SECONDS)
        return json.loads(response.body)
    except (HTTPError, OSError) as error:
        raise IssuerError(f"cannot fetch {url}: {error}") from None
    except (ValueError, RecursionError):
        raise IssuerError(f"{url} is not JSON") from None


def _header(token: str) -> Mapping[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken(_reason(error)) from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        raise InvalidToken("its signature algorithm is not accepted")
    if "crit" in header:
        # RFC 7515, section 4.1.11: who does not know an extension that is marked critical refuses the token.
        raise InvalidToken("it needs an extension that is not known here")
    return header


def _reason(error: Exception) -> str:
    """One short line for people and logs. The library's texts can repeat a header's content; other errors' texts are not kept at all."""
    if not isinstance(error, jwt.PyJWTError):
        return "malformed"
    return " ".join(ascii(str(error))[1:-1].split())[:200]


def _advertised(metadata: Mapping[str, Any]) -> list[Any]:
    advertised = metadata.get("id_token_signing_alg_values_supported")
    return advertised if isinstance(advertised, list) else ["RS256"]


def _pick(keys: list[Any], algorithm: str, kid: str | None) -> jwt.PyJWK | None:
    named = [key for key in keys if _fits(key, algorithm) and kid in (None, key.get("kid"))]
    usable = [key for key in (_public_key(key, algorithm) for key in named) if key is not None]
    return usable[0] if len(usable) == 1 else None


def _fits(key: Any, algorithm: str) -> bool:
    return (
        isinstance(key, Mapping)
        and key.get("kty") == KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _public_key(key: Mapping[str, Any], algorithm: str) -> jwt.PyJWK | None:
    try:
        return jwt.PyJWK(dict(key), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def _is_fetchable(text: Any, issuer: str) -> bool:
    """Whether `text` is a URL at least as safe as the issuer's own: keys that are trusted over https are not fetched without it."""
    try:
        return isinstance(text, str) and urlsplit(text).scheme in {"https", urlsplit(issuer).scheme} and bool(urlsplit(text).netloc)
    except ValueError:
        return False
