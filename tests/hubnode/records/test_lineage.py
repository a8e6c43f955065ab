"""Lineage across two hubs: what counts as reused, what stays visible, and that nothing descends from itself."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import sqlalchemy as sa

from hubnode.db import transaction
from hubnode.network.models import Peer
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import copies, lineage, service
from hubnode.records.errors import Incomplete
from hubnode.records.kinds import Invalid
from hubnode.records.lineage import Lineage
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry
from tests.hubnode.records.kinds import examples

HUB = Viewer(level="hub")


def made(hub: Hub, title: str, level: str = "public") -> str:
    """The address of a new project."""
    return f"{hub.origin}/r/{hub.publish('project', project(title), level)}"


def organisation(hub: Hub) -> str:
    """The address of a new organisation."""
    body = deepcopy(examples.ORGANISATION) | {"name": {"de": f"Amt bei {hub.settings.place}"}}
    return f"{hub.origin}/r/{hub.publish('organisation', body)}"


def reuse(source: str, **changes: Any) -> dict[str, Any]:
    """A reuse of `source`, by nobody yet."""
    body = {name: value for name, value in examples.REUSE.items() if not name.startswith("target")}
    return body | {"source": source, "field_visibility": {}} | changes


def of(hub: Hub, uri: str, viewer: Viewer = HUB) -> Lineage:
    """The lineage of a record as it is seen at a hub."""
    with hub.at():
        return lineage.of(viewer, uri)


@pytest.mark.parametrize(
    ("status", "count"), [("interest", 0), ("contact_made", 0), ("adopting", 1), ("in_use", 1), ("stopped", 0)]
)
def test_only_what_is_in_use_or_being_introduced_counts_and_all_is_shown(
    wilster: Hub, rendsburg: Hub, status: str, count: int
) -> None:
    source = made(wilster, "Kalender")
    rendsburg.publish("reuse", reuse(source, target_organisation=organisation(rendsburg), status=status))
    carry(rendsburg, wilster)
    seen = of(wilster, source)
    assert seen.count == count
    assert [step.confirmed for step in seen.reused] == [True]
    assert [step.organisation and step.organisation.headline["de"] for step in seen.reused] == ["Amt bei Rendsburg"]


def test_what_the_source_says_of_others_is_shown_and_does_not_count(wilster: Hub, rendsburg: Hub) -> None:
    source, reuser = made(wilster, "Kalender"), organisation(rendsburg)
    carry(rendsburg, wilster)
    wilster.publish("reuse", reuse(source, target_organisation=reuser))
    seen = of(wilster, source)
    assert (seen.count, [step.confirmed for step in seen.reused]) == (0, [False])
    rendsburg.publish("reuse", reuse(source, target_organisation=reuser))
    carry(rendsburg, wilster)
    seen = of(wilster, source)
    assert seen.count == 1
    assert [step.confirmed for step in seen.reused] == [True, False], "what counts stands first"


def test_who_reuses_twice_counts_once_and_a_project_knows_where_it_comes_from(wilster: Hub, rendsburg: Hub) -> None:
    source, target = made(wilster, "Kalender"), made(rendsburg, "Kalender, angepasst")
    for _ in range(2):
        rendsburg.publish("reuse", reuse(source, target=target))
    carry(rendsburg, wilster)
    carry(wilster, rendsburg)
    assert of(wilster, source).count == 1
    assert of(wilster, source).reusers == ["Kalender, angepasst"]
    ups = of(rendsburg, target).sources
    assert {step.other.headline["de"] for step in ups if step.other} == {"Kalender"}


def test_what_may_not_be_seen_is_neither_named_nor_counted(wilster: Hub) -> None:
    source = made(wilster, "Kalender")
    wilster.publish("reuse", reuse(source, target=made(wilster, "Intern", "hub")), "hub")
    assert of(wilster, source, ANONYMOUS) == Lineage()
    assert of(wilster, source).count == 1
    wilster.publish("reuse", reuse(source, target=made(wilster, "Verborgen", "hub")))
    [step] = of(wilster, source, ANONYMOUS).reused
    assert step.other is None


def test_what_was_taken_back_is_forgotten(wilster: Hub) -> None:
    source = made(wilster, "Kalender")
    id = wilster.publish("reuse", reuse(source, target=made(wilster, "Neuer")))
    with wilster.at():
        service.withdraw(OPERATOR, id, NOW)
    assert of(wilster, source) == Lineage()


def refused(hub: Hub, **body: Any) -> dict[str, list[str]]:
    """What keeps a reuse from being published."""
    with hub.at():
        draft = service.save_draft(OPERATOR, "reuse", reuse(**body), level="public", now=NOW)
        with pytest.raises(Incomplete) as refusal:
            service.publish(OPERATOR, draft.id, NOW)
    return refusal.value.errors


def test_a_circle_is_refused_however_long_the_way(wilster: Hub, rendsburg: Hub) -> None:
    first, second, third = made(wilster, "A"), made(rendsburg, "B"), made(wilster, "C")
    rendsburg.publish("reuse", reuse(first, target=second))
    carry(rendsburg, wilster)
    wilster.publish("reuse", reuse(second, target=third))
    assert refused(wilster, source=third, target=first) == {"target": [str(lineage.CIRCLE)]}
    assert refused(wilster, source=second, target=first) == {"target": [str(lineage.CIRCLE)]}
    wilster.publish("reuse", reuse(first, target=third))


def test_nothing_comes_from_itself_and_somebody_reuses_it(wilster: Hub) -> None:
    source = made(wilster, "A")
    with wilster.at(), pytest.raises(Invalid) as refusal:
        service.save_draft(OPERATOR, "reuse", reuse(source, target=source), now=NOW)
    assert refusal.value.codes == {"target": ["cycle"]}
    assert list(refused(wilster, source=source)) == ["target_organisation"]


def test_a_circle_inside_of_one_import_is_refused_with_the_number_of_each(wilster: Hub) -> None:
    first, second = made(wilster, "A"), made(wilster, "B")
    bodies = [reuse(first, target=second), reuse(second, target=first)]
    documents = [{"kind": "reuse", "visibility": "public", "body": body} for body in bodies]
    with wilster.at(), pytest.raises(Incomplete) as refusal:
        service.publish_all(OPERATOR, documents, NOW)
    assert set(refusal.value.errors) == {"0.target", "1.target"}
    assert of(wilster, first) == Lineage()


def test_a_reuse_may_be_turned_round(wilster: Hub) -> None:
    first, second = made(wilster, "A"), made(wilster, "B")
    id = wilster.publish("reuse", reuse(first, target=second))
    wilster.revise(id, source=second, target=first)
    assert [step.other.headline["de"] for step in of(wilster, second).reused if step.other] == ["A"]


def test_a_circle_that_two_hubs_made_at_once_ends_every_walk(wilster: Hub, rendsburg: Hub) -> None:
    first, second = made(wilster, "A"), made(rendsburg, "B")
    wilster.publish("reuse", reuse(second, target=first))
    rendsburg.publish("reuse", reuse(first, target=second))
    carry(rendsburg, wilster)
    assert [len(of(wilster, first).reused), len(of(wilster, first).sources)] == [1, 1]
    assert "target" in refused(wilster, source=first, target=second)
    wilster.publish("reuse", reuse(first, target=made(wilster, "C")))


def test_what_a_hub_reused_before_it_left_stays_in_its_archive_and_a_suspended_one_shows_nothing(
    wilster: Hub, rendsburg: Hub
) -> None:
    source = made(wilster, "Kalender")
    rendsburg.publish("reuse", reuse(source, target_organisation=organisation(rendsburg)))
    carry(rendsburg, wilster)
    with wilster.at(), transaction() as session:
        session.execute(sa.update(Peer).where(Peer.origin == rendsburg.origin).values(state="left"))
    assert of(wilster, source).count == 1
    with wilster.at(), transaction() as session:
        copies.hide(session, rendsburg.origin)
    assert of(wilster, source) == Lineage()
