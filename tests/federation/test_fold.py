"""The fold: the same entries always mean the same records."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.entries import Entry
from federation.fold import Apply, Ignore, Known, Live, Refuse, State, decide, fold, steps
from tests.federation.cast import ULIDS, put, without_body

LIVE = Known(3, State.LIVE, "project")


def header(**fields: Any) -> Any:
    """A header as `put` makes it, with other fields; an operation other than put has no body."""
    if fields.get("op", "put") != "put":
        fields["body"] = None
    return put(0, **fields).header


@pytest.mark.parametrize(
    ("op", "has_body", "state"),
    [
        ("put", True, State.LIVE),
        ("put", False, State.PENDING),
        ("del", False, State.WITHDRAWN),
        ("erase", False, State.ERASED),
    ],
)
@pytest.mark.parametrize(
    "known", [None, LIVE, Known(3, State.PENDING, "project"), Known(3, State.WITHDRAWN, "project")], ids=str
)
def test_a_higher_revision_is_applied(op: str, has_body: bool, state: State, known: Known | None) -> None:
    assert decide(known, header(op=op, rev=4), has_body=has_body) == Apply(Known(4, state, "project"))


@pytest.mark.parametrize("op", ["put", "del", "erase"])
@pytest.mark.parametrize("rev", [1, 2, 3])
def test_a_revision_that_does_not_grow_is_refused(op: str, rev: int) -> None:
    decision = decide(LIVE, header(op=op, rev=rev))
    assert decision == Refuse(f"revision {rev} does not follow revision 3")


def test_revisions_may_leave_gaps() -> None:
    assert isinstance(decide(LIVE, header(rev=9)), Apply)
    assert isinstance(decide(None, header(rev=9)), Apply)


@pytest.mark.parametrize("op", ["put", "del"])
def test_what_is_erased_never_returns(op: str) -> None:
    gone = Known(3, State.ERASED, "project")
    assert decide(gone, header(op=op, rev=99)) == Refuse("an erased id never returns")


@pytest.mark.parametrize("rev", [1, 3, 4])
def test_erasing_twice_changes_nothing(rev: int) -> None:
    assert decide(Known(3, State.ERASED, "project"), header(op="erase", rev=rev)) == Ignore()


def test_an_id_keeps_its_kind() -> None:
    assert decide(LIVE, header(rev=4, kind="event")) == Refuse("the kind changed from project to event")


def test_a_put_has_its_body_unless_somebody_says_otherwise() -> None:
    assert decide(None, header()) == Apply(Known(1, State.LIVE, "project"))


def test_a_run_of_entries_is_decided_in_order() -> None:
    run = [
        put(0, uid=ULIDS[0], rev=1),
        put(1, uid=ULIDS[0], rev=1),
        put(2, uid=ULIDS[1], rev=1),
        put(3, uid=ULIDS[0], rev=2, op="erase", body=None),
        put(4, uid=ULIDS[0], rev=3),
        put(5, uid=ULIDS[2], rev=7),
    ]
    held = {ULIDS[1]: LIVE, ULIDS[2]: LIVE}
    asked: list[str] = []

    def known(uid: str) -> Known | None:
        asked.append(uid)
        return held.get(uid)

    taken = steps(run, known)
    assert [step.entry for step in taken] == run
    assert [type(step.decision) for step in taken] == [Apply, Refuse, Refuse, Apply, Refuse, Apply]
    assert asked == [ULIDS[0], ULIDS[1], ULIDS[2]]


def test_a_bodiless_put_waits_for_its_successor() -> None:
    (step,) = steps([without_body(put(0))], lambda _: None)
    assert step.decision == Apply(Known(1, State.PENDING, "project"))


def test_a_live_record_is_its_latest_entry() -> None:
    newest = put(1, uid=ULIDS[0], rev=2, body={"title": "neu"})
    folded = fold([put(0), newest])
    assert folded == {ULIDS[0]: Live(newest)}
    assert folded[ULIDS[0]].rev == 2
    assert folded[ULIDS[0]].body == {"title": "neu"}


@pytest.mark.parametrize("op", ["del", "erase"])
def test_what_is_gone_is_not_live(op: str) -> None:
    assert fold([put(0), put(1, uid=ULIDS[0], rev=2, op=op, body=None)]) == {}


def test_a_withdrawn_record_may_return() -> None:
    run = [put(0), put(1, uid=ULIDS[0], rev=2, op="del", body=None), put(2, uid=ULIDS[0], rev=3)]
    assert fold(run).keys() == {ULIDS[0]}


def test_a_record_without_its_body_is_not_live() -> None:
    assert fold([without_body(put(0))]) == {}
    assert fold([put(0), without_body(put(1, uid=ULIDS[0], rev=2))]) == {}


ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(1, 5), st.sampled_from(["put", "put", "bare", "del", "erase"]), st.booleans()
    ),
    max_size=25,
).map(
    lambda rows: [
        made(seq, uid=ULIDS[uid], rev=rev, op=op, kind="event" if odd else "project")
        for seq, (uid, rev, op, odd) in enumerate(rows)
    ]
)


def made(seq: int, *, op: str, **fields: Any) -> Entry:
    """An entry of any kind, lawful by itself."""
    if op == "bare":
        return without_body(put(seq, **fields))
    return put(seq, op=op, **fields) if op == "put" else put(seq, op=op, body=None, **fields)


def replay(entries: Sequence[Entry], size: int) -> dict[str, Known]:
    """What a replica knows after applying the entries page by page."""
    held: dict[str, Known] = {}
    for start in range(0, len(entries), size):
        for step in steps(entries[start : start + size], held.get):
            if isinstance(step.decision, Apply):
                held[step.entry.header.id] = step.decision.known
    return held


@given(ENTRIES, st.integers(1, 7))
def test_it_does_not_matter_how_a_log_is_cut_into_pages(entries: list[Entry], size: int) -> None:
    assert replay(entries, size) == replay(entries, len(entries) or 1)


@given(ENTRIES)
def test_folding_agrees_with_replaying(entries: list[Entry]) -> None:
    known = replay(entries, 3)
    assert fold(entries).keys() == {uid for uid, each in known.items() if each.state is State.LIVE}


@given(ENTRIES)
def test_revisions_only_grow_and_nothing_returns(entries: list[Entry]) -> None:
    held: dict[str, Known] = {}
    for step in steps(entries, lambda _: None):
        before = held.get(step.entry.header.id)
        if isinstance(step.decision, Apply):
            after = step.decision.known
            assert before is None or (after.rev > before.rev and after.kind == before.kind)
            assert before is None or before.state is not State.ERASED
            held[step.entry.header.id] = after


@given(ENTRIES)
def test_a_prefix_folds_to_what_was_live_then(entries: list[Entry]) -> None:
    for size in range(len(entries)):
        live = fold(entries[:size])
        assert all(record.entry in entries[:size] for record in live.values())
