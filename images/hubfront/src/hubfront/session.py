"""Who is signed in, and who is on the way to it. Sessions live in memory: after a restart people choose again who they are.

Knows nothing of HTTP.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Kept = TypeVar("Kept")
MOST = 10_000


@dataclass(frozen=True)
class SignIn:
    """A sign-in that has begun: what the answer must fit, and where to go then."""

    then: str
    redirect_uri: str
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


class Shelf(Generic[Kept]):
    """Things under names that can't be guessed, each until its time is over. The oldest go first when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._things: dict[str, tuple[float, Kept]] = {}

    def put(self, thing: Kept, until: float) -> str:
        now = self._clock()
        self._things = {name: kept for name, kept in list(self._things.items())[1 - MOST :] if kept[0] > now}
        name = secrets.token_urlsafe(32)
        self._things[name] = (until, thing)
        return name

    def get(self, name: str | None) -> Kept | None:
        until, thing = self._things.get(name or "", (0.0, None))
        return thing if until > self._clock() else None

    def take(self, name: str | None) -> Kept | None:
        thing = self.get(name)
        self._things.pop(name or "", None)
        return thing
