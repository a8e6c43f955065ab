"""The worker asks once what there is to do, and does nothing else: what it leaves out would have changed nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hubnode.db import Base, db, reading, transaction
from hubnode.network.models import Nonce, Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, removals, service
from hubnode.work.chores import CHORES
from hubnode.work.loop import look, whose_time_has_come
from tests.hubnode.hubs import NOW, Hub

LATER = NOW + timedelta(days=900)
NAMES = [chore.name for chore in CHORES]
ALWAYS = [chore.name for chore in CHORES if chore.wanted is None]


def wanted(hub: Hub, now: datetime = NOW) -> list[str]:
    """The chores that have anything to do, of all."""
    with hub.at():
        return [chore.name for chore in look(now, NAMES)[0]]


def test_a_hub_where_nothing_happens_has_next_to_nothing_to_do(rendsburg: Hub) -> None:
    assert wanted(rendsburg) == ALWAYS
    assert len(ALWAYS) < 5


def test_what_is_left_out_would_have_changed_nothing(rendsburg: Hub) -> None:
    """However late it is: no chore whose condition does not hold writes anything when it is done all the same."""
    with rendsburg.at() as node:
        for chore in (chore for chore in CHORES if chore.name not in wanted(rendsburg, LATER)):
            assert _rows_written(lambda chore=chore: chore.do(node, LATER)) == 0, chore.name


def _rows_written(do: Callable[[], object]) -> int:
    return sum(max(0, rows) for statement, rows in _statements(do) if not statement.startswith("SELECT"))


def _statements(do: Callable[[], object]) -> list[tuple[str, int]]:
    """Every statement, with the rows that it has changed."""
    seen: list[tuple[str, int]] = []

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append((statement.strip(), cursor.rowcount))

    sa.event.listen(db.engine, "after_cursor_execute", note)
    try:
        do()
    finally:
        sa.event.remove(db.engine, "after_cursor_execute", note)
    return seen


LOOKED_AT_BESIDE = {
    "erasures": {"erasure_receipt", "handed", "overdue_erasure", "peer", "record", "removal", "scrub"},
    "registrations": {"log", "record"},
}
"""Tables that a chore reads for what it finds in those of its condition."""


@pytest.mark.parametrize("name", [chore.name for chore in CHORES if chore.wanted is not None])
def test_a_condition_names_every_table_that_the_chore_cares_for(rendsburg: Hub, name: str) -> None:
    """A table that is forgotten in a condition would fill up unseen."""
    [chore] = [one for one in CHORES if one.name == name]
    assert chore.wanted is not None
    asked = _tables(str(chore.wanted(NOW)))
    with rendsburg.at() as node:
        done = [statement for statement, _ in _statements(lambda: chore.do(node, LATER))]
    touched = set().union(*map(_tables, done))
    assert touched, "it does not look at anything"
    assert touched <= asked | LOOKED_AT_BESIDE.get(name, set())


def _tables(statement: str) -> set[str]:
    return set(re.findall(r"(?:FROM|UPDATE|JOIN|,) (\w+)(?= |\n|$|,|\))(?! *[.=<>])", statement)) & TABLES


TABLES = set(Base.metadata.tables)


def test_a_hub_that_leaves_follows_those_who_leave_it(rendsburg: Hub) -> None:
    with rendsburg.at(), transaction() as session:
        session.execute(sa.update(Peer).values(leaving="keep"))
    assert "leaving" in wanted(rendsburg)


def test_a_log_in_doubt_is_asked_for(rendsburg: Hub) -> None:
    with rendsburg.at(), transaction() as session:
        log.own(session).state = "checking"
    assert "recovery" in wanted(rendsburg)


def test_what_was_taken_back_is_cleared_and_chased(rendsburg: Hub) -> None:
    """The files until they are clear, the others until they have confirmed."""
    body = {"name": {"de": "Stelle"}, "kind": "hochschule", "license": "CC-BY-4.0"}
    record = rendsburg.publish("organisation", body)
    assert not {"scrub", "erasures"} & set(wanted(rendsburg))
    with rendsburg.at():
        service.erase(OPERATOR, record, NOW)
    assert {"scrub", "erasures"} <= set(wanted(rendsburg))
    with rendsburg.at(), transaction() as session:
        removals.scrubbed(session, 10**6, NOW)
    assert "scrub" not in wanted(rendsburg)


def test_a_chore_whose_time_has_not_come_is_not_looked_at(rendsburg: Hub) -> None:
    """Each has its own pause, and the next begins when it was looked at."""
    next_at: dict[str, datetime] = {}
    assert whose_time_has_come(next_at, NOW) == NAMES
    assert whose_time_has_come(next_at, NOW) == []
    soon = whose_time_has_come(next_at, NOW + timedelta(seconds=5))
    assert "keys" in soon
    assert "people" not in soon
    with rendsburg.at(), transaction() as session:
        session.add(Nonce(keyid="k", nonce="n", expires_at=NOW))
    with rendsburg.at():
        assert [chore.name for chore in look(NOW, ["nonces"])[0]] == ["nonces"]
        assert look(NOW, [])[0] == []
        assert reading().scalar(sa.select(sa.func.count()).select_from(Nonce)) == 1
