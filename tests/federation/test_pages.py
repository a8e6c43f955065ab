"""Pages: a replica follows a log line by line, and nothing else makes it move."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import canonical, tree
from federation.checkpoint import Checkpoint, sign, verify
from federation.entries import Entry
from federation.errors import BadCheckpoint, BadEntry, BadRequest, Frozen, Refused, RootMismatch
from federation.pages import (
    ReplicaState,
    check_history,
    read_page,
    write_page,
)
from tests.federation.cast import (
    EMPTY,
    KIEL,
    LOG,
    NOW,
    OTHER_LOG,
    ULIDS,
    WILSTER,
    Log,
    lines_of,
    log_of,
    put,
    read,
    stolen,
    without_body,
)

TEN = log_of(10)
AT_SIX = replace(EMPTY, edge=tree.range_at(6, TEN.node), note=TEN.note(6))


def test_a_page_brings_its_entries_and_the_next_state() -> None:
    page = read(TEN.page())
    assert page.entries == tuple(TEN.entries)
    assert page.state == ReplicaState(WILSTER.origin, LOG, TEN.edge, TEN.note())
    assert page.state.size == 10
    assert page.note == TEN.note()
    assert page.at_end
    assert page.pending == frozenset()


def test_a_second_page_follows_the_first() -> None:
    first = read(TEN.page(0, 6))
    assert first.state == AT_SIX
    assert not first.at_end
    second = read(TEN.page(6), first.state)
    assert second.state == read(TEN.page()).state
    assert second.at_end
    assert second.entries == tuple(TEN.entries[6:])


def test_an_empty_page_says_that_nothing_is_new() -> None:
    page = read(TEN.page(6, 0), AT_SIX)
    assert page.entries == ()
    assert page.at_end
    assert page.state == AT_SIX
    assert len(Log().page()) < 1024


def test_an_empty_log_has_an_empty_page() -> None:
    assert read(Log().page()).state == replace(EMPTY, note=Log().note())


@given(st.integers(0, 12), st.lists(st.integers(1, 5), max_size=12))
@settings(deadline=None)
def test_any_cuts_lead_to_the_same_state(count: int, cuts: list[int]) -> None:
    log, state, entries = log_of(count), EMPTY, list[Entry]()
    for cut in [*cuts, 500]:
        page = read(log.page(state.size, cut), state)
        entries += page.entries
        state = page.state
        assert page.at_end is (state.size == count)
    assert (state.edge, entries) == (log.edge, log.entries)


@given(st.data())
@settings(deadline=None)
def test_no_flipped_byte_is_applied(data: st.DataObject) -> None:
    page = bytearray(log_of(3).page())
    place = data.draw(st.integers(0, len(page) - 1))
    page[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused):
        read(bytes(page))


@given(st.data())
@settings(deadline=None)
def test_no_other_order_of_lines_is_applied(data: st.DataObject) -> None:
    lines = log_of(4).page().splitlines()
    shuffled = data.draw(st.permutations(lines))
    if shuffled != lines:
        with pytest.raises(Refused):
            read(b"\n".join(shuffled) + b"\n")


@given(st.binary(max_size=100))
def test_any_bytes_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(Refused):
        read(data)


# I1: a log speaks for its own origin only.


def test_a_page_of_another_hub_is_refused() -> None:
    with pytest.raises(BadCheckpoint):
        read(log_of(2, KIEL).page())
    with pytest.raises(Refused, match="another origin"):
        read_page(EMPTY, KIEL.keyset, log_of(2, KIEL).page(), now=NOW)


def test_a_foreign_entry_in_a_signed_page_is_refused() -> None:
    log = Log().append(put(0), put(1, origin=KIEL.origin))
    with pytest.raises(BadEntry, match="entry 1: belongs to another log"):
        read(log.page())


def test_an_entry_of_another_epoch_is_refused() -> None:
    log = Log().append(put(0, log=OTHER_LOG))
    with pytest.raises(BadEntry, match="entry 0: belongs to another log"):
        read(log.page())


def test_a_log_id_that_was_not_pinned_is_refused() -> None:
    log = Log(log_id=OTHER_LOG).append(put(0, log=OTHER_LOG))
    with pytest.raises(BadCheckpoint, match="another log"):
        read(log.page())


def test_a_stolen_key_id_signs_nothing() -> None:
    forged = write_page(lines_of(TEN), TEN.note(signing=stolen(KIEL, WILSTER)))
    with pytest.raises(BadCheckpoint, match="no key"):
        read(forged)


def test_a_key_that_is_no_longer_valid_signs_nothing() -> None:
    with pytest.raises(BadCheckpoint, match="valid now"):
        read_page(EMPTY, WILSTER.keyset, TEN.page(), now=NOW + timedelta(days=31))


# I2: one spelling.


@pytest.mark.parametrize(
    "spoil",
    [
        lambda page: page.replace(b'"rev":1', b'"rev": 1', 1),
        lambda page: page.replace(b'"rev":1', b'"rev":1.0', 1),
        lambda page: page.replace(b'{"checkpoint":', b'{ "checkpoint":'),
        lambda page: page.replace(b"\n", b"\r\n"),
        lambda page: page.replace(b"\n", b"\n\n", 1),
        lambda page: b"\n" + page,
        lambda page: page + b"\n",
        lambda page: page[:-1],
        lambda page: page + b" ",
        lambda page: b"\xef\xbb\xbf" + page,
        lambda page: page[:0],
        lambda page: page[-1:],
        lambda page: page[-1:] * 2,
        lambda page: page.split(b"\n")[0] + b"\n",
        lambda page: page.split(b"\n")[-2],
    ],
)
def test_a_page_has_one_spelling(spoil: Callable[[bytes], bytes]) -> None:
    page = log_of(2).page()
    assert spoil(page) != page
    with pytest.raises(Refused):
        read(spoil(page))


@pytest.mark.parametrize(
    "ending",
    [
        {},
        [],
        None,
        "note",
        {"checkpoint": None},
        {"checkpoint": 7},
        {"checkpoint": [TEN.note()]},
        {"checkpoint": TEN.note(), "more": False},
        {"checkpoint": TEN.note(), "more": 1},
        {"checkpoint": TEN.note(), "more": None},
        {"checkpoint": TEN.note(), "next": 1},
        {"checkpoint": TEN.note(), "more": True, "next": 1},
        {"note": TEN.note()},
        {"more": True},
    ],
)
def test_the_last_line_is_a_checkpoint_and_nothing_else(ending: object) -> None:
    lines = [*lines_of(TEN), canonical.serialise(ending), b""]  # type: ignore[arg-type]
    with pytest.raises(Refused, match="the last line"):
        read(b"\n".join(lines))


def test_more_may_be_announced() -> None:
    ending = canonical.encode({"checkpoint": TEN.note(), "more": True})
    assert not read(b"\n".join((*lines_of(TEN), ending, b""))).at_end


def test_announcing_more_and_bringing_nothing_is_an_end() -> None:
    ending = canonical.encode({"checkpoint": TEN.note(0), "more": True})
    assert read(ending + b"\n").at_end


# I3: numbers are dense.


@pytest.mark.parametrize("seqs", [[1], [0, 2], [0, 0], [0, 2**52], [1, 0]])
def test_numbers_follow_each_other(seqs: list[int]) -> None:
    log = Log().append(*(put(seq, uid=ULIDS[place]) for place, seq in enumerate(seqs)))
    with pytest.raises(BadEntry, match="is numbered"):
        read(log.page())


def test_a_line_that_was_left_out_is_missed() -> None:
    lines = lines_of(TEN)
    for gap in range(9):
        with pytest.raises(BadEntry, match=f"entry {gap}: is numbered {gap + 1}"):
            read(write_page(lines[:gap] + lines[gap + 1 :], TEN.note()))
    with pytest.raises(RootMismatch):
        read(write_page(lines[:9], TEN.note()))


def test_a_page_that_begins_elsewhere_is_refused() -> None:
    with pytest.raises(BadEntry, match="entry 0: is numbered 6"):
        read(TEN.page(6))
    with pytest.raises(BadEntry, match="entry 6: is numbered 0"):
        read(TEN.page(), AT_SIX)


# I4: a log neither shrinks nor forks.


def test_a_log_that_shrank_is_frozen_with_both_notes() -> None:
    with pytest.raises(Frozen, match="shrank from 6 to 5") as refusal:
        read(write_page((), TEN.note(5)), AT_SIX)
    assert (refusal.value.held, refusal.value.seen) == (TEN.note(6), TEN.note(5))


def test_a_rollback_is_frozen_whatever_lines_come_with_it() -> None:
    with pytest.raises(Frozen):
        read(write_page(lines_of(TEN)[:2], TEN.note(2)), AT_SIX)


def test_a_fork_of_equal_size_is_frozen_with_both_notes() -> None:
    other = Log().append(*(put(seq, kind="event") for seq in range(6)))
    with pytest.raises(Frozen, match="two different logs of 6") as refusal:
        read(write_page((), other.note()), AT_SIX)
    assert (refusal.value.held, refusal.value.seen) == (TEN.note(6), other.note())
    assert (refusal.value.type, refusal.value.status) == ("frozen", 409)


def test_a_history_that_was_rewritten_below_the_cursor_does_not_fit() -> None:
    other = Log().append(*(put(seq, kind="event" if seq == 2 else "project") for seq in range(10)))
    with pytest.raises(RootMismatch):
        read(other.page(6), AT_SIX)
    with pytest.raises(Frozen):
        read(other.page(6, 0), AT_SIX)


def test_an_unsigned_claim_freezes_nothing() -> None:
    with pytest.raises(BadCheckpoint):
        read(write_page((), TEN.note(5, stolen(KIEL, WILSTER))), AT_SIX)


def test_a_note_that_came_alone_is_compared_with_what_is_held() -> None:
    six = read(TEN.page(0, 6)).state
    other = Log().append(*(put(seq, kind="event") for seq in range(8)))

    def claim(log: Log, size: int) -> None:
        signed = verify(log.note(size), WILSTER.keyset, LOG, NOW)
        check_history(six, signed, lambda held: tree.root_at(held, TEN.node))

    for size in (0, 5, 6, 7, 10):
        claim(TEN, size)
    for size in (1, 5, 6):
        with pytest.raises(Frozen, match=f"two different logs of {size}") as refusal:
            claim(other, size)
        assert (refusal.value.held, refusal.value.seen) == (TEN.note(6), other.note(size))
    claim(other, 7)


def test_a_late_note_is_no_rollback() -> None:
    check_history(AT_SIX, verify(TEN.note(5), WILSTER.keyset, LOG, NOW))


# The tree.


def test_a_checkpoint_is_for_exactly_the_size_after_its_page() -> None:
    with pytest.raises(RootMismatch, match="a checkpoint of 10 entries ends a page after 9"):
        read(write_page(lines_of(TEN)[:9], TEN.note()))
    with pytest.raises(RootMismatch, match="a checkpoint of 9 entries ends a page after 10"):
        read(write_page(lines_of(TEN), TEN.note(9)))


def test_a_changed_header_does_not_fit_the_root() -> None:
    lines = lines_of(TEN)
    lines[4] = put(4, kind="event").line
    with pytest.raises(RootMismatch, match="not the ones"):
        read(write_page(lines, TEN.note()))


def test_a_wrong_root_is_refused() -> None:
    wrong = sign(Checkpoint(WILSTER.origin, LOG, 10, bytes(32)), WILSTER.signing)
    with pytest.raises(RootMismatch):
        read(write_page(lines_of(TEN), wrong))


# I8: bodies.


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:
    changed = TEN.page().replace("Größe 4".encode(), "Größe 5".encode())
    with pytest.raises(BadEntry, match="entry 4: the body is not the one"):
        read(changed)


def test_a_body_that_is_gone_is_pending_until_a_later_entry() -> None:
    log = Log().append(without_body(put(0)), put(1, uid=ULIDS[0], rev=2), without_body(put(2)))
    assert read(log.page(0, 1)).pending == {ULIDS[0]}
    assert read(log.page()).pending == {ULIDS[2]}
    log.append(put(3, uid=ULIDS[2], rev=2, op="erase", body=None))
    assert read(log.page()).pending == frozenset()
    assert read(log.page()).state.edge == log.edge


def test_an_erased_body_leaves_the_log_as_it_was() -> None:
    whole = log_of(3)
    bare = Log().append(*map(without_body, whole.entries))
    assert read(bare.page()).state == read(whole.page()).state


def test_a_replica_begins_with_nothing_under_exact_names() -> None:
    assert (EMPTY.size, EMPTY.note, EMPTY.edge) == (0, "", tree.CompactRange())
    with pytest.raises(BadRequest):
        ReplicaState("https://WILSTER.example", LOG)
    with pytest.raises(BadRequest, match="log id"):
        ReplicaState(WILSTER.origin, "x")
