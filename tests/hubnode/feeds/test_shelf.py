"""The shelf of rendered feeds: it saves work, never tells an old story, and doesn't grow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from hubnode.feeds.shelf import Shelf

NOW = datetime(2026, 11, 22, 9, 0, 0, 500_000, UTC)


class Renderer:
    """Renders a text and counts how often it had to."""

    def __init__(self) -> None:
        self.times = 0

    def writes(self, body: bytes) -> Callable[[], bytes]:
        """A rendering that gives `body`."""

        def render() -> bytes:
            self.times += 1
            return body

        return render


def test_what_did_not_change_is_rendered_once() -> None:
    """The second answer is the first one's bytes and time."""
    shelf, renderer = Shelf(), Renderer()
    first = shelf.get("1", "alle", renderer.writes(b"one"), NOW)
    assert shelf.get("1", "alle", renderer.writes(b"never"), NOW + timedelta(hours=1)) == first
    assert (renderer.times, first.body, first.modified_at) == (1, b"one", NOW.replace(microsecond=0))


def test_a_new_state_is_rendered_anew_and_is_later() -> None:
    """Two changes within one second still have two times, so that no reader takes one for the other."""
    shelf, renderer = Shelf(), Renderer()
    first = shelf.get("1", "alle", renderer.writes(b"one"), NOW)
    second = shelf.get("2", "alle", renderer.writes(b"two"), NOW)
    assert second.body == b"two"
    assert second.modified_at == first.modified_at + timedelta(seconds=1)


def test_nothing_of_a_former_state_lies_about() -> None:
    """What was erased is not kept for somebody who may ask again."""
    shelf, renderer = Shelf(), Renderer()
    for key in ("alle", "projekte", "termine"):
        shelf.get("1", key, renderer.writes(b"Wiebke"), NOW)
    shelf.get("2", "alle", renderer.writes(b"two"), NOW)
    assert (len(shelf), shelf.size) == (1, 3)


def test_what_was_rendered_while_the_state_changed_is_not_kept() -> None:
    """It is served once: the reader asked before the change."""
    shelf, renderer = Shelf(), Renderer()

    def render_slowly() -> bytes:
        shelf.get("2", "termine", renderer.writes(b"new"), NOW)
        return b"old"

    assert shelf.get("1", "alle", render_slowly, NOW).body == b"old"
    assert (len(shelf), shelf.size) == (1, 3)


def test_the_least_used_goes_first() -> None:
    """The shelf holds as many entries as it may."""
    shelf, renderer = Shelf(entries=2), Renderer()
    for key in ("a", "b", "a", "c"):
        shelf.get("1", key, renderer.writes(key.encode()), NOW)
    assert renderer.times == 3
    shelf.get("1", "a", renderer.writes(b"a"), NOW)
    assert renderer.times == 3
    shelf.get("1", "b", renderer.writes(b"b"), NOW)
    assert renderer.times == 4


def test_the_shelf_holds_no_more_bytes_than_it_may() -> None:
    """What is larger than the shelf is served and not kept."""
    shelf, renderer = Shelf(size=10), Renderer()
    shelf.get("1", "small", renderer.writes(b"12345"), NOW)
    shelf.get("1", "other", renderer.writes(b"123456"), NOW)
    assert (len(shelf), shelf.size) == (1, 6)
    assert shelf.get("1", "huge", renderer.writes(b"x" * 11), NOW).body == b"x" * 11
    assert shelf.size <= 10


def test_a_rendering_that_fails_leaves_nothing_behind() -> None:
    """The next request tries again."""
    shelf, renderer = Shelf(), Renderer()

    def fail() -> bytes:
        raise LookupError("gone")

    with pytest.raises(LookupError):
        shelf.get("1", "termin", fail, NOW)
    assert len(shelf) == 0
    assert shelf.get("1", "termin", renderer.writes(b"here"), NOW).body == b"here"
