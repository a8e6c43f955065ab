"""Rendered feeds, kept in this process for as long as nothing changed: a warm answer costs a look, no rendering."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of one feed, the tag of the state they show, and since when this process knows them."""

    tag: str
    body: bytes
    modified_at: datetime
    """Whole seconds, UTC; later for every change, so that `If-Modified-Since` can never hide one."""


class Shelf:
    """The latest rendering of each selection: at most `entries` of them and `size` bytes; the least used go first."""

    def __init__(self, entries: int = 256, size: int = 8 << 20) -> None:
        self._kept: OrderedDict[Hashable, Rendered] = OrderedDict()
        self._entries, self._size = entries, size
        self._bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes kept now."""
        return self._bytes

    def get(self, key: Hashable, tag: str, render: Callable[[], bytes], now: datetime) -> Rendered:
        """What is kept for `key` if it shows the state `tag`; else it is rendered and kept."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.tag == tag:
                self._kept.move_to_end(key)
                return kept
        # Rendered outside the lock: two at once do double work, but nobody waits for a stranger's feed.
        body = render()
        with self._lock:
            rendered = Rendered(tag, body, _later(now, self._kept.get(key)))
            self._keep(key, rendered)
        return rendered

    def _keep(self, key: Hashable, rendered: Rendered) -> None:
        self._drop(key)
        if len(rendered.body) > self._size:
            return
        self._kept[key] = rendered
        self._bytes += len(rendered.body)
        while len(self._kept) > self._entries or self._bytes > self._size:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= len(old.body)


def _later(now: datetime, before: Rendered | None) -> datetime:
    """`now` in whole seconds, but after what was there before: two changes in one second stay distinguishable."""
    second = now.astimezone(UTC).replace(microsecond=0)
    return second if before is None else max(second, before.modified_at + timedelta(seconds=1))
