"""A hub without an agreement (GDPR Art. 26) is given public data only; the rest follows when one is entered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation import routes
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading
from hubnode.network import agreements, auditing, erasure, lacking, membership, peers, poke, status
from hubnode.network.agreements import BadAgreement
from hubnode.network.models import Peer
from hubnode.people import audit
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import OPERATOR, Viewer
from hubnode.records import reading as records
from hubnode.records import service
from hubnode.work.loop import claimed
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, every_value, make_hub, pin
from tests.hubnode.network.test_pull import port_of, pulled
from tests.serving import free_port, served

MEMBER = Viewer("network")
COSTS = 4711004


@pytest.fixture
def here(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The hub that is given something; it has an agreement entered, as far as it is concerned."""
    hub = make_hub(tmp_path / "here", template, "Wilster", free_port(), pages=True)
    yield hub
    close(hub)


@pytest.fixture
def there(tmp_path: Path, template: Path, here: Hub) -> Iterator[Hub]:
    """The hub that publishes, and has no agreement with the other."""
    hub = make_hub(tmp_path / "there", template, "Rendsburg", free_port(), pages=True)
    pin(here, hub)
    pin(hub, here, agreed=False)
    yield hub
    close(hub)


def publish(there: Hub) -> dict[str, str]:
    """One record of each sort: public, public with a field for members, for members."""
    return {
        "open": there.publish("project", project("Offenes Vorhaben")),
        "mixed": there.publish("project", project("Gemischtes Vorhaben", cost_one_off_cents=COSTS)),
        "closed": there.publish("project", project("Geheimes Wattvorhaben"), "network"),
    }


def seen(here: Hub) -> set[str]:
    """The titles that members see at the other hub."""
    with here.at():
        reading().rollback()
        return {entry.headline["de"].split()[0] for entry in records.find(MEMBER, records.Browse()).items}


def brought(here: Hub, there: Hub) -> None:
    """Pull what there is."""
    with served(there.app, port_of(there)):
        pulled(here, there)


def agree(here: Hub, there: Hub, reference: str = "AZ 12-34/2026") -> None:
    """Let the publishing hub's administrator enter the agreement."""
    with there.at() as node:
        made = agreements.checked(reference, "2026-11-01", node.clock())
        agreements.enter(OPERATOR_CONFIRMED, here.origin, made, node.clock())


def worked(hub: Hub, task: str) -> list[str]:
    """The hubs about which a worker has to do this task now."""
    with hub.at() as node:
        reading().rollback()
        return [origin for one, origin in claimed(node.clock()) if one.name == task]


def asked(there: Hub, by: Hub, path: str) -> Any:
    """What `there` answers to a signed request of `by`."""
    with by.at() as node:
        key = node.identity.signing
    headers = sign_request("GET", there.origin + path, None, DOCUMENT_TYPE, key, by.origin, datetime.now(UTC))
    return there.app.test_client().get(path, headers=headers, base_url=there.origin, buffered=True)


def test_without_an_agreement_only_what_is_public_as_a_whole_arrives(here: Hub, there: Hub) -> None:
    publish(there)
    brought(here, there)
    assert seen(here) == {"Offenes"}
    with here.at() as node:
        assert "watt" not in every_value(reading())
        assert str(COSTS) not in every_value(reading())
        assert status.verify(reading()) == []
        assert lacking.count(there.origin) == 2
        [view] = [hub for hub in peers.all_hubs(node.settings) if not hub.here]
        assert (view.quarantined, view.behind) == (0, 0)
    with there.at():
        assert agreements.withheld_records() == {"project": 2}


def test_both_hubs_agree_on_what_was_given(here: Hub, there: Hub) -> None:
    publish(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        with here.at() as node:
            assert auditing.audit(node, there.origin) is True
        agree(here, there)
        with here.at() as node:
            assert auditing.audit(node, there.origin) is False
            assert lacking.ask(node, there.origin) == 2
            assert auditing.audit(node, there.origin) is True


def test_what_was_withheld_follows_the_entered_agreement_by_itself(here: Hub, there: Hub) -> None:
    publish(there)
    brought(here, there)
    assert worked(there, "poke") == []
    assert worked(here, "lacking") == []
    agree(here, there)
    assert worked(there, "poke") == [here.origin]
    with served(here.app, port_of(here)), there.at() as node:
        poke.poke(node, here.origin)
    assert worked(there, "poke") == []
    assert worked(here, "lacking") == [there.origin]
    with served(there.app, port_of(there)), here.at() as node:
        assert lacking.ask(node, there.origin) == 2
    assert seen(here) == {"Offenes", "Gemischtes", "Geheimes"}
    with here.at():
        assert reading().scalar(sa.select(Peer.again_due_at)) is None
        assert status.verify(reading()) == []


def test_a_hub_that_still_gives_nothing_is_asked_again_in_hours(here: Hub, there: Hub) -> None:
    publish(there)
    brought(here, there)
    with served(there.app, port_of(there)), here.at() as node:
        assert lacking.ask(node, there.origin) == 0
        due = reading().scalar(sa.select(Peer.again_due_at))
        assert due is not None
        assert due > node.clock() + timedelta(hours=5)


@pytest.mark.parametrize("door", ["/apl/v1/entries", "/apl/v1/entries/again"])
def test_no_door_for_entries_gives_more(here: Hub, there: Hub, door: str) -> None:
    publish(there)
    with here.at() as node:
        log_id = peers.client(node, there.origin) and reading().scalar(sa.text("SELECT log_id FROM log WHERE NOT own"))
    page = asked(there, here, f"{door}?log={log_id}&after=0&limit=500")
    assert page.status_code == 200
    assert b"Offenes" in page.data
    assert b"Geheimes" not in page.data
    assert b"Gemischtes" not in page.data


def test_no_third_hub_relays_more(here: Hub, there: Hub, tmp_path: Path, template: Path) -> None:
    kiel = make_hub(tmp_path / "kiel", template, "Kiel", free_port(), pages=True)
    pin(kiel, here)
    pin(here, kiel, agreed=False)
    publish(there)
    agree(here, there)
    brought(here, there)
    with here.at():
        log_id = reading().scalar(sa.text("SELECT log_id FROM log WHERE origin = :o"), {"o": there.origin})
    path = f"/apl/v1/mirror/{there.origin.split('://')[1]}/entries?log={log_id}&after=0&limit=500"
    page = asked(here, kiel, path)
    assert b"Offenes" in page.data
    assert b"Geheimes" not in page.data
    assert b"Geheimes" in asked(here, there, path).data  # its own log is given to a hub as it is
    close(kiel)


def test_a_file_of_a_record_for_members_is_not_given(here: Hub, there: Hub) -> None:
    public, closed = (files.attach(there, pdf, "a.pdf") for pdf in (files.PDF, files.PDF + b"\n%%EOF\n"))
    open_path, closed_path = (routes.media_path(str(row["sha256"])) for row in (public, closed))
    there.publish("project", project(attachments=[public]))
    there.publish("project", project(attachments=[closed]), "network")
    assert asked(there, here, open_path).status_code == 200
    assert asked(there, here, closed_path).status_code == 404
    agree(here, there)
    assert asked(there, here, closed_path).status_code == 200


def test_who_was_not_given_a_text_is_no_recipient_of_it(here: Hub, there: Hub) -> None:
    ids = publish(there)
    brought(here, there)
    with there.at() as node:
        for id in ids.values():
            service.erase(OPERATOR, id, node.clock())
        holders = {name: [one.origin for one in erasure.of(id, node.clock()).holders] for name, id in ids.items()}  # type: ignore[union-attr]
    assert holders == {"open": [here.origin], "mixed": [here.origin], "closed": []}
    brought(here, there)
    with here.at():
        assert lacking.count(there.origin) == 0


def test_an_agreement_that_ends_gives_nothing_more_and_takes_nothing_back(here: Hub, there: Hub) -> None:
    agree(here, there)
    publish(there)
    brought(here, there)
    with there.at():
        agreements.end(OPERATOR_CONFIRMED, here.origin, NOW)
        told = [(one.act, one.detail) for one in audit.notes(audit.Wanted("peer.agreement"))]
    assert [list(detail) for _, detail in told] == [["ended"], ["of", "reference"]]
    there.publish("project", project("Späteres Vorhaben"), "network")
    brought(here, there)
    assert seen(here) == {"Offenes", "Gemischtes", "Geheimes"}


def test_parting_ends_the_agreement(here: Hub, there: Hub) -> None:
    agree(here, there)
    with there.at() as node:
        membership.part(OPERATOR_CONFIRMED, here.origin, node.clock(), archive="keep")
        assert agreements.level(reading(), here.origin) == "public"


@pytest.mark.parametrize(
    ("reference", "day", "code"),
    [("  ", "2026-11-01", "reference"), ("x" * 201, "", "reference"), ("AZ 1/26", "gestern", "date"),
     ("AZ 1/26", "2999-01-01", "date")],
)  # fmt: skip
def test_what_is_no_agreement_is_refused(here: Hub, there: Hub, reference: str, day: str, code: str) -> None:
    with pytest.raises(BadAgreement) as refused:
        agreements.checked(reference, day, NOW)
    assert refused.value.code == code


def test_no_agreement_is_entered_for_a_stranger(there: Hub) -> None:
    with there.at():
        made = agreements.checked("AZ 1/26", None, NOW)
        with pytest.raises(BadAgreement):
            agreements.enter(OPERATOR_CONFIRMED, "https://nobody.example", made, NOW)
        with pytest.raises(BadAgreement):
            agreements.end(OPERATOR_CONFIRMED, "https://nobody.example", NOW)
