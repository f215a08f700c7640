"""Makes identity tokens, good ones and ones with exactly one flaw. Knows nothing of HTTP.

A flawed token is right in all else, so that a test sees the check that it is about.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from hubfront.keys import ALGORITHM, Key, KeyRing, new_key
from hubfront.people import Site, claims_about

# As long as JupyterHub's own cookies, so that nobody is sent back to the sign-in page in the middle of a day's work.
LIFETIME_SECONDS = 12 * 3600


class UnknownPerson(Exception):
    """The message names who or what isn't known, and who is."""


@dataclass
class Draft:
    """A token before it is signed."""

    claims: dict[str, Any]
    key: Key
    kid: str
    algorithm: str = ALGORITHM

    def signed(self) -> str:
        secret = None if self.algorithm == "none" else self.key.pem
        if self.algorithm.startswith("HS"):
            secret = secrets.token_hex(32)
        return jwt.encode(self.claims, secret, self.algorithm, headers={"kid": self.kid})


def good_draft(site: Site, ring: KeyRing, user: str, project: str | None = None) -> Draft:
    """For one of the site's people, in all of their projects or in one. Raises UnknownPerson."""
    key = ring.signer()
    now = int(time.time())
    claims = claims_about(site, user, _projects(site, user, project))
    return Draft({**claims, "aud": site.audience, "iat": now, "exp": now + LIFETIME_SECONDS}, key, key.kid)


def _projects(site: Site, user: str, project: str | None) -> tuple[str, ...]:
    if user not in site.people:
        raise UnknownPerson(f"no user `{user}`; there are: {', '.join(site.people)}")
    known = site.people[user]
    if project is None:
        return known
    if project not in known:
        raise UnknownPerson(f"`{user}` is in no project `{project}`; the projects are: {', '.join(known)}")
    return (project,)


def _claim(**changes: Any) -> Callable[[Draft], None]:
    return lambda draft: draft.claims.update(changes)


def _expired(draft: Draft) -> None:
    draft.claims.update(iat=draft.claims["iat"] - 2 * LIFETIME_SECONDS, exp=draft.claims["iat"] - LIFETIME_SECONDS)


def _bad_signature(draft: Draft) -> None:
    draft.key = new_key()


def _unknown_kid(draft: Draft) -> None:
    draft.key = new_key()
    draft.kid = draft.key.kid


def _algorithm(name: str) -> Callable[[Draft], None]:
    return lambda draft: setattr(draft, "algorithm", name)


# By the name of their option, without the dashes.
FLAWS: Mapping[str, tuple[str, Callable[[Draft], None]]] = {
    "expired": ("was valid once", _expired),
    "wrong-audience": ("is for somebody else", _claim(aud="somebody-else")),
    "wrong-issuer": ("says that another issuer made it", _claim(iss="http://somebody-else.invalid")),
    "bad-signature": ("is signed with another key than it names", _bad_signature),
    "unknown-kid": ("names a key that isn't published", _unknown_kid),
    "shared-secret": ("is signed with HS256", _algorithm("HS256")),
    "unsigned": ("isn't signed at all", _algorithm("none")),
    "no-name": ("has no short_name", lambda draft: draft.claims.pop("short_name")),
    "no-projects": ("names no project", _claim(projects={})),
}


def make(site: Site, ring: KeyRing, user: str, project: str | None = None, flaw: str | None = None) -> str:
    """A token, with the flaw of that name if there is one. Raises UnknownPerson."""
    draft = good_draft(site, ring, user, project)
    if flaw is not None:
        FLAWS[flaw][1](draft)
    return draft.signed()
