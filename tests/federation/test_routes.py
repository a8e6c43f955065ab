"""What a server reads from requests: one spelling of a query, one shape of a poke."""

import pytest

from federation import routes
from federation.errors import BadRequest, NotCanonical, ProtocolError, TooLarge
from federation.routes import EntriesQuery, encode_poke, parse_poke
from tests.federation.cast import LOG, log_of


@pytest.mark.parametrize(("after", "limit"), [(0, 0), (0, 500), (7, 1), (2**53 - 1, 500)])
def test_a_query_has_one_spelling(after: int, limit: int) -> None:
    text = f"log={LOG}&after={after}&limit={limit}"
    assert EntriesQuery.parse(text) == EntriesQuery(LOG, after, limit)
    assert EntriesQuery(LOG, after, limit).text == text
    assert EntriesQuery(LOG, 0).limit == 500


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"log={LOG}",
        f"log={LOG}&after=0",
        f"after=0&limit=1&log={LOG}",
        f"log={LOG}&after=00&limit=1",
        f"log={LOG}&after=-1&limit=1",
        f"log={LOG}&after=+1&limit=1",
        f"log={LOG}&after=0x1&limit=1",
        f"log={LOG}&after=٣&limit=1",
        f"log={LOG}&after=0&limit=",
        f"log={LOG}&after=0&limit=1&limit=2",
        f"log={LOG}&after=0&limit=1&x=1",
        f"log={LOG.upper()}&after=0&limit=1",
        f"log={LOG}0&after=0&limit=1",
        "log=x&after=0&limit=1",
        f"log={LOG}&after=0&limit=1\n",
        f"?log={LOG}&after=0&limit=1",
        f"log={LOG}&after={2**53}&limit=1",
        f"log={LOG}&after=99999999999999999&limit=1",
    ],
)
def test_every_other_query_is_refused(query: str) -> None:
    with pytest.raises(BadRequest):
        EntriesQuery.parse(query)


@pytest.mark.parametrize("limit", ["501", "100000000"])
def test_nobody_gets_more_than_a_page(limit: str) -> None:
    with pytest.raises(TooLarge):
        EntriesQuery.parse(f"log={LOG}&after=0&limit={limit}")


@pytest.mark.parametrize(("log", "after", "limit"), [("x", 0, 1), (LOG, -1, 1), (LOG, 2**53, 1), (LOG, 0, -1)])
def test_an_impossible_query_is_not_made(log: str, after: int, limit: int) -> None:
    with pytest.raises(ProtocolError):
        EntriesQuery(log, after, limit)


def test_a_poke_carries_a_note() -> None:
    note = log_of(2).note()
    assert parse_poke(encode_poke(note)) == note


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"x"',
        b'{"checkpoint":null}',
        b'{"checkpoint":7}',
        b'{"checkpoint":"x","more":1}',
        b'{"checkpoint": "x"}',
        b'{"checkpoint":"%s"}' % (b"x" * 1025),
    ],
)
def test_every_other_poke_is_refused(body: bytes) -> None:
    with pytest.raises((BadRequest, NotCanonical)):
        parse_poke(body)


def test_a_poke_is_small() -> None:
    assert parse_poke(encode_poke("x" * 1024)) == "x" * 1024
    with pytest.raises(TooLarge):
        parse_poke(b" " * (routes.MAX_POKE + 1))
    with pytest.raises(NotCanonical):
        parse_poke(b" " * routes.MAX_POKE)


def test_the_doors_are_these() -> None:
    assert (routes.CARD, routes.CHECKPOINT, routes.ENTRIES, routes.POKE) == (
        "/.well-known/apl",
        "/apl/v1/checkpoint",
        "/apl/v1/entries",
        "/apl/v1/poke",
    )
