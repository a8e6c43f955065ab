"""Bytes, times and identifiers: one spelling each."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.encoding import b64url, from_b64url, is_key_id, is_log_id, parse_timestamp, timestamp


@given(st.binary(max_size=70))
def test_bytes_come_back(data: bytes) -> None:
    assert from_b64url(b64url(data), len(data)) == data


def test_base64url_has_no_padding_and_its_own_two_characters() -> None:
    assert b64url(b"\xfb\xff\xbf") == "-_-_"
    assert b64url(b"a") == "YQ"
    assert from_b64url("-_-_", 3) == b"\xfb\xff\xbf"


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "+/+/", "YQ\n", " YQ", "YWE", "", "ÿQ", "Y Q", "YQ."])
def test_every_other_spelling_of_one_byte_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        from_b64url(text, 1)


def test_a_timestamp_is_utc_with_milliseconds() -> None:
    berlin = timezone(timedelta(hours=1))
    assert timestamp(datetime(2026, 11, 22, 13, 16, 3, 120_999, berlin)) == "2026-11-22T12:16:03.120Z"
    assert timestamp(datetime(2000, 1, 1, tzinfo=UTC)) == "2000-01-01T00:00:00.000Z"
    assert timestamp(datetime(2099, 12, 31, 23, 59, 59, 999_999, UTC)) == "2099-12-31T23:59:59.999Z"
    assert timestamp(datetime(2026, 1, 2, 3, 4, 5, 7_000, UTC)) == "2026-01-02T03:04:05.007Z"


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_timestamp_comes_back_to_the_millisecond(moment: datetime) -> None:
    back = parse_timestamp(timestamp(moment))
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)
    assert back.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:16:03Z",
        "2026-11-22T12:16:03.12Z",
        "2026-11-22T12:16:03.1200Z",
        "2026-11-22T12:16:03.120+00:00",
        "2026-11-22T12:16:03.120z",
        "2026-11-22 12:16:03.120Z",
        "2026-11-22T12:16:03,120Z",
        "2026-13-22T12:16:03.120Z",
        "2026-02-30T12:16:03.120Z",
        "2026-11-22T24:16:03.120Z",
        "2026-11-22T12:16:60.120Z",
        "1999-12-31T23:59:59.999Z",
        "2100-01-01T00:00:00.000Z",
        "9999-01-01T00:00:00.000Z",
        "2026-11-22T12:16:03.120Z\n",
        "٢٠٢٦-11-22T12:16:03.120Z",
        "",
    ],
)
def test_every_other_spelling_of_a_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_timestamp(text)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001 - that is the fault
        datetime(1999, 12, 31, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
    ],
)
def test_a_time_without_zone_or_century_is_not_written(moment: datetime) -> None:
    with pytest.raises(ValueError, match="time"):
        timestamp(moment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k1", True),
        ("k", True),
        ("2026-11", True),
        ("k" * 32, True),
        ("k" * 33, False),
        ("", False),
        ("-k", False),
        ("K1", False),
        ("k_1", False),
        ("k1\n", False),
        ("k#1", False),
    ],
)
def test_key_ids(text: str, expected: bool) -> None:
    assert is_key_id(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0" * 32, True), ("0123456789abcdef" * 2, True), ("0" * 31, False), ("0" * 33, False), ("A" * 32, False)],
)
def test_log_ids(text: str, expected: bool) -> None:
    assert is_log_id(text) is expected
    assert not is_log_id(text + "\n")
