"""The pages about hubs: inviting, joining, deciding, suspending and parting in the browser, each with the password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation.joining import Invitation
from hubnode.db import reading, transaction
from hubnode.network import asking, doors, invitations, joining, joining_rows, membership, peers
from hubnode.network import node as nodes
from hubnode.network.joining_models import Invitation as InvitationRow
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED as PROOF
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, carry, close, make_hub, pin
from tests.hubnode.network.joining_cast import Cast, known, pulled, state_of
from tests.hubnode.network.test_pull import port_of
from tests.hubnode.web.browsing import PASSWORD, Browser
from tests.serving import free_port, served

PAGE = "/verwaltung/hubs"


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator of Wilster, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


@pytest.fixture
def kiel(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """Another hub, served."""
    other = make_hub(tmp_path / "kiel", template, "Kiel", free_port(), pages=True)
    with served(other.app, port_of(other)):
        yield other
    close(other)


@pytest.fixture
def member(hub: Hub, kiel: Hub) -> Hub:
    """Kiel as a member with two projects."""
    pin(hub, kiel)
    pin(kiel, hub)
    for number in range(2):
        kiel.publish("project", project(title=f"Vorhaben {number}"))
    carry(kiel, hub)
    return kiel


def page_of(other: Hub) -> str:
    """The page of one hub."""
    return f"{PAGE}/{other.origin.split('://')[1]}"


def form(action: str) -> str:
    """The form that is sent there."""
    return f".//form[contains(@action, '{action}')]"


def test_only_administrators_come_in(bob: Browser, visitor: Browser) -> None:
    assert bob.open(PAGE).status_code == 403
    assert visitor.open(PAGE).status_code == 303


def test_the_overview_of_administration_leads_here_and_counts_who_waits(alice: Browser, hub: Hub, kiel: Hub) -> None:
    ask(hub, kiel)
    alice.open("/verwaltung")
    assert "Wer zum Verbund gehört" in alice.text()
    assert alice.page.xpath(f".//main//a[@href='{PAGE}']")


def test_an_invitation_is_shown_once_and_kept_nowhere(alice: Browser, hub: Hub) -> None:
    alice.open(PAGE)
    answer = alice.send(form=form("einladen"), passwort=PASSWORD)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    shown = Invitation.parse(alice.page.xpath(".//textarea[@id='einladung']")[0].text)
    with hub.at() as node:
        assert (shown.origin, shown.fingerprint) == (hub.origin, node.identity.fingerprint)
    alice.open(PAGE)
    assert "1 Einladung ist noch offen" in alice.text()
    assert shown.text.rsplit(":", 1)[1] not in alice.client.get(PAGE).text
    assert alice.send(form=form("zurueckziehen"), passwort=PASSWORD).status_code == 303
    with hub.at():
        assert invitations.open_ones(nodes.utcnow()) == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"adresse": "https://kiel.example/x", "abdruck": "AAAA"}, "adresse"),
        ({"adresse": "https://kiel.example", "abdruck": "AAAA"}, "abdruck"),
        ({"passwort": "falsch"}, "passwort-einladen"),
    ],
)
def test_a_form_that_is_wrong_says_where(alice: Browser, hub: Hub, typed: dict[str, str], field: str) -> None:
    alice.open(PAGE)
    answer = alice.send(form=form("einladen"), **{"passwort": PASSWORD, **typed})
    assert answer.status_code == 422
    assert alice.page.xpath(f".//a[@href='#{field}']")
    assert alice.page.xpath(f".//*[@id='{field}' and @aria-invalid='true']")
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(InvitationRow)) == 0


@pytest.mark.parametrize("action", ["einladen", "beitreten"])
def test_threat_31_nothing_is_changed_without_the_password_and_the_token_of_the_form(
    alice: Browser, hub: Hub, kiel: Hub, action: str
) -> None:
    text = Cast(kiel, hub, kiel.app.test_client()).invitation()
    alice.open(PAGE)
    assert alice.send(form=form(action), einladung=text, passwort="").status_code == 422
    alice.open(PAGE)
    assert alice.send(form=form(action), einladung=text, passwort=PASSWORD, drop=("csrf_token",)).status_code == 400
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(InvitationRow)) == 0
    assert state_of(hub, "out") is None


def test_joining_by_a_pasted_invitation(alice: Browser, hub: Hub, kiel: Hub) -> None:
    cast = Cast(kiel, hub, kiel.app.test_client())
    with served(hub.app, port_of(hub)):
        alice.open(PAGE)
        answer = alice.send(form=form("beitreten"), einladung=f" {cast.invitation()}\n", passwort=PASSWORD)
        assert alice.follow(answer).status_code == 200
        assert "wartet dort auf Zustimmung" in alice.text()
        cast.decide(joining.approve)
    assert known(hub) == [(kiel.origin, "active")]
    alice.open(PAGE)
    assert "Digital Hub Kiel" in alice.text(".//section[h2/@id='mitglieder']")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text.removeprefix("apl1:"), "keine vollständige Einladung"),
        (lambda text: text[:-43] + "A" * 43, "nimmt die Anfrage nicht an"),
        (lambda text: re.sub(r"http://127.0.0.1:\d+", "http://127.0.0.1:1", text), "nimmt keine Verbindung an"),
        (lambda text: re.sub(r":[A-Z2-7]{4}-", ":AAAA-", text), "Fingerabdruck stimmt nicht"),
    ],
)
def test_an_invitation_that_does_not_hold_is_explained(
    alice: Browser, hub: Hub, kiel: Hub, spoil: object, words: str
) -> None:
    text = spoil(Cast(kiel, hub, kiel.app.test_client()).invitation())  # type: ignore[operator]
    alice.open(PAGE)
    assert alice.send(form=form("beitreten"), einladung=text, passwort=PASSWORD).status_code == 422
    assert words in alice.text(".//p[@id='einladung-error']")
    assert alice.page.xpath(".//textarea[@id='einladung']")[0].text.strip() == text


def ask(hub: Hub, kiel: Hub) -> None:
    """Kiel asks Wilster to be taken in."""
    with hub.at() as node:
        text = invitations.invite(PROOF, node, node.clock())
    with served(hub.app, port_of(hub)), kiel.at() as node:
        asking.join(PROOF, node, text, node.clock())


@pytest.mark.parametrize(("action", "state"), [("aufnehmen", "approved"), ("ablehnen", "rejected")])
def test_a_request_is_shown_with_its_fingerprint_and_decided(
    alice: Browser, hub: Hub, kiel: Hub, action: str, state: str
) -> None:
    ask(hub, kiel)
    alice.open(PAGE)
    [link] = alice.page.xpath(".//a[contains(@href, '/anfragen/')]")
    alice.open(link.get("href"))
    with kiel.at() as node:
        assert node.identity.fingerprint.replace("-", " ") in alice.text()
    button = f".//form[input[@name='aktion' and @value='{action}']]"
    assert alice.send(form=button, passwort="falsch").status_code == 422
    assert state_of(hub, "in") == "pending"
    assert alice.send(form=button, passwort=PASSWORD).status_code == 303
    assert state_of(hub, "in") == state
    assert alice.open(link.get("href")).status_code == 200
    assert not alice.page.xpath(button)


def test_a_request_that_does_not_exist_is_not_there(alice: Browser) -> None:
    assert alice.open(f"{PAGE}/anfragen/7").status_code == 404


def test_suspending_says_first_what_it_hides_and_can_be_undone(alice: Browser, hub: Hub, member: Hub) -> None:
    alice.open(page_of(member))
    assert "Verbirgt 2 Datensätze." in alice.text()
    assert alice.send(form=form("aussetzen"), passwort="falsch").status_code == 422
    assert known(hub) == [(member.origin, "active")]
    answer = alice.send(form=form("aussetzen"), passwort=PASSWORD)
    alice.follow(answer)
    assert "Ausgesetzt" in alice.text()
    assert known(hub) == [(member.origin, "suspended")]
    assert "2 Treffer" not in alice.client.get("/suche?q=Vorhaben").text
    alice.follow(alice.send(form=form("fortsetzen"), passwort=PASSWORD))
    assert known(hub) == [(member.origin, "active")]
    assert "2 Treffer" in alice.client.get("/suche?q=Vorhaben").text


def test_a_suspended_hub_is_named_so_and_stands_in_no_menu(alice: Browser, hub: Hub, member: Hub) -> None:
    hub.publish("project", project())
    with hub.at():
        membership.suspend(PROOF, member.origin, nodes.utcnow())
    for path in ("/", "/verbund"):
        alice.open(path)
        assert "Ausgesetzt" in alice.text()
        assert not alice.page.xpath(f".//header//a[@href='{member.origin}']")


def test_a_hub_whose_data_are_refused_is_not_called_silent(alice: Browser, hub: Hub, member: Hub) -> None:
    hub.publish("project", project())
    with hub.at(), transaction() as session:
        session.execute(sa.update(Peer).values(pull_failures=3, last_error="bad-entry"))
    for path in ("/", "/verbund", PAGE):
        alice.open(path)
        assert "Abgleich gestört" in alice.text()
        assert "Nicht erreichbar" not in alice.text()
    with hub.at():
        assert [one.state for one in peers.all_hubs(hub.settings)] == ["ok", "refused"]


def test_ending_a_membership_asks_what_becomes_of_the_archive(alice: Browser, hub: Hub, member: Hub) -> None:
    alice.open(page_of(member))
    alice.follow(alice.send(form=form("beenden"), archiv="keep", passwort=PASSWORD))
    assert known(hub) == [(member.origin, "left")]
    assert "2 Datensätze von dort bleiben hier" in alice.text()
    alice.follow(alice.send(form=form("loeschen"), passwort=PASSWORD))
    assert "hier liegt nichts von ihm" in alice.text()
    with hub.at():
        assert membership.preview(reading(), member.origin).records == 0


def test_an_archive_can_go_at_once(alice: Browser, hub: Hub, member: Hub) -> None:
    alice.open(page_of(member))
    alice.send(form=form("beenden"), archiv="drop", passwort=PASSWORD)
    with hub.at():
        assert membership.preview(reading(), member.origin).records == 0


def test_the_records_of_a_former_member_say_so(alice: Browser, hub: Hub, member: Hub) -> None:
    with hub.at():
        membership.part(PROOF, member.origin, nodes.utcnow(), archive="keep")
    assert "hat den Verbund verlassen" in alice.client.get("/suche?q=Vorhaben").text


def test_leaving_the_network(alice: Browser, hub: Hub, member: Hub) -> None:
    alice.open(PAGE)
    alice.follow(alice.send(form=form("verlassen"), archiv="keep", passwort=PASSWORD))
    assert "Dieser Hub verlässt den Verbund" in alice.text()
    with served(hub.app, port_of(hub)):
        pulled(member, hub)
    assert known(member) == [(hub.origin, "left")]


def test_the_hubs_that_a_member_knows_can_be_asked(
    alice: Browser, hub: Hub, kiel: Hub, tmp_path: Path, template: Path
) -> None:
    heide = make_hub(tmp_path / "heide", template, "Heide", free_port())
    pin(hub, kiel)
    pin(kiel, hub)
    with heide.at() as node:
        card = doors.own_card(node, reading())
    with kiel.at(), transaction() as session:
        peers.pin(session, card, nodes.utcnow())
    carry(kiel, hub)
    alice.open(page_of(kiel))
    assert heide.origin in alice.text(".//section[.//h2/@id='weitere']")
    alice.follow(alice.send(form=form("fragen"), passwort=PASSWORD))
    with hub.at():
        assert [one.origin for one in joining_rows.requests("out", ("asking",))] == [heide.origin]
    close(heide)


def test_what_has_changed_meanwhile_is_said(alice: Browser, hub: Hub, member: Hub) -> None:
    alice.open(page_of(member))
    with hub.at():
        membership.suspend(PROOF, member.origin, nodes.utcnow())
    assert alice.send(form=form("aussetzen"), passwort=PASSWORD).status_code == 409
    assert "Zustand hat sich inzwischen geändert" in alice.text()


@pytest.mark.parametrize("path", [f"{PAGE}/nobody.example", f"{PAGE}/nobody.example/aussetzen"])
def test_an_unknown_hub_is_not_there(alice: Browser, path: str) -> None:
    assert alice.open(path).status_code in (404, 405)
