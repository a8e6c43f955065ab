"""The simulation itself: it is deterministic, makes failures small, and finds faults that are put in on purpose.

Each fault replaces one function of the product by one that does nearly the same. A simulation that let it pass would
let the same fault pass when it comes by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from federation import fold, pages
from federation.entries import parse_line
from federation.fold import Known, State
from hubnode import search
from hubnode.network import doors
from hubnode.network.node import current_node
from hubnode.records import reading, removals, replica, scrub
from hubnode.records.models import Log
from tests.simulation import shrink, telling
from tests.simulation.run import run
from tests.simulation.schedule import Schedule, Step, draw

pytestmark = pytest.mark.simulation


def schedule(*steps: str, hubs: int = 3, liar: str = "", newcomer: str = "") -> Schedule:
    """A schedule written by hand, as it is told."""
    parsed = [Step(words[0], tuple(words[1:])) for words in map(str.split, steps)]
    return Schedule(7, hubs, liar, newcomer, tuple(parsed))


def findings(*steps: str, **more: Any) -> str:
    """What the simulation finds in a schedule written by hand."""
    return "\n".join(run(schedule(*steps, **more)).findings)


def test_the_same_seed_gives_the_same_trace() -> None:
    """Keys, salts and nonces are random each time; what happens is not."""
    one, other = run(draw(3)), run(draw(3))
    assert one.trace == other.trace
    assert one.findings == other.findings


def test_a_schedule_is_drawn_from_its_seed_alone() -> None:
    """The command that repeats a failure needs nothing but the number."""
    assert draw(5) == draw(5)
    assert draw(5) != draw(6)


def test_a_failing_schedule_is_made_as_small_as_it_fails() -> None:
    """Two steps out of many are needed here: they are what remains."""
    kept = shrink.shrink(draw(1), lambda smaller: {draw(1).steps[2], draw(1).steps[9]} <= set(smaller.steps))
    assert {draw(1).steps[number] for number in kept} == {draw(1).steps[2], draw(1).steps[9]}
    assert shrink.read(shrink.spelled([0, 1, 2, 5, 8, 9])) == [0, 1, 2, 5, 8, 9]


def test_a_failure_is_told_with_its_steps_and_the_command_that_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it needs no debugger to begin."""
    monkeypatch.setattr(scrub, "clear_files", lambda _tables: True)
    text = telling.told(run(schedule(*ERASE)), [0, 4, 5])
    assert "again: python -m tests.simulation --seed 7 --steps 0,4-5" in text
    assert "erase A r1" in text
    assert "✗ version 1 of r1, erased, is in the files of" in text


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    """The schedules below find their faults, not their own noise."""
    assert findings(*ERASE) == ""
    assert findings(*CRASH) == ""
    assert findings(*REWRITE, liar="C") == ""


ERASE = ("publish A r1 organisation public", "everybody ABC", "wait 60", "everybody BCA", "erase A r1", "everybody ABC")
CRASH = ("publish A r1 organisation public", "fuse B 70", "work A", "everybody BCA", "wait 60", "everybody CAB")
REWRITE = (
    "lie C unreadable",
    "lie C unreadable",
    "work C",
    "everybody ABC",
    "wait 400",
    "everybody ABC",
    "lie C rewrite",
    "wait 400",
    "everybody ABC",
)


def _nothing(*_: object, **__: object) -> None:
    """Leave out a step."""


def test_a_receiver_that_keeps_the_text_of_what_was_erased_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is gone from its page; the log still has its body."""
    kept = removals.take_back

    def at_home_only(session: Any, log_pk: int, *rest: Any) -> None:
        if session.get(Log, log_pk).own:
            kept(session, log_pk, *rest)

    monkeypatch.setattr(removals, "take_back", at_home_only)
    assert "r1, erased, is in the files of B" in findings(*ERASE)


def test_files_that_are_never_cleared_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is gone; free pages and the index are not."""
    monkeypatch.setattr(scrub, "clear_files", lambda _tables: True)
    assert "erased, is in the files of" in findings(*ERASE)


def test_a_cursor_that_moves_without_its_entries_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is taken for applied, and its entries were never stored."""
    monkeypatch.setattr(replica, "_store", _nothing)
    assert "the cursor in the log of" in findings(*ERASE)


def test_a_page_applied_in_two_transactions_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut between the two leaves entries without their records."""
    whole = replica._fold
    cut: list[Any] = []

    def halfway(session: Any, *rest: Any) -> Any:
        session.commit()
        if not cut:
            cut.append(current_node().clock.__self__)  # type: ignore[attr-defined]  # the machine that has this clock
            cut[0].fuse = 1
        return whole(session, *rest)

    monkeypatch.setattr(replica, "_fold", halfway)
    assert "the cursor in the log of" in findings(*ERASE)


def test_a_log_that_is_taken_back_in_silence_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody compares what a hub says now with what it said before."""
    monkeypatch.setattr(pages, "check_history", _nothing)
    monkeypatch.setattr(pages, "_check_growth", _nothing)
    assert "has not frozen C" in findings(*REWRITE, liar="C")


def test_a_hub_that_takes_entries_of_others_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry is believed because the tree over it is right."""
    monkeypatch.setattr(pages, "_entry", lambda line, *_: parse_line(line))
    assert findings("lie C foreign-entry", "work C", "everybody ABC", liar="C")


def test_an_index_that_forgets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is there, and nobody finds it."""
    monkeypatch.setattr(search, "index", _nothing)
    assert "index differ" in findings(*ERASE)


def test_members_records_that_everybody_sees_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visitors are taken for members."""
    monkeypatch.setitem(reading.RANK, "public", 1)
    assert "shows r1 to somebody of level public" in findings("publish A r1 organisation network", "everybody ABC")


def test_a_cursor_that_is_believed_before_it_has_arrived_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent counts as received, even where the answer is lost."""
    told = doors._page

    def boasting(node: Any, proof: Any, query: Any, now: Any) -> Any:
        after, page = told(node, proof, query, now)
        return after + page.count(b"\n") - 1, page

    monkeypatch.setattr(doors, "_page", boasting)
    assert "is said to hold" in findings("publish A r1 organisation public", "next B A answer-lost", "everybody ABC")


def test_an_erased_record_that_returns_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later put of an erased id counts."""
    lawful = fold.decide

    def forgetful(known: Known | None, header: Any, **more: Any) -> Any:
        if known is not None and known.state is State.ERASED:
            return lawful(replace(known, state=State.WITHDRAWN), header, **more)
        return lawful(known, header, **more)

    monkeypatch.setattr(fold, "decide", forgetful)
    assert "came back after its erasure" in findings("lie C resurrect", "work C", "everybody ABC", liar="C")
