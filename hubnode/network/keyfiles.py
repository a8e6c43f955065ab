"""Changing this hub's own keys, in its files alone: so it works for a node whose key has run out and that can't start.

Each change first writes the new private key into a file of its own and then replaces the keyset, which is the moment
it counts. Whatever breaks off in between leaves files with which the node starts.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from federation.errors import ProtocolError
from federation.keys import SigningKey
from federation.keyset import MAX_KEYS, Keyset, OnlineKey
from hubnode.network.identity import (
    EARLIER,
    KEYSET,
    NEXT,
    ROOT,
    SIGNING,
    SIGNING_KEY_LIFE,
    BadIdentity,
    fits,
    read_key,
    read_keyset,
    sync_folder,
    write,
    write_key,
)
from hubnode.people.confirming import Confirmed

NEW_ROOT = "root-next.json"
OVERLAP = timedelta(hours=24)
"""How long the key before stays valid when a new one is announced."""
_INSTANT = timedelta(milliseconds=1)


class CantChange(Exception):
    """The keys stay as they are; the message says why and what to do."""


class NoRoot(CantChange):
    """The root key is not where it was looked for."""


class AlreadyAnnounced(CantChange):
    """A new key has been announced and does not sign yet."""


def root_key(folder: Path, file: Path | None = None) -> SigningKey:
    """The root key of this hub, from `file` or from the node's own folder; raises `NoRoot` or `CantChange`."""
    for path in [file] if file else [folder / ROOT, folder / NEW_ROOT]:
        try:
            key = read_key(path)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, ProtocolError) as error:
            raise CantChange(f"{path} can't be read as a key: {error}") from error
        if file or key.public.raw == _root_named(folder):
            return key
    raise NoRoot(f"the root key is not here: {file or folder / ROOT} is missing; name its file with --root")


def root_here(folder: Path) -> bool:
    """Whether the root key lies on this machine."""
    try:
        root_key(folder)
    except (CantChange, BadIdentity):
        return False
    return True


def rotate(proof: Confirmed, folder: Path, origin: str, root: SigningKey, now: datetime, overlap: timedelta) -> Keyset:  # noqa: ARG001 - the proof is asked for, not read
    """Announce a new signing key in a new keyset; the one before stays valid for `overlap`. Raises `CantChange`."""
    if overlap < timedelta(0):
        raise CantChange("an overlap is not negative")
    with _locked(folder):
        held = read_keyset(folder, origin)
        if announced(folder, held, now) is not None and _signer(folder, held, now) is not None:
            raise AlreadyAnnounced("a new key has been announced already and will sign soon")
        end = max(now + overlap, now + _INSTANT)
        kept = [replace(one, not_after=min(one.not_after, end)) for one in held.signing]
        key = SigningKey.generate(_free_id(held, now))
        keyset = _successor(held, root, [*_room(kept, now), _online(key, now)])
        write_key(folder / NEXT, key)
        write(folder / KEYSET, keyset.to_bytes())
        return read_keyset(folder, origin)


def announced(folder: Path, keyset: Keyset, now: datetime) -> SigningKey | None:
    """The key that others have been told of and that does not sign yet."""
    try:
        key = read_key(folder / NEXT)
    except (FileNotFoundError, ValueError, ProtocolError):
        return None
    return key if fits(keyset, key, now) else None


def begin(folder: Path, origin: str, now: datetime) -> bool:
    """Let the announced key sign from now on; whether there was one. The key before it is not kept."""
    with _locked(folder):
        if announced(folder, read_keyset(folder, origin), now) is None:
            return False
        (folder / NEXT).replace(folder / SIGNING)
        sync_folder(folder)
        return True


def compromise(
    proof: Confirmed,  # noqa: ARG001 - asked for, not read
    folder: Path,
    origin: str,
    root: SigningKey,
    key_id: str,
    since: datetime,
    now: datetime,
) -> Keyset:
    """Say that a key has not been this hub's alone since then; if it signs now, another one signs at once.

    Where it signs now, a key that has only been announced lies beside it, and counts as lost too. Raises `CantChange`.
    """
    if since >= now:
        raise CantChange("the time since when a key is in other hands lies in the past")
    with _locked(folder):
        held = read_keyset(folder, origin)
        if key_id not in {one.key.id for one in held.signing}:
            raise CantChange(f"the keyset has no key {key_id}; hubnode key show names them")
        signer, waiting = _signer(folder, held, now), announced(folder, held, now)
        replaced = signer is None or signer.id == key_id
        ends = {key_id: since}
        if waiting is not None and replaced:
            ends.setdefault(waiting.id, now)
        kept = [_ended(one, ends.get(one.key.id)) for one in held.signing]
        if not replaced:
            write(folder / KEYSET, _successor(held, root, kept).to_bytes())
            if waiting is not None and waiting.id == key_id:
                (folder / NEXT).unlink()
            return read_keyset(folder, origin)
        key = SigningKey.generate(_free_id(held, now))
        keyset = _successor(held, root, [*_room(kept, now), _online(key, now)])
        write_key(folder / NEXT, key)
        write(folder / KEYSET, keyset.to_bytes())
    begin(folder, origin, now)
    return read_keyset(folder, origin)


def new_root(proof: Confirmed, folder: Path, origin: str, root: SigningKey, file: Path | None) -> Keyset:  # noqa: ARG001 - the proof is asked for, not read
    """Replace the root key: the old one introduces the new one, which is written to `file` or beside the others.

    The signing keys stay, so that whoever is offline now can follow later. The old root key's file in the node's
    folder is kept under another name. Raises `CantChange`.
    """
    with _locked(folder):
        held = read_keyset(folder, origin)
        _keep_root(folder, held)
        made = SigningKey.generate("root")
        if file is not None and file.exists():
            raise CantChange(f"{file} exists already; a key is never written over another")
        keyset = _successor(held, root, held.signing, made)
        write_key(file or folder / NEW_ROOT, made)
        write(folder / KEYSET, keyset.to_bytes())
        _keep_root(folder, keyset)
        return read_keyset(folder, origin)


def readdress(proof: Confirmed, folder: Path, to: str, n: int, root: SigningKey) -> Keyset:  # noqa: ARG001 - the proof is asked for, not read
    """Let the same keys speak for this hub under its new origin, in a keyset of at least number `n`."""
    with _locked(folder):
        held = Keyset.parse_unpinned((folder / KEYSET).read_bytes())
        if held.origin == to:
            return held
        if root.public.raw != held.root.raw:
            raise CantChange("this is not the root key of this hub")
        keyset = Keyset(to, max(n, held.n + 1), held.signing, held.root).sign(root)
        write(folder / KEYSET, keyset.to_bytes())
        return read_keyset(folder, to)


def _keep_root(folder: Path, keyset: Keyset) -> None:
    """Give the root key that this keyset names its usual place, where it has just been made or was left on the way."""
    fresh = folder / NEW_ROOT
    if not fresh.exists() or read_key(fresh).public.raw != keyset.root.raw:
        return
    if (folder / ROOT).exists():
        (folder / ROOT).replace(folder / f"root-{keyset.n - 1}.json")
    fresh.replace(folder / ROOT)
    sync_folder(folder)


def _successor(
    held: Keyset, root: SigningKey, signing: Sequence[OnlineKey], new_root: SigningKey | None = None
) -> Keyset:
    if root.public.raw != held.root.raw:
        raise CantChange(
            "this is not the root key of this hub; its fingerprint must be the one that others have pinned"
        )
    return held.successor(root, signing, new_root)


def _root_named(folder: Path) -> bytes:
    """The root in the keyset file, whatever its origin: enough to tell which of two key files is meant."""
    try:
        return Keyset.parse_unpinned((folder / KEYSET).read_bytes()).root.raw
    except FileNotFoundError as error:
        raise BadIdentity(f"{error.filename} is missing; run: hubnode init") from error
    except ProtocolError as error:
        raise BadIdentity(f"the keyset in {folder} can't be read: {error}") from error


def _signer(folder: Path, keyset: Keyset, now: datetime) -> SigningKey | None:
    """The key that signs now, if it may."""
    try:
        key = read_key(folder / SIGNING)
    except (FileNotFoundError, ValueError, ProtocolError):
        return None
    return key if fits(keyset, key, now) else None


def _online(key: SigningKey, now: datetime) -> OnlineKey:
    return OnlineKey(key.public, now - EARLIER, now + SIGNING_KEY_LIFE)


def _ended(one: OnlineKey, at: datetime | None) -> OnlineKey:
    """The same key, over at that moment; a key that began later is left an instant, since it must have begun."""
    return one if at is None else replace(one, not_after=min(one.not_after, max(at, one.not_before + _INSTANT)))


def _room(kept: Sequence[OnlineKey], now: datetime) -> list[OnlineKey]:
    """These keys without the oldest that have run out, so that one more fits; old ones vouch for what they signed."""
    over = sorted((one for one in kept if one.not_after <= now), key=lambda one: one.not_after)
    too_many = len(kept) + 1 - MAX_KEYS
    if too_many > len(over):
        raise CantChange(f"a keyset has at most {MAX_KEYS} keys, and all of them are valid still; wait for one to end")
    gone = over[: max(0, too_many)]
    return [one for one in kept if one not in gone]


def _free_id(keyset: Keyset, now: datetime) -> str:
    """A key id of today that the keyset does not have."""
    taken = {one.key.id for one in keyset.signing}
    first = f"k{now:%Y%m%d}"
    return next(name for name in [first, *(f"{first}-{n}" for n in range(2, 2 + MAX_KEYS + 1))] if name not in taken)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the keys against another process that wants to change them."""
    handle = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
