"""The bytes of single records as they stand in answers, kept by version: a page is joined from them, not rendered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock

from hubnode.records.paging import Version

Versions = Mapping[int, Version]
Look = Callable[[Sequence[int]], Versions]
"""Finds the present versions of records, as the one may see them who may see the most."""


class Pieces:
    """Bytes by record, version and what was asked of it; at most `size` bytes, the least used go first.

    With the first look at another state everything is let go of that is no longer the present version: what was
    erased from the records must not lie about here either.
    """

    def __init__(self, size: int = 4 << 20) -> None:
        self._kept: OrderedDict[tuple[int, Version, Hashable], bytes] = OrderedDict()
        self._limit, self._size, self._state = size, 0, -1
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes kept now."""
        return self._size

    def turn(self, state: int, look: Look) -> None:
        """Let go of what is no longer so, if `state` is another one than at the last look."""
        with self._lock:
            if state == self._state:
                return
            present = look(sorted({doc for doc, _, _ in self._kept})) if self._kept else {}
            for doc, version, shape in [one for one in self._kept if present.get(one[0]) != one[1]]:
                self._size -= len(self._kept.pop((doc, version, shape)))
            self._state = state

    def get(
        self, versions: Versions, shape: Hashable, render: Callable[[Sequence[int]], Mapping[int, bytes]]
    ) -> dict[int, bytes]:
        """The bytes of these records in this shape; what is not kept is rendered, all at once."""
        with self._lock:
            found = {doc: self._kept.get((doc, version, shape)) for doc, version in versions.items()}
            for doc in found:
                if found[doc] is not None:
                    self._kept.move_to_end((doc, versions[doc], shape))
        rendered = render(missing) if (missing := [doc for doc, kept in found.items() if kept is None]) else {}
        with self._lock:
            for doc, made in rendered.items():
                self._keep((doc, versions[doc], shape), made)
        return {doc: body for doc, kept in found.items() if (body := kept or rendered.get(doc)) is not None}

    def _keep(self, key: tuple[int, Version, Hashable], body: bytes) -> None:
        self._size += len(body) - len(self._kept.pop(key, b""))
        self._kept[key] = body
        while self._size > self._limit:
            self._size -= len(self._kept.popitem(last=False)[1])
