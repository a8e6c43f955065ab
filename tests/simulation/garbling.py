"""Ways in which bytes change on their way: each does the same to the same document, whatever is random in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def _cut(body: bytes) -> bytes:
    """The end is missing."""
    return body[: len(body) // 2]


def _lines_without(drop: int) -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        lines = body.split(b"\n")
        if len(lines) < 3:
            return _cut(body)
        del lines[drop]
        return b"\n".join(lines)

    return change


def _swapped(body: bytes) -> bytes:
    """Two lines have changed places."""
    lines = body.split(b"\n")
    if len(lines) < 4:
        return _cut(body)
    lines[0], lines[1] = lines[1], lines[0]
    return b"\n".join(lines)


def _replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        return body.replace(old, new, 1) if old in body else _cut(body)

    return change


def _withheld(body: bytes) -> bytes:
    """No entry is delivered, though the checkpoint speaks of them."""
    return b"\n".join(body.split(b"\n")[-2:])


HOW: Mapping[str, Callable[[bytes], bytes]] = {
    "cut": _cut,
    "first-line-gone": _lines_without(0),
    "checkpoint-gone": _lines_without(-2),
    "swapped": _swapped,
    "withheld": _withheld,
    "body": _replaced(b'"de":"', b'"de":"x'),
    "revision": _replaced(b'"rev":1', b'"rev":2'),
    "visibility": _replaced(b'"vis":"network"', b'"vis":"public"'),
    "operation": _replaced(b'"op":"erase"', b'"op":"del"'),
    "signature": _replaced(b"\\n\xe2\x80\x94 ", b"\\n\xe2\x80\x93 "),
    "more": _replaced(b'"more":true', b'"more":false'),
    "spelling": _replaced(b'{"b":', b'{ "b":'),
}
"""What may happen to a page; an answer that has no such place is cut off instead."""
