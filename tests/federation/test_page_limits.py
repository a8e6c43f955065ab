"""Pages: how large they may be, and what a writer puts into one."""

import pytest

from federation.errors import Refused, TooLarge
from federation.pages import MAX_BYTES, MAX_LINES, Limits, fitting, write_page
from tests.federation.cast import ULIDS, Log, lines_of, log_of, page_of, put, read


def test_a_page_is_spelled_like_this() -> None:
    assert write_page((), "note") == b'{"checkpoint":"note"}\n'
    assert write_page((b"1", b"2"), "note", more=True) == b'1\n2\n{"checkpoint":"note","more":true}\n'


def test_a_page_has_at_most_500_lines() -> None:
    log = Log().append(*(put(seq, uid=ULIDS[seq % 100], rev=seq + 1) for seq in range(501)))
    assert (MAX_LINES, len(read(log.page()).entries)) == (500, 500)
    lines = lines_of(log)
    with pytest.raises(TooLarge):
        write_page(lines, log.note())
    with pytest.raises(Refused, match="lines"):
        read(page_of(lines, log.note()))
    with pytest.raises(Refused, match="lines"):
        read(page_of([*lines, *lines], log.note()))


def test_a_replica_may_take_less() -> None:
    assert read(log_of(3).page(), limits=Limits(lines=3)).state.size == 3
    with pytest.raises(Refused, match="too many lines"):
        read(log_of(3).page(), limits=Limits(lines=2))
    page = log_of(3).page()
    assert read(page, limits=Limits(bytes=len(page))).state.size == 3
    with pytest.raises(Refused, match="too many bytes"):
        read(page, limits=Limits(bytes=len(page) - 1))


def test_a_replica_never_takes_more_than_the_protocol() -> None:
    log = Log().append(*(put(seq, uid=ULIDS[seq % 100], rev=seq + 1) for seq in range(501)))
    with pytest.raises(Refused, match="lines"):
        read(page_of(lines_of(log), log.note()), limits=Limits(lines=10**6, bytes=10**9))
    with pytest.raises(Refused, match="too many bytes"):
        read(b"x" * (MAX_BYTES + 1), limits=Limits(bytes=10**9))


def test_a_page_has_at_most_one_mebibyte() -> None:
    with pytest.raises(Refused, match="too many bytes"):
        read(b"\n" * (MAX_BYTES + 1))
    with pytest.raises(Refused, match="lines"):
        read(b"\n" * MAX_BYTES)
    with pytest.raises(TooLarge):
        write_page([b"x" * MAX_BYTES], "note")
    room = MAX_BYTES - len(write_page([b""], "note"))
    assert len(write_page([b"x" * room], "note")) == MAX_BYTES == 1024 * 1024
    with pytest.raises(TooLarge):
        write_page([b"x" * (room + 1)], "note")


def test_the_writer_takes_what_fits() -> None:
    line = b"x" * 1023
    assert len(fitting([line] * 600)) == 500
    assert len(fitting([line] * 600, 7)) == 7
    assert len(fitting([line] * 600, 10_000)) == 500
    assert fitting([line] * 3, 0) == []
    assert fitting([]) == []
    large = b"x" * (MAX_BYTES // 4 - 1)
    assert len(fitting([large] * 4)) == 3
    assert len(write_page(fitting([line] * 600), log_of(1).note())) <= MAX_BYTES
    exact = b"x" * (MAX_BYTES - 2048 - 1)
    assert fitting([exact]) == [exact]
    assert fitting([exact + b"x"]) == []
    assert fitting([b"", exact]) == [b""]


def test_fitting_reads_no_further_than_it_must() -> None:
    asked: list[int] = []

    def rows() -> object:
        for number in range(10):
            asked.append(number)
            yield b"x"

    assert len(fitting(rows(), 3)) == 3  # type: ignore[arg-type]
    assert asked == [0, 1, 2, 3]
