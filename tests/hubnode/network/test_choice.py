"""What is taken and shown of another hub: through real doors, with what may go wrong on the way."""

from __future__ import annotations

import gzip
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.feeds import select
from hubnode.network import choice, events, rechoosing, status
from hubnode.network.choice_models import ChoiceChange
from hubnode.network.models import Peer
from hubnode.people.accounts import OPERATOR_CONFIRMED
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import choices, log, service
from hubnode.records import reading as records
from hubnode.records.choosing import ALL, Choice, Rule
from hubnode.records.errors import NotFound
from hubnode.records.models import Log, LogEntry, Quarantine, Record, Reference
from migrations.runner import upgrade
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.network.test_pull import port_of, pulled, served, spoiling
from tests.hubnode.records.kinds.examples import EVENT, ORGANISATION

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
        upgrade(url)
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


@on_both
def test_only_what_is_taken_is_stored_and_the_digest_stays_that_of_the_origin(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with here.at():
        choice.change(OPERATOR_CONFIRMED, there.origin, MOBILITY, NOW)
    with served(there.app, port_of(there)):
        assert pulled(here, there).finished
    assert titles(here) == ["Parkplätze", "Rufbus"]
    assert states(here) == {ids["parking"]: "published", ids["water"]: "untaken"} | {
        ids["bus"]: "published",
        ids["doctors"]: "untaken",
    }
    assert CANARY.encode() not in bodies(here)
    assert digests(here, there) == digests(there, there)
    assert verified(here) == []


def test_narrowing_removes_copies_and_their_words_and_the_log_stays_verifiable(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        assert len(titles(here, CANARY)) == 2
        choose(here, there, MOBILITY)
        assert titles(here, CANARY) == []
        assert CANARY.encode() not in bodies(here)
        assert verified(here) == []
        there.publish("project", project("Neue Sensoren"))
        assert pulled(here, there).entries == 1
    assert titles(here) == ["Neue Sensoren", "Parkplätze", "Rufbus"]
    with here.at():
        (done,) = choice.history(there.origin)
        assert (done.removed, done.restored, done.percent) == ({"project": 1, "event": 1}, {}, 100)
        assert done.done_at is not None
        assert [(event.what, event.detail) for event in events.latest()] == [("rechosen", "2 0"), ("chosen", "Betrieb")]


@on_both
def test_narrowing_then_widening_gives_the_tables_of_a_hub_that_never_chose(
    here: Hub, there: Hub, never: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechoosing, "STRETCH", 3)
    ids = publish_some(there)
    there.publish("organisation", {"name": {"de": "Stadtwerke"}} | _least(ORGANISATION))
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        there.revise(ids["water"], topics=["mobility"])
        there.revise(ids["bus"], topics=["telemedicine"])
        there.revise(ids["parking"], title={"de": "Parkplätze, zweite Fassung"})
        there.publish("project", project("Noch ein Wasserzähler", topics=["water"]))
        pulled(here, there)
        assert titles(here) == ["Parkplätze, zweite Fassung", f"Wasserzähler {CANARY}"]
        choose(here, there, Choice(taken=Rule(frozenset({"event"}))))
        assert titles(here) == ["Rufbus", f"Sprechstunde {CANARY}"]
        choose(here, there, ALL)
        pulled(never, there)
    assert tables(here) == tables(never)
    assert digests(here, there) == digests(never, there) == digests(there, there)
    assert verified(here) == []


def _least(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("attachments", "pictures", "name")}


def test_a_version_that_leaves_the_choice_takes_the_earlier_ones_with_it(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        choose(here, there, MOBILITY)
        pulled(here, there)
        there.revise(ids["parking"], topics=["water"], title={"de": CANARY})
        pulled(here, there)
        assert titles(here) == ["Rufbus"]
        assert b"Parkpl" not in bodies(here)
        there.revise(ids["parking"], now=NOW + timedelta(hours=2), topics=["parking-sensors"], title={"de": "Zurück"})
        pulled(here, there)
    assert titles(here) == ["Rufbus", "Zurück"]
    assert verified(here) == []


def test_erasures_and_withdrawals_apply_whatever_was_chosen(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        with there.at():
            service.erase(OPERATOR, ids["water"], NOW + timedelta(hours=1))
            service.withdraw(OPERATOR, ids["doctors"], NOW + timedelta(hours=1))
        pulled(here, there)
        assert states(here)[ids["water"]] == "erased"
        assert states(here)[ids["doctors"]] == "withdrawn"
        choose(here, there, ALL)
    assert titles(here) == ["Parkplätze", "Rufbus"]
    assert CANARY.encode() not in bodies(here)
    assert digests(here, there) == digests(there, there)


@on_both
def test_what_is_taken_but_not_shown_is_nowhere_to_be_read(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    shown = Choice(shown=MOBILITY.taken)
    with served(there.app, port_of(there)):
        pulled(here, there)
        uri = f"{there.origin}/r/{ids['water']}"
        mine = here.publish("project", project("Unser", lead_organisation=uri))
        choose(here, there, shown)
        there.revise(ids["doctors"], topics=["medical-care"])
        pulled(here, there)
    assert CANARY.encode() in bodies(here)
    assert titles(here, CANARY) == []
    assert titles(here) == ["Parkplätze", "Rufbus", "Unser"]
    with here.at() as node:
        with pytest.raises(NotFound):
            records.get(OPERATOR, "project", ids["water"], there.origin)
        assert records.by_uri(OPERATOR, uri) is None
        assert records.referring(OPERATOR, project()["lead_organisation"]) != []
        assert ids["water"] not in {one.id for one in records.referring(OPERATOR, project()["lead_organisation"])}
        assert records.counts_by_hub(reading())[there.origin] == 2
        assert records.counts_by_kind(OPERATOR)[there.origin]["project"] == 1
        facets = records.find(OPERATOR, records.Browse(counted=("topic", "kind"))).facets
        assert "water" not in {value.value for value in facets["topic"]}
        site = select.Site(node.settings.base_url, {there.origin: "Rendsburg"})
        feed = select.gather(select.Selection(), site, NOW, limit=50)
        assert CANARY not in repr(feed)
        assert mine in {item.view.id for item in feed.items}


@on_both
def test_what_was_hidden_is_shown_again_as_it_was_without_being_fetched(here: Hub, there: Hub, never: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        pulled(never, there)
    choose(here, there, Choice(shown=MOBILITY.taken))
    assert titles(here, CANARY) == []
    choose(here, there, ALL)
    assert tables(here) == tables(never)


def test_a_withdrawn_record_of_a_kind_that_is_not_shown_is_not_told_of_in_feeds(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, Choice(shown=Rule(frozenset({"project"}))))
        with there.at():
            for name in ("bus", "water"):
                service.withdraw(OPERATOR, ids[name], NOW + timedelta(hours=1))
        pulled(here, there)
    with here.at():
        gone = records.gone_from_public(since=NOW)
        assert [one.uri.rpartition("/")[2] for one in gone] == [ids["water"]]


@on_both
@pytest.mark.parametrize("chosen", [MOBILITY, Choice(shown=MOBILITY.taken)])
def test_a_rebuild_respects_the_choice(here: Hub, there: Hub, chosen: Choice) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, chosen)
        there.revise(ids["bus"], topics=["water"])
        pulled(here, there)
    before = tables(here)
    with here.at():
        status.rebuild(NOW)
    assert tables(here) == before


@on_both
def test_the_preview_says_what_will_happen_and_changes_nothing(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
    before = tables(here)
    with here.at():
        chosen = Choice(MOBILITY.taken, Rule(frozenset({"event"})))
        effect = choice.preview(there.origin, chosen)
        total = effect.total
        assert (total.known, total.kept, total.stay, total.removed) == (4, 4, 2, 2)
        assert (total.shown, total.shown_after) == (4, 1)
        assert [(one.kind, one.removed) for one in effect.kinds] == [("project", 1), ("event", 1)]
        assert choice.preview(there.origin, ALL).nothing
    assert tables(here) == before
    with served(there.app, port_of(there)):
        choose(here, there, chosen)
    with here.at():
        assert (choice.preview(there.origin, chosen).total.kept, len(titles(here))) == (2, 1)
        again = choice.preview(there.origin, Choice(taken=Rule(frozenset({"project"})))).total
        assert (again.stay, again.fetched, again.fetched_perhaps) == (1, 1, 0)
        perhaps = choice.preview(there.origin, Choice(taken=Rule(None, frozenset({"water"})))).total
        assert (perhaps.stay, perhaps.fetched, perhaps.fetched_perhaps) == (0, 0, 2)


def test_a_preview_of_a_hub_that_nobody_knows_is_refused(here: Hub) -> None:
    with here.at():
        for ask in (choice.of, choice.history):
            if ask is choice.of:
                with pytest.raises(choice.UnknownHub):
                    ask("https://nobody.example")
        with pytest.raises(choice.UnknownHub):
            choice.preview("https://nobody.example", ALL)
        with pytest.raises(choice.UnknownHub):
            choice.change(OPERATOR_CONFIRMED, "https://nobody.example", ALL, NOW)


def test_asking_again_does_not_move_the_cursor_by_which_we_acknowledge(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        choose(here, there, ALL)
    assert len(titles(here)) == 4
    with there.at():
        assert reading().scalar(sa.select(Peer.acked_size).where(Peer.origin == here.origin)) == 4


def test_a_hub_that_does_not_answer_holds_up_nothing_that_can_be_done_here(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, Choice(taken=Rule(frozenset({"project"}))))
    choose(here, there, Choice(taken=Rule(frozenset({"event"}))))
    assert titles(here) == []
    with here.at() as node:
        (waiting, *_) = choice.history(there.origin)
        assert (waiting.removed, waiting.restored, waiting.done_at) == ({"project": 2}, {}, None)
        assert waiting.last_error == "unreachable:connect"
        due = reading().scalar(sa.select(ChoiceChange.due_at).where(ChoiceChange.done_at.is_(None)))
        assert due is not None
        assert due > datetime.now(UTC)
        with served(there.app, port_of(there)):
            rechoosing.rechoose(node, there.origin)
        assert choice.history(there.origin)[0].restored == {"event": 2}
    assert titles(here) == ["Rufbus", f"Sprechstunde {CANARY}"]


@pytest.mark.parametrize("stretch", [1, 4, 9])
def test_a_process_killed_in_the_middle_leaves_nothing_half_done_and_the_next_goes_on(
    here: Hub, there: Hub, never: Hub, stretch: int
) -> None:
    ids = [
        there.publish("project", project(f"Zähler {n}", topics=["water" if n % 2 else "mobility"])) for n in range(6)
    ]
    for id in ids[:3]:
        there.revise(id, title={"de": f"Zweite Fassung {id}"})
    with served(there.app, port_of(there)):
        pulled(here, there)
        pulled(never, there)
        for chosen in (MOBILITY, ALL):
            with here.at():
                choice.change(OPERATOR_CONFIRMED, there.origin, chosen, NOW)
            killed_in_stretch(here, there.origin, stretch)
            assert verified(here) == []
            with here.at() as node:
                left = choice.history(there.origin)[0]
                assert (left.looked_at, left.done_at) == (stretch - 1, None)
                rechoosing.resume(NOW)
                assert reading().scalar(sa.select(rechoosing.due(NOW)))
                rechoosing.rechoose(node, there.origin)
                assert choice.history(there.origin)[0].done_at is not None
    assert tables(here) == tables(never)
    with here.at():
        assert [(one.removed, one.restored) for one in choice.history(there.origin)] == [
            ({}, {"project": 3}),
            ({"project": 3}, {}),
        ]


KILLED = """
import os, pickle, signal, sys
from hubnode.core import create_core
from hubnode.network import rechoosing
from hubnode.network.node import current_node

def settle(*args):
    global stretch
    settled, stretch = whole(*args), stretch - 1
    if not stretch:
        os.kill(os.getpid(), signal.SIGKILL)
    return settled

whole, rechoosing.rechoosing.settle, rechoosing.STRETCH = rechoosing.rechoosing.settle, settle, 1
settings, origin, stretch = pickle.load(sys.stdin.buffer)
with create_core(settings).app_context():
    rechoosing.rechoose(current_node(), origin)
"""
"""A worker with stretches of one entry, killed in the transaction of one of them, before it is committed."""


def killed_in_stretch(here: Hub, origin: str, stretch: int) -> None:
    """Carry out a choice in a process of its own, which is killed."""
    given = pickle.dumps((here.settings, origin, stretch))
    done = subprocess.run([sys.executable, "-c", KILLED], input=given, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL


def test_a_suspended_hub_is_not_asked(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        with here.at(), transaction() as session:
            session.execute(sa.update(Peer).values(state="suspended"))
        choose(here, there, ALL)
        with here.at():
            assert choice.history(there.origin)[0].last_error == "waiting"
    assert len([state for state in states(here).values() if state == "untaken"]) == 2


def test_lines_that_are_not_the_ones_signed_before_are_not_taken(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)

    def lie(data: bytes) -> bytes:
        return gzip.compress(gzip.decompress(data).replace(CANARY.encode(), b"Wellensittich"))

    with served(spoiling(there.app, lie), port_of(there)):
        choose(here, there, ALL)
    with here.at():
        assert choice.history(there.origin)[0].last_error == "bad-entry"
    assert states(here)[ids["water"]] == "untaken"


def test_texts_that_the_origin_no_longer_gives_are_fine(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        with there.at():
            service.erase(OPERATOR, ids["water"], NOW + timedelta(hours=1))
        choose(here, there, ALL)
        assert states(here)[ids["water"]] == "untaken"
        pulled(here, there)
    assert states(here)[ids["water"]] == "erased"
    with here.at():
        assert choice.history(there.origin)[0].done_at is not None


def test_a_new_choice_takes_the_place_of_one_under_way(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        with here.at() as node:
            choice.change(OPERATOR_CONFIRMED, there.origin, MOBILITY, NOW)
            choice.change(OPERATOR_CONFIRMED, there.origin, ALL, NOW)
            rechoosing.rechoose(node, there.origin)
            assert [(one.replaced, one.done_at is not None) for one in choice.history(there.origin)] == [
                (False, True),
                (True, True),
            ]
    assert len(titles(here)) == 4


@on_both
def test_a_choice_is_carried_out_once(here: Hub, there: Hub) -> None:
    with here.at():
        choice.change(OPERATOR_CONFIRMED, there.origin, MOBILITY, NOW)
        assert reading().scalar(sa.select(rechoosing.due(NOW)))
        with transaction() as session:
            assert rechoosing.claim(session, NOW, 8) == [there.origin]
            assert rechoosing.claim(session, NOW, 8) == []
        rechoosing.resume(NOW)
        with transaction() as session:
            assert rechoosing.claim(session, NOW, 8) == [there.origin]


def test_a_hub_known_no_longer_is_chosen_about_no_longer(here: Hub, there: Hub) -> None:
    choose(here, there, MOBILITY)
    with here.at():
        with transaction() as session:
            choice.forget(session, there.origin)
        assert choices.of(reading(), there.origin) == ALL
        assert choice.history(there.origin) == []


def test_a_quarantined_version_that_is_not_taken_leaves_quarantine_and_comes_back_with_the_choice(
    here: Hub, there: Hub, never: Hub
) -> None:
    ids = publish_some(there)
    _publish_unreadable(there, ids["water"])
    with served(there.app, port_of(there)):
        pulled(here, there)
        pulled(never, there)
        assert len(tables(here)["quarantine"]) == 1
        choose(here, there, MOBILITY)
        assert tables(here)["quarantine"] == []
        choose(here, there, ALL)
    assert tables(here) == tables(never)


def _publish_unreadable(there: Hub, id: str) -> None:
    """Sign another version of a record that no schema reads."""
    with there.at(), transaction() as session:
        record = session.scalars(sa.select(Record).where(Record.rec == id)).one()
        body = canonical.encode({"topics": ["water"], "title": 7})
        record.rev += 1
        [record.bh] = log.append(session, [log.Change("put", record, "public", body)], NOW + timedelta(hours=1))
