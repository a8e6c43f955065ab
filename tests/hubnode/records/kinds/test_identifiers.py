"""Identifiers of administration and research, right and almost right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubnode.records.kinds import identifiers


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("01", "land"),
        ("16", "land"),
        ("01061", "kreis"),
        ("01061113", "gemeinde"),
        ("010605024", "gemeindeverband"),
        ("010615179113", "regionalschluessel"),
        ("0106151", None),
        ("01061517911", None),
        ("00", None),
        ("17061", None),
        ("0106l", None),
        ("٠١٠٦١", None),
        ("01061 ", None),
        ("", None),
    ],
)
def test_the_length_of_a_regional_key_tells_what_it_names(key: str, names: str | None) -> None:
    assert identifiers.regional_key(key) == names


def test_every_key_but_a_lands_lies_in_a_district() -> None:
    assert identifiers.district("010615179") == identifiers.district("01061") == "01061"
    assert identifiers.district("01") is None


@pytest.mark.parametrize("id", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"])
def test_an_orcid_has_a_check_digit(id: str) -> None:
    assert identifiers.orcid(id)
    for place, digit in enumerate(id):
        if digit.isdigit():
            changed = id[:place] + str((int(digit) + 1) % 10) + id[place + 1 :]
            assert not identifiers.orcid(changed)


@pytest.mark.parametrize("id", ["0000-0002-1694-233x", "0000000218250097", "https://orcid.org/0000-0002-1825-0097", ""])
def test_an_orcid_has_one_spelling(id: str) -> None:
    assert not identifiers.orcid(id)


@pytest.mark.parametrize("id", ["04v76ef78", "05dxps055", "03yrm5c26", "042nb2s44"])
def test_a_ror_id_has_check_digits(id: str) -> None:
    assert identifiers.ror(id)
    assert not identifiers.ror(id[:-1] + str((int(id[-1]) + 1) % 10))
    assert not identifiers.ror(f"https://ror.org/{id}")
    assert not identifiers.ror(id.upper())


@given(st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyz-X", max_size=20))
def test_no_text_upsets_the_check_digits(text: str) -> None:
    assert identifiers.orcid(text) in (True, False)
    assert identifiers.ror(text) in (True, False)


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example",
        "http://127.0.0.1:5001/r/x",
        "https://[::1]:8443/",
        "https://xn--mller-kva.example/%C3%A4?b=c&d=(e)#f",
        "https://A.example/~x/'y'",
    ],
)
def test_addresses_on_the_web(address: str) -> None:
    assert identifiers.url(address)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example",
        "//a.example",
        "a.example",
        "https://",
        "https:///x",
        "https://user:pass@a.example/",
        "https://a.example/ b",
        "https://a.example/\n",
        'https://a.example/"onmouseover=',
        "https://a.example/<b>",
        "https://müller.example",
        "https://a..example",
        "https://a.example\\@b.example",
        " https://a.example",
    ],
)
def test_what_is_no_address_on_the_web(address: str) -> None:
    assert not identifiers.url(address)


def test_a_record_is_named_by_origin_and_ulid() -> None:
    assert identifiers.record("https://hub.example/r/01JD8Z0000000000000000000A")
    assert identifiers.record("http://127.0.0.1:5001/r/01JD8Z0000000000000000000A")
    for wrong in (
        "01jd8z0000000000000000000a",
        "81JD8Z0000000000000000000A",
        "01JD8Z000000000000000000U",
        "01JD8Z0000000000000000000A/",
    ):
        assert not identifiers.record(f"https://hub.example/r/{wrong}")
    assert not identifiers.record("https://Hub.example/r/01JD8Z0000000000000000000A")
    assert not identifiers.hub("https://hub.example/")
    assert not identifiers.hub("https://hub.example:0443")
    assert identifiers.hub("https://hub.example:8443")


def test_service_keys() -> None:
    assert identifiers.service_key("99123456789012")
    assert not any(
        identifiers.service_key(key)
        for key in ("9912345678901", "991234567890123", "98123456789012", "99 123456789012")
    )


def test_time_zones() -> None:
    assert "Europe/Berlin" in identifiers.timezones()
    assert not {"Europe", "posixrules", "../etc/passwd", ""} & identifiers.timezones()
