"""This hub's own keys: made once, kept in files that only the operator may read, checked at every start."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from federation import canonical
from federation.errors import ProtocolError
from federation.keys import PublicKey, SigningKey
from federation.keyset import Keyset, OnlineKey

SIGNING_KEY_LIFE = timedelta(days=400)


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
    if (folder / "keyset.json").exists():
        return load(folder, origin, now)
    root, signing = SigningKey.generate("root"), SigningKey.generate(f"k{now:%Y%m%d}")
    online = OnlineKey(signing.public, now - timedelta(minutes=5), now + SIGNING_KEY_LIFE)
    keyset = Keyset.first(origin, root, [online])
    _write(folder / "root.json", json.dumps(root.to_json()).encode())
    _write(folder / "signing.json", json.dumps(signing.to_json()).encode())
    _write(folder / "keyset.json", keyset.to_bytes())
    return Identity(origin, signing, keyset)


def load(folder: Path, origin: str, now: datetime) -> Identity:
    """The identity kept in `folder`; raises `BadIdentity` where the keys are missing, foreign or expired.

    The root key file is not needed for it and may be kept offline.
    """
    try:
        signing = SigningKey.from_json(json.loads((folder / "signing.json").read_text("ascii")))
        document = canonical.decode((folder / "keyset.json").read_bytes())
        keyset = Keyset.parse(document, _root_of(document), origin=origin)
    except FileNotFoundError as error:
        raise BadIdentity(f"{error.filename} is missing; run: hubnode init") from error
    except (ValueError, ProtocolError) as error:
        raise BadIdentity(f"the keys in {folder} do not fit {origin}: {error}") from error
    valid = keyset.key_at(signing.id, now)
    if valid is None or valid.raw != signing.public.raw:
        raise BadIdentity(f"signing key {signing.id} is not valid now under the keyset in {folder}")
    return Identity(origin, signing, keyset)


def _root_of(document: object) -> PublicKey:
    """The root key that the keyset itself names: at home there is nobody else to pin it."""
    if not isinstance(document, dict) or not isinstance(document.get("root"), str):
        raise ValueError("keyset.json is no keyset")
    return PublicKey.from_text("root", document["root"])


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, complete or not at all."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
