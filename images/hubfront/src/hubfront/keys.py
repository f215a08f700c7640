"""The issuer's signing keys: one signs, those before it stay published for as long as a token of theirs can be valid.

They are kept in one file, which is replaced as a whole, so that `rotate` in one process and the server in another see each other's work.
Knows nothing of tokens and of HTTP.
"""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ALGORITHM = "RS256"


@dataclass(frozen=True)
class Key:
    kid: str
    pem: str
    published_until: float | None
    """Seconds since the epoch; None for the key that signs."""

    def public(self) -> dict[str, Any]:
        """The key as an entry of a key set (RFC 7517)."""
        private = serialization.load_pem_private_key(self.pem.encode(), password=None)
        published = jwt.get_algorithm_by_name(ALGORITHM).to_jwk(private.public_key(), as_dict=True)
        return {**published, "kid": self.kid, "use": "sig", "alg": ALGORITHM}


def new_key() -> Key:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Key(secrets.token_hex(8), pem.decode(), None)


class KeyRing:
    """The keys in `folder`, which is made if it isn't there. Readable for its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "keys.json"

    def signer(self) -> Key:
        """The key that signs now; made when first asked for."""
        return self._keys()[0]

    def key_set(self) -> dict[str, Any]:
        """What verifies tokens that are valid now."""
        now = time.time()
        return {"keys": [key.public() for key in self._keys() if key.published_until is None or key.published_until > now]}

    def rotate(self, overlap: float) -> Key:
        """Makes a new key sign, and publishes the one before it for `overlap` more seconds. The new key."""
        now = time.time()
        with self._locked():
            made = new_key()
            before = [Key(key.kid, key.pem, key.published_until or now + overlap) for key in self._read()]
            self._write([made, *(key for key in before if key.published_until > now)])
        return made

    def _keys(self) -> list[Key]:
        keys = self._read()
        if keys:
            return keys
        with self._locked():
            keys = self._read() or [new_key()]
            self._write(keys)
        return keys

    def _read(self) -> list[Key]:
        try:
            return [Key(**entry) for entry in json.loads(self._file.read_text())]
        except FileNotFoundError:
            return []

    def _write(self, keys: list[Key]) -> None:
        new = self._file.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump([vars(key) for key in keys], file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self._folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
