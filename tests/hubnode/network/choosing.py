"""Two hubs of which one chooses what it takes of the other, and one that never chooses; what they hold, to compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hubnode.db import reading
from hubnode.network import choice, rechoosing, status
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records.choosing import Choice, Rule
from hubnode.records.models import Log, LogEntry, Quarantine, Record, Reference
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.records.kinds.examples import EVENT
from tests.migrated import migrate

MOBILITY = Choice(taken=Rule(frozenset({"project", "event"}), frozenset({"focus-mobility"})))
CANARY = "Kanarienvogel"


@pytest.fixture
def there(tmp_path: Path, template: Path, free_port: int) -> Iterator[Hub]:
    """The hub of which is chosen."""
    hub = make_hub(tmp_path / "there", template, "Rendsburg", free_port, pages=True)
    yield hub
    close(hub)


on_both = pytest.mark.parametrize(
    "here", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
"""On both databases."""


@pytest.fixture
def here(request: pytest.FixtureRequest, tmp_path: Path, template: Path, there: Hub) -> Iterator[Hub]:
    """The hub that chooses."""
    url = request.getfixturevalue("postgres_url") if getattr(request, "param", "") == "postgresql" else ""
    if url:
        migrate(url)
    hub = make_hub(tmp_path / "here", template, "Wilster", 5991, url)
    pin(hub, there)
    pin(there, hub)
    yield hub
    close(hub)


@pytest.fixture
def never(tmp_path: Path, template: Path, there: Hub) -> Iterator[Hub]:
    """A hub that never chooses: what `here` is compared with."""
    hub = make_hub(tmp_path / "never", template, "Hennstedt", 5993)
    pin(hub, there)
    pin(there, hub)
    yield hub
    close(hub)


def event(title: str, topics: list[str]) -> dict[str, Any]:
    """A public event."""
    return {name: value for name, value in EVENT.items() if name not in ("attachments", "pictures")} | {
        "title": {"de": title},
        "topics": topics,
    }


def publish_some(there: Hub) -> dict[str, str]:
    """A few records of several kinds and topics; their ids by what they are."""
    return {
        "parking": there.publish("project", project("Parkplätze")),
        "water": there.publish("project", project(f"Wasserzähler {CANARY}", topics=["water"])),
        "bus": there.publish("event", event("Rufbus", ["on-demand-transport"])),
        "doctors": there.publish("event", event(f"Sprechstunde {CANARY}", ["telemedicine"])),
    }


def choose(here: Hub, there: Hub, chosen: Choice) -> None:
    """Choose, and carry it out as far as one turn goes."""
    with here.at() as node:
        choice.change(OPERATOR_CONFIRMED, there.origin, chosen, NOW)
        rechoosing.rechoose(node, there.origin)


def titles(hub: Hub, text: str = "") -> list[str]:
    """What everybody finds."""
    with hub.at():
        found = records.find(ANONYMOUS, records.Browse(text=text, sort="title", size=100))
        return [view.headline["de"] for view in found.items]


def states(hub: Hub) -> dict[str, str]:
    """The state of every copied record."""
    with hub.at():
        return dict(reading().execute(sa.select(Record.rec, Record.state).where(~Record.own)).all())


def tables(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that stands in the tables about copied records, without the numbers of rows."""
    names = [column for column in Record.__table__.columns if column.name != "id"]
    lines = (
        LogEntry.seq,
        LogEntry.rec,
        LogEntry.header,
        LogEntry.body,
        LogEntry.salt,
        LogEntry.nodes,
        LogEntry.untaken,
    )
    named = sa.select(Record.rec, Reference.field, Reference.target, Reference.level)
    found = "SELECT r.rec, d.kind, d.origin, d.level, d.title FROM search_doc d JOIN record r ON r.id = d.doc"
    facets = "SELECT r.rec, f.facet, f.value, f.level FROM search_facet f JOIN record r ON r.id = f.doc"
    with hub.at():
        ask = reading().execute
        return {
            "record": sorted(map(tuple, ask(sa.select(*names).where(~Record.own))), key=repr),
            "log_entry": sorted(map(tuple, ask(sa.select(*lines).join(Log, Log.id == LogEntry.log).where(~Log.own)))),
            "reference": sorted(map(tuple, ask(named.join(Record, Record.id == Reference.record).where(~Record.own)))),
            "search_doc": sorted(map(tuple, ask(sa.text(found + " WHERE NOT r.own")))),
            "search_facet": sorted(map(tuple, ask(sa.text(facets + " WHERE NOT r.own")))),
            "quarantine": sorted(map(tuple, ask(sa.select(Quarantine.seq, Quarantine.rec, Quarantine.reason)))),
        }


def digests(hub: Hub, of: Hub) -> str:
    """The digest of a log as this hub has it."""
    with hub.at():
        return next(held.digest for held in status.held(reading()) if held.origin == of.origin)


def bodies(hub: Hub) -> bytes:
    """All copied texts that stand in the tables."""
    with hub.at():
        ask = reading().scalars
        of_records = ask(sa.select(Record.body).where(~Record.own)).all()
        of_lines = ask(sa.select(LogEntry.body).join(Log, Log.id == LogEntry.log).where(~Log.own)).all()
        return b"".join(body for body in (*of_records, *of_lines) if body is not None)


def verified(hub: Hub) -> list[str]:
    """What `hubnode verify` finds."""
    with hub.at():
        return status.verify(reading())
