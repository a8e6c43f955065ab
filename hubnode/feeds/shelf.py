"""Rendered feeds, kept in this process for as long as nothing changed: a warm answer costs a look, no rendering."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of one feed, and since when this process knows the state that they show."""

    body: bytes
    modified_at: datetime
    """Whole seconds, UTC; later for every state, so that `If-Modified-Since` can never hide a change."""


class Shelf:
    """Renderings of one state: at most `entries` of them and `size` bytes; the least used go first.

    With the first look at another state everything is thrown away: it is of no more use, and what was erased from the
    records must not lie about here either.
    """

    def __init__(self, entries: int = 256, size: int = 2 << 20) -> None:
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._entries, self._limit, self._size = entries, size, 0
        self._state = ""
        self._since = datetime.min.replace(tzinfo=UTC)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes kept now."""
        return self._size

    def get(self, state: str, key: Hashable, render: Callable[[], bytes], now: datetime) -> Rendered:
        """What is kept for `key` and shows `state`; if there is nothing, it is rendered and kept."""
        with self._lock:
            since = self._turn(state, now)
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return Rendered(kept, since)
        # Rendered outside the lock: two at once do double work, but nobody waits for a stranger's feed.
        body = render()
        with self._lock:
            if state == self._state:
                self._keep(key, body)
        return Rendered(body, since)

    def _turn(self, state: str, now: datetime) -> datetime:
        if state != self._state:
            self._kept.clear()
            self._size, self._state = 0, state
            self._since = max(now.astimezone(UTC).replace(microsecond=0), self._since + timedelta(seconds=1))
        return self._since

    def _keep(self, key: Hashable, body: bytes) -> None:
        self._size += len(body) - len(self._kept.pop(key, b""))
        self._kept[key] = body
        while len(self._kept) > self._entries or self._size > self._limit:
            self._size -= len(self._kept.popitem(last=False)[1])
