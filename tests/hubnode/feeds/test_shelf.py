"""The shelf of rendered feeds: it saves work, never tells an old story, and doesn't grow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

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
    """The second answer is the first one's bytes."""
    shelf, renderer = Shelf(), Renderer()
    first = shelf.get("alle", "1", renderer.writes(b"one"), NOW)
    assert shelf.get("alle", "1", renderer.writes(b"never"), NOW + timedelta(hours=1)) is first
    assert (renderer.times, first.body, first.modified_at) == (1, b"one", NOW.replace(microsecond=0))


def test_what_changed_is_rendered_anew_and_is_later() -> None:
    """Two changes within one second still have two times, so that no reader takes one for the other."""
    shelf, renderer = Shelf(), Renderer()
    first = shelf.get("alle", "1", renderer.writes(b"one"), NOW)
    second = shelf.get("alle", "2", renderer.writes(b"two"), NOW)
    assert second.body == b"two"
    assert second.modified_at == first.modified_at + timedelta(seconds=1)
    assert (len(shelf), shelf.size) == (1, 3)


def test_the_least_used_goes_first() -> None:
    """The shelf holds as many entries as it may."""
    shelf, renderer = Shelf(entries=2), Renderer()
    for key in ("a", "b", "a", "c"):
        shelf.get(key, "1", renderer.writes(key.encode()), NOW)
    assert renderer.times == 3
    shelf.get("a", "1", renderer.writes(b"a"), NOW)
    assert renderer.times == 3
    shelf.get("b", "1", renderer.writes(b"b"), NOW)
    assert renderer.times == 4


def test_the_shelf_holds_no_more_bytes_than_it_may() -> None:
    """What is larger than the shelf is served and not kept."""
    shelf, renderer = Shelf(size=10), Renderer()
    shelf.get("small", "1", renderer.writes(b"12345"), NOW)
    shelf.get("other", "1", renderer.writes(b"123456"), NOW)
    assert (len(shelf), shelf.size) == (1, 6)
    assert shelf.get("huge", "1", renderer.writes(b"x" * 11), NOW).body == b"x" * 11
    assert (len(shelf), shelf.size) == (1, 6)


def test_a_rendering_that_fails_leaves_nothing_behind() -> None:
    """The next request tries again."""
    shelf, renderer = Shelf(), Renderer()

    def fail() -> bytes:
        raise LookupError("gone")

    try:
        shelf.get("termin", "1", fail, NOW)
    except LookupError:
        assert len(shelf) == 0
    assert shelf.get("termin", "1", renderer.writes(b"here"), NOW).body == b"here"
