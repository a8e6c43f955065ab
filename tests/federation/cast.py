"""The hubs that play in these tests: Wilster and Kiel know each other, Mallory wants to be one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from federation import checkpoint, pages, tree
from federation.entries import Entry, make_entry
from federation.keys import PublicKey, SigningKey
from federation.keyset import Keyset, OnlineKey

NOW = datetime(2026, 11, 22, 12, 16, 3, 120_000, UTC)
LOG = "0123456789abcdef0123456789abcdef"
OTHER_LOG = "f" * 32
ULIDS = tuple(f"01JD9XQ5T0ABCDEFGHJKMNPQ{number:02d}" for number in range(100))
SALT = bytes(range(16))


def key(name: str, number: int) -> SigningKey:
    """A key that is the same in every run."""
    return SigningKey.from_seed(name, bytes([number]) * 32)


@dataclass(frozen=True)
class Hub:
    """A hub with its keys; its keyset is valid a day before and a month after NOW."""

    origin: str
    root: SigningKey
    signing: SigningKey

    @cached_property
    def keyset(self) -> Keyset:
        """Keyset 1, signed."""
        return Keyset.first(self.origin, self.root, [self.online(self.signing)])

    def online(self, signing: SigningKey, *, begins: int = -1, ends: int = 30) -> OnlineKey:
        """A signing key with its validity in days from NOW."""
        return OnlineKey(signing.public, NOW + timedelta(days=begins), NOW + timedelta(days=ends))

    def find_key(self, origin: str, key_id: str) -> PublicKey | None:
        """What a hub that pinned only this one finds."""
        return self.keyset.key_at(key_id, NOW) if origin == self.origin else None


WILSTER = Hub("https://wilster.example", key("root", 1), key("k1", 2))
KIEL = Hub("https://kiel.example:8443", key("root", 3), key("k1", 4))
MALLORY = Hub("https://mallory.example", key("root", 5), key("k1", 6))


def put(seq: int, *, uid: str = "", rev: int = 1, hub: Hub = WILSTER, **fields: Any) -> Entry:
    """A published record, as entry number ``seq`` of a hub's log; `fields` replace what is usual."""
    usual: dict[str, Any] = {
        "origin": hub.origin,
        "log": LOG,
        "seq": seq,
        "ts": NOW,
        "op": "put",
        "kind": "project",
        "id": uid or ULIDS[seq],
        "rev": rev,
        "vis": "public",
        "body": {"title": {"de": f"Größe {seq}"}},
        "salt": SALT,
    }
    return make_entry(**{**usual, **fields})


def without_body(entry: Entry) -> Entry:
    """The same entry after its body was superseded or erased."""
    return entry._replace(body=None, body_bytes=None, salt=None)


@dataclass
class Log:
    """A log in memory: appends, and serves pages like an origin does."""

    hub: Hub = WILSTER
    log_id: str = LOG
    entries: list[Entry] = field(default_factory=list)
    nodes: list[tuple[bytes, ...]] = field(default_factory=list)
    edge: tree.CompactRange = field(default_factory=tree.CompactRange)

    def append(self, *entries: Entry) -> "Log":
        """Append entries, numbered by the caller."""
        for entry in entries:
            done, self.edge = tree.completed(self.edge, entry.leaf)
            self.nodes.append(done)
            self.entries.append(entry)
        return self

    def node(self, level: int, index: int) -> bytes:
        """The stored hash of a perfect subtree."""
        seq, place = tree.stored_at(level, index)
        return self.nodes[seq][place]

    def note(self, size: int | None = None, signing: SigningKey | None = None) -> str:
        """The signed note over the first ``size`` entries."""
        size = len(self.entries) if size is None else size
        claim = checkpoint.Checkpoint(self.hub.origin, self.log_id, size, tree.root_at(size, self.node))
        return checkpoint.sign(claim, signing or self.hub.signing)

    def page(self, after: int = 0, limit: int = 500) -> bytes:
        """The page after entry number ``after - 1``."""
        lines = pages.fitting((entry.line for entry in self.entries[after:]), limit)
        end = after + len(lines)
        return pages.write_page(lines, self.note(end), more=end < len(self.entries))


def log_of(count: int, hub: Hub = WILSTER) -> Log:
    """A log of so many published records."""
    return Log(hub).append(*(put(seq, hub=hub) for seq in range(count)))


def page_of(lines: Sequence[bytes], note: str) -> bytes:
    """A page written by hand, for what an honest writer would not write."""
    return b"\n".join((*lines, pages.write_page((), note)))


EMPTY = pages.ReplicaState(WILSTER.origin, LOG)


def read(data: bytes, state: pages.ReplicaState = EMPTY, limits: pages.Limits | None = None) -> pages.Page:
    """Read a page as a replica that pinned Wilster."""
    return pages.read_page(state, WILSTER.keyset, data, now=NOW, limits=limits or pages.Limits())


def lines_of(log: Log, after: int = 0) -> list[bytes]:
    """The lines of a log."""
    return [entry.line for entry in log.entries[after:]]


def stolen(hub: Hub, victim: Hub) -> SigningKey:
    """A hub's own key under the key id of its victim."""
    return replace(hub.signing, id=victim.signing.id)
