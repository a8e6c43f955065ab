"""Checkpoints: a log's size and root in a C2SP tlog-checkpoint, signed as a C2SP signed note with Ed25519."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from datetime import datetime

from federation.encoding import is_log_id
from federation.errors import BadCheckpoint, BadSignature
from federation.keys import PublicKey, SigningKey
from federation.keyset import Keyset
from federation.origin import parse_origin
from federation.tree import HASH_LENGTH

MAX_NOTE = 1024
_ED25519_NOTE = b"\x01"
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_SEAL = object()


@dataclass(frozen=True)
class Checkpoint:
    """What a log claims about itself: so many entries, with this tree head."""

    origin: str
    log_id: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        parse_origin(self.origin)
        if not is_log_id(self.log_id):
            raise BadCheckpoint("a log id is 32 lower case hexadecimal digits")
        if not 0 <= self.size < 2**53 or len(self.root) != HASH_LENGTH:
            raise BadCheckpoint("a checkpoint has a size below 2**53 and a root of 32 bytes")

    @property
    def name(self) -> str:
        """The log's name in notes: the origin without its scheme, ``/apl/1/`` and the log id."""
        return note_name(self.origin, self.log_id)

    @property
    def text(self) -> str:
        """The signed text: three lines, each ending in a newline."""
        return f"{self.name}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class SignedCheckpoint:
    """The proof that a log's origin signed a checkpoint; only `verify` can make one."""

    checkpoint: Checkpoint
    note: str
    key_id: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only verify proves a checkpoint")

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The tree head over these entries."""
        return self.checkpoint.root


def note_name(origin: str, log_id: str) -> str:
    """Return the name under which a log signs its notes."""
    return f"{origin.removeprefix('https://').removeprefix('http://')}/apl/1/{log_id}"


def log_named(note: str, origin: str) -> str | None:
    """Return the id of the log of ``origin`` that a note names, verified or not; None where it names none."""
    prefix = note_name(origin, "")
    name = note.partition("\n")[0]
    log_id = name.removeprefix(prefix)
    return log_id if name.startswith(prefix) and is_log_id(log_id) else None


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Return the signed note: the text, an empty line, one signature line."""
    signature = _key_hash(checkpoint.name, key.public) + key.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n— {checkpoint.name} {base64.b64encode(signature).decode()}\n"


def verify(note: str, keyset: Keyset, log_id: str, now: datetime) -> SignedCheckpoint:
    """Return the checkpoint that a key of the keyset, valid now, signed for this log; else raise `BadCheckpoint`."""
    return _verified(note, keyset, log_id, keyset.keys_at(now), "no key that is valid now signed this note")


def verify_past(note: str, keyset: Keyset, log_id: str) -> SignedCheckpoint:
    """Return the checkpoint that a key of the keyset signed for this log, whenever it was valid; or `BadCheckpoint`.

    Only for notes that were verified when they came and have been kept: their keys may have ended since.
    """
    return _verified(
        note, keyset, log_id, [online.key for online in keyset.signing], "no key of this hub signed this note"
    )


def _verified(note: str, keyset: Keyset, log_id: str, keys: Iterable[PublicKey], refusal: str) -> SignedCheckpoint:
    checkpoint, signature = _parse(note, keyset.origin, log_id)
    for key in keys:
        if signature[:4] == _key_hash(checkpoint.name, key) and _fits(key, signature[4:], checkpoint):
            return SignedCheckpoint(checkpoint, note, key.id, _SEAL)
    raise BadCheckpoint(refusal)


def _parse(note: str, origin: str, log_id: str) -> tuple[Checkpoint, bytes]:
    if len(note) > MAX_NOTE:
        raise BadCheckpoint("a note is at most 1024 characters long")
    lines = note.split("\n")
    if len(lines) != 6 or lines[3] or lines[5]:
        raise BadCheckpoint("a note has three lines, an empty one and one signature")
    name = note_name(origin, log_id)
    if lines[0] != name:
        raise BadCheckpoint("a checkpoint of another log")
    if not _SIZE.fullmatch(lines[1]):
        raise BadCheckpoint("the size is a decimal number")
    prefix = f"— {name} "
    if not lines[4].startswith(prefix):
        raise BadCheckpoint("the signature line names another key")
    checkpoint = Checkpoint(origin, log_id, int(lines[1]), _base64(lines[2], HASH_LENGTH))
    return checkpoint, _base64(lines[4].removeprefix(prefix), 4 + 64)


def _base64(text: str, length: int) -> bytes:
    try:
        data = base64.b64decode(text)
    except (binascii.Error, ValueError) as error:
        raise BadCheckpoint("not base64") from error
    if len(data) != length or base64.b64encode(data).decode() != text:
        raise BadCheckpoint(f"not the base64 spelling of {length} bytes")
    return data


def _key_hash(name: str, key: PublicKey) -> bytes:
    """Return the four bytes by which a note names its key (C2SP signed-note, Ed25519)."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519_NOTE + key.raw).digest()[:4]


def _fits(key: PublicKey, signature: bytes, checkpoint: Checkpoint) -> bool:
    try:
        key.verify(signature, checkpoint.text.encode())
    except BadSignature:
        return False
    return True
