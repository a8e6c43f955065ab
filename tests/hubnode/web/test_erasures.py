"""The pages about erasure: progress for who erased, list, details and proof for administrators; and what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation.proofs import verify_proof
from federation.receipts import Receipt
from hubnode.db import reading, transaction
from hubnode.network.erasure_models import ErasureReceipt, Handed
from hubnode.network.models import Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, scrub, service
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.web.browsing import Browser

LIST = "/verwaltung/loeschungen"


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


@pytest.fixture
def kiel(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """Another hub, pinned at Wilster."""
    made = make_hub(tmp_path / "kiel", template, "Kiel", 5993)
    pin(hub, made)
    yield made
    close(made)


def given(hub: Hub, kiel: Hub, size: int) -> None:
    """Let Wilster remember that Kiel has fetched so many entries."""
    with hub.at(), transaction() as session:
        log_id = log.own(session).log_id
        session.add(Handed(origin=kiel.origin, log_id=log_id, first=0, until=size, size=size, at=NOW))
        session.execute(sa.update(Peer).values(acked_size=size))


def confirm(hub: Hub, kiel: Hub, id: str, seq: int) -> None:
    """Let Wilster hold Kiel's receipt."""
    with kiel.at() as node:
        signing, keyset = node.identity.signing, node.identity.keyset
    with hub.at(), transaction() as session:
        log_id = log.own(session).log_id
        now = datetime.now(UTC)
        receipt = Receipt(kiel.origin, hub.origin, log_id, seq, id, now, ("files", "log"), now + timedelta(days=30))
        session.add(
            ErasureReceipt(
                origin=kiel.origin,
                log_id=log_id,
                seq=seq,
                rec=id,
                receipt=receipt.sign(signing).to_bytes(),
                keyset=keyset.to_bytes(),
                received_at=now,
            )
        )


def erased(hub: Hub, kiel: Hub, ago: timedelta = timedelta(0)) -> str:
    """A record that Kiel had and that was erased some time ago."""
    id = hub.publish("project", project())
    given(hub, kiel, 1)
    with hub.at():
        service.erase(OPERATOR, id, datetime.now(UTC) - ago)
    return id


def test_who_erases_sees_how_far_it_has_come(hub: Hub, kiel: Hub, bob: Browser) -> None:
    id = hub.publish("project", project())
    given(hub, kiel, 1)
    bob.open(f"/redaktion/{id}/loeschen")
    answer = bob.send(titel="Parkplatzsensoren in der Innenstadt")
    assert answer.location == f"/redaktion/{id}/geloescht"
    bob.follow(answer)
    assert "Bei 0 von 1 Hubs gelöscht" in bob.text()
    assert bob.text(".//li[span='Kiel']/span[last()]") == "noch nicht abgeholt"
    assert bob.page.xpath("//noscript/meta[@http-equiv='refresh']")
    assert bob.page.xpath("//*[@id='loeschstand']/@data-hx-trigger") == ["every 2s"]
    confirm(hub, kiel, id, 1)
    with hub.at() as node:
        reading().rollback()
        assert scrub.scrub(node.clock(), rest=0)
    bob.open(f"/redaktion/{id}/geloescht")
    assert "Bei 1 von 1 Hubs gelöscht" in bob.text()
    assert "Es ist erledigt." in bob.text()
    assert not bob.page.xpath("//meta[@http-equiv='refresh'] | //*[@data-hx-get]")


def test_there_is_no_progress_of_what_was_not_erased(hub: Hub, bob: Browser) -> None:
    assert bob.open(f"/redaktion/{hub.publish('project', project())}/geloescht").status_code == 404


@pytest.mark.parametrize("place", ["", "/{id}", "/{id}/nachweis", "/{id}/nachweis.json"])
def test_coordinators_and_strangers_do_not_see_the_ledger(
    hub: Hub, kiel: Hub, bob: Browser, visitor: Browser, place: str
) -> None:
    path = LIST + place.format(id=erased(hub, kiel))
    assert bob.open(path).status_code == 403
    assert visitor.open(path).location == f"/anmelden?next={path}"


@pytest.mark.parametrize("place", ["", "/nachweis", "/nachweis.json"])
def test_what_was_not_erased_is_not_found(hub: Hub, alice: Browser, place: str) -> None:
    id = hub.publish("project", project())
    assert alice.open(f"{LIST}/{id}{place}").status_code == 404


def test_a_ledger_of_nothing_says_so(alice: Browser) -> None:
    assert alice.open(LIST).status_code == 200
    assert "Bisher wurde nichts gelöscht" in alice.text()


def test_the_list_shows_the_overdue_first_and_the_desk_counts_them(hub: Hub, kiel: Hub, alice: Browser) -> None:
    fresh, late = hub.publish("project", project()), hub.publish("project", project(title="Spät"))
    given(hub, kiel, 2)
    with hub.at() as node:
        service.erase(OPERATOR, late, node.clock() - timedelta(days=4))
        service.erase(OPERATOR, fresh, node.clock())
    alice.open(LIST)
    rows = [" ".join(row.text_content().split()) for row in alice.page.xpath(".//tbody/tr")]
    assert [late in rows[0], fresh in rows[1]] == [True, True]
    assert "1 Hub überfällig" in rows[0]
    assert "Bei 0 von 1 Hubs gelöscht" in rows[1]
    alice.open(f"{LIST}/{late}")
    assert "1 Hub hat nicht bestätigt" in alice.text()


def test_one_erasure_names_every_recipient_with_times_and_says_what_is_unknown(
    hub: Hub, kiel: Hub, alice: Browser
) -> None:
    id = erased(hub, kiel)
    confirm(hub, kiel, id, 1)
    alice.open(f"{LIST}/{id}")
    words = alice.text()
    assert "Bei 1 von 1 Hubs gelöscht" in words
    assert "(Dateien der Datenbank, Protokoll)" in words
    assert "Öffentliche Feeds: Empfänger unbekannt" in words
    assert alice.text(".//div[dt='Eintrag im Protokoll']/dd") == "1"


def test_what_never_left_the_hub_has_no_proof(hub: Hub, kiel: Hub, alice: Browser) -> None:
    id = hub.publish("project", project(), level="hub")
    with hub.at():
        service.erase(OPERATOR, id, NOW)
    alice.open(f"{LIST}/{id}")
    assert "Kein anderer Hub hatte diesen Eintrag" in alice.text("//h1")
    assert alice.open(f"{LIST}/{id}/nachweis").status_code == 404
    assert alice.open(f"{LIST}/{id}/nachweis.json").status_code == 404


def test_the_proof_can_be_printed_and_taken_along(hub: Hub, kiel: Hub, alice: Browser) -> None:
    id = erased(hub, kiel)
    confirm(hub, kiel, id, 1)
    answer = alice.open(f"{LIST}/{id}/nachweis.json")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=loeschnachweis-{id}.json"
    shown = verify_proof(answer.data)
    with hub.at() as node:
        assert shown.fingerprint == node.identity.fingerprint
    with kiel.at() as node:
        there = node.identity.fingerprint
    alice.open(f"{LIST}/{id}/nachweis")
    assert shown.fingerprint in alice.text()
    assert there in alice.text()
    assert "Parkplatzsensoren" not in alice.text() + answer.text
    assert "heute" not in alice.text()  # on paper that means nothing


@pytest.mark.parametrize("how", ["erase", "withdraw"])
def test_the_global_id_of_what_is_gone_answers_gone(hub: Hub, visitor: Browser, how: str) -> None:
    id = hub.publish("project", project())
    assert visitor.open(f"/r/{id}").location == f"/projekte/{id}"
    with hub.at():
        getattr(service, how)(OPERATOR, id, NOW)
    assert visitor.open(f"/r/{id}").status_code == 410
    assert visitor.open(f"/projekte/{id}").status_code == 410


def test_the_global_id_of_what_was_never_public_does_not_tell_that_it_is_gone(hub: Hub, visitor: Browser) -> None:
    id = hub.publish("project", project(), level="network")
    never = visitor.open("/r/01ARZ3NDEKTSV4RRFFQ69G5FAV").status_code
    assert visitor.open(f"/r/{id}").status_code == never == 404
    with hub.at():
        service.erase(OPERATOR, id, NOW)
    assert visitor.open(f"/r/{id}").status_code == 404
