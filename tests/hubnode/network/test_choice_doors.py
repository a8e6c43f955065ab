"""The door for lines asked for again: what a member gets, and who is refused."""

from __future__ import annotations

import gzip

import sqlalchemy as sa
from werkzeug.test import TestResponse

from federation import routes
from federation.pages import PAGE_TYPE
from hubnode.db import reading, transaction
from hubnode.network.models import Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW
from tests.hubnode.network.test_doors import Door, door, problem

__all__ = ["door"]


def again(door: Door, after: int = 0, limit: int = 500, log: str = "") -> TestResponse:
    """Ask for lines again, properly."""
    path = f"{routes.AGAIN}?log={log or door.log_id()}&after={after}&limit={limit}"
    return door.get(path, door.signed("GET", path))


def cursor(door: Door) -> int:
    """How far Wilster believes Rendsburg to be."""
    with door.hub.at():
        return reading().scalars(sa.select(Peer.acked_size)).one()


def test_a_member_gets_lines_again_and_its_cursor_is_where_it_was(door: Door) -> None:
    for number in range(3):
        door.hub.publish("project", project(f"Vorhaben {number}"))
    door.entries(after=3)
    answer = again(door, after=1, limit=1)
    assert (answer.status_code, answer.content_type) == (200, PAGE_TYPE)
    assert b"Vorhaben 1" in answer.data
    assert b"Vorhaben 2" not in answer.data
    assert cursor(door) == 3


def test_a_long_answer_is_compressed_for_whoever_takes_it(door: Door) -> None:
    for number in range(3):
        door.hub.publish("project", project(f"Vorhaben {number}"))
    path = f"{routes.AGAIN}?log={door.log_id()}&after=0&limit=500"
    answer = door.get(path, door.signed("GET", path) | {"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"Vorhaben 2" in gzip.decompress(answer.data)


def test_what_was_erased_is_not_given_again(door: Door) -> None:
    id = door.hub.publish("project", project("Kanarienvogel"))
    with door.hub.at():
        service.erase(OPERATOR, id, NOW)
    assert b"Kanarienvogel" not in again(door).data


def test_without_a_signature_nothing_is_given_again(door: Door) -> None:
    assert problem(door.get(f"{routes.AGAIN}?log={door.log_id()}&after=0&limit=1")) == "bad-signature"


def test_a_suspended_hub_gets_nothing_again(door: Door) -> None:
    with door.hub.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    assert problem(again(door)) == "not-member"


def test_lines_of_another_log_are_not_here(door: Door) -> None:
    assert problem(again(door, log="0" * 32)) == "gone-epoch"


def test_a_query_in_another_spelling_is_refused(door: Door) -> None:
    path = f"{routes.AGAIN}?after=0&log={door.log_id()}&limit=1"
    assert problem(door.get(path, door.signed("GET", path))) == "bad-request"
