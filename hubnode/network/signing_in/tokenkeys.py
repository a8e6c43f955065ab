"""The keys with which this node signs tokens and its proofs as a client: made here, published, replaced in time.

They lie in ``keys/tokens.json``, which only the operator may read. A new key is published a day before it signs, and
the one before stays published until what it signed has expired: no cache of another hub meets a key it can't know.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from federation.signin import ALGORITHM
from hubnode.network.identity import write

FILE = "tokens.json"
LIFE = timedelta(days=90)
"""How long a key signs."""
OVERLAP = timedelta(days=1)
"""How long a key is published before it signs, and after it has signed for the last time."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """One key and the moment from which it signs; the next one takes over at its own moment."""

    key: ECKey
    signs_from: datetime

    @property
    def kid(self) -> str:
        """Its name: the thumbprint of RFC 7638."""
        return self.key.thumbprint()

    def public(self) -> dict[str, Any]:
        """What others may know of it."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


class TokenKeys:
    """The keys of a running node; never older than the file, whichever process wrote it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: tuple[object, tuple[TokenKey, ...]] = (None, ())

    def sign(self, claims: Mapping[str, Any], kind: str, now: datetime) -> str:
        """A token of these claims whose header says what `kind` it is (``typ``)."""
        signing = self._signing(now)
        header = {"alg": ALGORITHM, "kid": signing.kid, "typ": kind}
        return jwt.encode(header, dict(claims), signing.key, [ALGORITHM])

    def published(self, now: datetime) -> dict[str, list[dict[str, Any]]]:
        """The JWK set (RFC 7517) of all keys whose signatures others may meet now."""
        self._signing(now)
        return {"keys": [one.public() for one in self._read()]}

    def tend(self, now: datetime) -> bool:
        """Make the first key, announce the next in time, and drop what is done with; whether anything changed."""
        if _tended(self._read(), now) == self._read():
            return False
        with self._locked():
            self._write(_tended(self._read(), now))
        return True

    def rotate(self, now: datetime, overlap: timedelta = OVERLAP) -> str:
        """Announce a new key that signs after `overlap`, at once where that is zero; answers its name."""
        with self._locked():
            made = TokenKey(_generate(), now + overlap)
            held = [one for one in self._read() if one.signs_from <= now]
            self._write([*held, made] if overlap else [made])
        return made.kid

    def _signing(self, now: datetime) -> TokenKey:
        ready = [one for one in self._read() if one.signs_from <= now]
        if not ready:
            self.tend(now)
            ready = [one for one in self._read() if one.signs_from <= now]
        return ready[-1]

    def _read(self) -> tuple[TokenKey, ...]:
        path = self._folder / FILE
        try:
            found = os.stat(path)
        except FileNotFoundError:
            return ()
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self._held[0] != stamp:
            self._held = (stamp, tuple(_parsed(one) for one in json.loads(path.read_text("ascii"))))
        return self._held[1]

    def _write(self, keys: Sequence[TokenKey]) -> None:
        document = [{**one.key.as_dict(private=True), "signs_from": one.signs_from.isoformat()} for one in keys]
        write(self._folder / FILE, json.dumps(document).encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone with the file, among threads and processes."""
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            with self._lock:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
        finally:
            os.close(handle)


def _tended(keys: Sequence[TokenKey], now: datetime) -> tuple[TokenKey, ...]:
    ready = [one for one in keys if one.signs_from <= now]
    waiting = [one for one in keys if one.signs_from > now]
    if not ready:
        return (TokenKey(_generate(), now), *waiting)
    newest = ready[-1]
    if not waiting and now >= newest.signs_from + LIFE - OVERLAP:
        waiting = [TokenKey(_generate(), max(now + OVERLAP, newest.signs_from + LIFE))]
    kept = ready if now < newest.signs_from + OVERLAP else [newest]
    return (*kept, *waiting)


def _generate() -> ECKey:
    return ECKey.generate_key("P-256", private=True)


def _parsed(document: dict[str, Any]) -> TokenKey:
    signs_from = datetime.fromisoformat(document.pop("signs_from")).astimezone(UTC)
    return TokenKey(ECKey.import_key(document), signs_from)
