"""This hub's own keys: kept in files that only the operator may read, and read again whenever these change.

``root.json`` vouches and may be elsewhere. ``signing.json`` signs; ``next.json`` is a key that has been announced and
will sign soon. ``keyset.json`` says which keys speak for the hub: replacing that one file is what rotates a key.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from federation import canonical
from federation.errors import ProtocolError
from federation.keys import PublicKey, SigningKey
from federation.keyset import Keyset, OnlineKey

ROOT, SIGNING, NEXT, KEYSET = "root.json", "signing.json", "next.json", "keyset.json"
SIGNING_KEY_LIFE = timedelta(days=400)
EARLIER = timedelta(minutes=5)
"""A new key is valid from a little before now on: the clocks of others may be behind."""
_log = logging.getLogger("hubnode.keys")


class BadIdentity(Exception):
    """The key files are missing or unusable; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this hub is to others: its origin, the key that signs online, and the keyset that vouches for it."""

    origin: str
    signing: SigningKey
    keyset: Keyset

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the root key: what two administrators read to each other."""
        return self.keyset.fingerprint


def create(folder: Path, origin: str, now: datetime) -> Identity:
    """Make root key, signing key and keyset in `folder`; what is already there is never replaced."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / KEYSET).exists():
        return load(folder, origin, now)
    root, signing = SigningKey.generate("root"), SigningKey.generate(f"k{now:%Y%m%d}")
    online = OnlineKey(signing.public, now - EARLIER, now + SIGNING_KEY_LIFE)
    keyset = Keyset.first(origin, root, [online])
    write_key(folder / ROOT, root)
    write_key(folder / SIGNING, signing)
    write(folder / KEYSET, keyset.to_bytes())
    return Identity(origin, signing, keyset)


def load(folder: Path, origin: str, now: datetime) -> Identity:
    """The identity kept in `folder`; raises `BadIdentity` where the keys are missing, foreign or expired.

    The root key file is not needed for it and may be kept offline. The announced key signs once the one before it may
    not any more.
    """
    try:
        # The keys first: whoever replaces the files writes the keyset that vouches for a key before the key's own file.
        keys = [read_key(folder / SIGNING), *([read_key(folder / NEXT)] if (folder / NEXT).exists() else [])]
    except FileNotFoundError as error:
        raise BadIdentity(f"{error.filename} is missing; run: hubnode init") from error
    except (ValueError, ProtocolError) as error:
        raise BadIdentity(f"the keys in {folder} can't be read: {error}") from error
    keyset = read_keyset(folder, origin)
    for signing in keys:
        if fits(keyset, signing, now):
            return Identity(origin, signing, keyset)
    raise BadIdentity(f"signing key {keys[0].id} is not valid now under the keyset in {folder}")


def read_keyset(folder: Path, origin: str) -> Keyset:
    """The keyset kept in `folder`, also where none of its keys is valid any more; raises `BadIdentity`."""
    try:
        document = canonical.decode((folder / KEYSET).read_bytes())
        return Keyset.parse(document, _root_of(document), origin=origin)
    except FileNotFoundError as error:
        raise BadIdentity(f"{error.filename} is missing; run: hubnode init") from error
    except (ValueError, ProtocolError) as error:
        raise BadIdentity(f"the keys in {folder} do not fit {origin}: {error}") from error


def fits(keyset: Keyset, key: SigningKey, now: datetime) -> bool:
    """Whether `key` may sign now under this keyset."""
    valid = keyset.key_at(key.id, now)
    return valid is not None and valid.raw == key.public.raw


class Keyring:
    """The identity of a running node: cheap to ask, and never older than the files, whichever process wrote them.

    A request in flight keeps the `Identity` that it was given.
    """

    def __init__(self, folder: Path, origin: str, now: datetime) -> None:
        self.folder = folder
        self._origin = origin
        self._lock = threading.Lock()
        self._held = (_stamp(folder), load(folder, origin, now))
        self._told = ""

    def at(self, now: datetime) -> Identity:
        """The identity as the files say now; if they can't be used any more, the last one that could."""
        stamp, held = self._held
        if stamp == _stamp(self.folder) and fits(held.keyset, held.signing, now):
            return held
        with self._lock:
            return self._again(now)

    def _again(self, now: datetime) -> Identity:
        """Read the files, once more if they were replaced meanwhile."""
        for _ in range(3):
            stamp = _stamp(self.folder)
            try:
                found = load(self.folder, self._origin, now)
            except BadIdentity as problem:
                self._tell(str(problem))
                found = self._held[1]
            if stamp == _stamp(self.folder):
                break
        self._held = (stamp, found)
        return found

    def _tell(self, problem: str) -> None:
        if problem != self._told:
            _log.warning("the key files can't be used: %s", problem)
            self._told = problem


def _stamp(folder: Path) -> tuple[object, ...]:
    """Differs whenever one of the files was replaced."""
    return tuple(_file_stamp(folder / name) for name in (SIGNING, NEXT, KEYSET))


def _file_stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _root_of(document: object) -> PublicKey:
    """The root key that the keyset itself names: at home there is nobody else to pin it."""
    if not isinstance(document, dict) or not isinstance(document.get("root"), str):
        raise ValueError("keyset.json is no keyset")
    return PublicKey.from_text("root", document["root"])


def read_key(path: Path) -> SigningKey:
    """The private key in a file; raises `FileNotFoundError`, `ValueError` or `ProtocolError`."""
    return SigningKey.from_json(json.loads(path.read_text("ascii")))


def write_key(path: Path, key: SigningKey) -> None:
    """Keep a private key in a file that only its owner may read, complete or not at all."""
    write(path, json.dumps(key.to_json()).encode())


def write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, complete or not at all."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Let the names of the files in a folder outlive a loss of power, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
