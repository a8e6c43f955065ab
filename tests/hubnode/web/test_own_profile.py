"""A profile belongs to its person: asked by mail, answered by link or account, and nobody else's to decide about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hubnode.db import reading, transaction
from hubnode.mail import outbox
from hubnode.network.node import utcnow
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import consents, owning
from hubnode.records import reading as records
from hubnode.records.models import LogEntry, Record
from hubnode.records.profile_models import Consent, Profile, ProfileLink
from tests.hubnode import persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.own_profile import FORM, MAIL, VECTOR, about, sa


def test_nobody_sees_it_before_the_person_says_yes(hub: Hub, asked: str, visitor: Browser, charlie: Browser) -> None:
    for eyes in (visitor, charlie):
        for path in ("/expertise", "/suche?q=Wiebke", "/api/search?q=Wiebke", "/feeds/alle.atom", "/"):
            assert "Musterfrau" not in eyes.open(path).text
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(LogEntry)) == 0
        id = reading().scalars(sa.select(Record.rec)).one()
    assert charlie.open(f"/expertise/{id}").status_code == 404


def test_the_page_of_the_letter_says_everything_and_changes_nothing(hub: Hub, asked: str, visitor: Browser) -> None:
    for _ in range(2):  # programs open links too
        assert visitor.open(f"/profil/{asked}").status_code == 200
    text = visitor.text()
    for word in (
        "Verantwortlich",
        "Rechtsgrundlage",
        "§ 15 LDSG SH",
        "Woher",
        "Wie lange",
        "Widerspruch",
        "Beschwerde",
    ):
        assert word in text
    assert "Wiebke Musterfrau" in visitor.page.xpath("//input[@name='display_name']/@value")
    with hub.at():
        assert about(hub).confirmed_at is None


def test_a_yes_publishes_it_once(hub: Hub, asked: str, visitor: Browser) -> None:
    visitor.open(f"/profil/{asked}")
    answer = visitor.send(form="(.//main//form)[1]", button="ja")
    assert answer.status_code == 200
    assert "veröffentlicht" in visitor.text()
    assert "Fördermittelberatung" in visitor.open("/expertise").text
    assert "Musterfrau" not in visitor.open("/expertise").text  # no consent to a public name
    for send in (visitor.open, lambda path: visitor._shown(path, visitor.client.post(path))):
        again = send(f"/profil/{asked}")
        assert again.status_code in (400, 410)
    assert visitor.open(f"/profil/{asked}").status_code == 410
    assert "schon benutzt" in visitor.text()


@pytest.mark.parametrize("forged", ["x", "A" * 43, "%2e%2e", "0" * 200])
def test_a_forged_link_is_no_page(asked: str, visitor: Browser, forged: str) -> None:
    assert visitor.open(f"/profil/{forged}").status_code == 404


def test_a_link_that_is_too_old_says_so_and_does_nothing(hub: Hub, asked: str, visitor: Browser) -> None:
    visitor.open(f"/profil/{asked}")
    with hub.at(), transaction() as session:
        session.execute(sa.update(ProfileLink).values(expires_at=utcnow() - timedelta(seconds=1)))
    answer = visitor.send(form="(.//main//form)[1]", button="ja")
    assert answer.status_code == 410
    assert "abgelaufen" in visitor.text()
    with hub.at():
        assert about(hub).confirmed_at is None


def test_a_no_deletes_everything(hub: Hub, asked: str, visitor: Browser) -> None:
    visitor.open(f"/profil/{asked}")
    visitor.follow(visitor.send(form="(.//main//form)[1]", button="nein"))
    assert "gelöscht" in visitor.text()
    with hub.at():
        reading().rollback()
        record = reading().scalars(sa.select(Record)).one()
        assert (record.state, record.body, record.draft) == ("erased", None, None)
        assert about(hub).email is None


def test_the_person_completes_it_and_says_who_sees_what(hub: Hub, asked: str, visitor: Browser) -> None:
    visitor.open(f"/profil/{asked}")
    answer = visitor.send(
        form=FORM,
        einwilligung=["personal", "public_name"],
        reichweite__personal="network",
        languages=["de", "nds"],
        interests__de="Moorwege",
        sicht="public",
    )
    assert answer.status_code == 200, visitor.text()
    with hub.at():
        given = {row.purpose: row for row in reading().scalars(sa.select(Consent))}
        assert {name: row.scope for name, row in given.items()} == {"personal": "network", "public_name": "public"}
        assert {row.version for row in given.values()} == {consents.CURRENT}
    page = visitor.open("/expertise")
    assert "Wiebke Musterfrau" in page.text
    assert "Moorwege" not in page.text


def test_a_field_without_consent_is_neither_kept_nor_shown(hub: Hub, asked: str, visitor: Browser) -> None:
    visitor.open(f"/profil/{asked}")
    answer = visitor.send(form=FORM, drop=("einwilligung",), languages=["da"], interests__de="Moorwege")
    assert answer.status_code == 422
    assert "Einwilligung" in visitor.text()
    with hub.at():
        assert about(hub).confirmed_at is None
        assert b"Moorwege" not in (reading().scalars(sa.select(Record.draft)).one() or b"")


@pytest.mark.parametrize(
    ("purpose", "reach", "version"),
    [
        ("personal", "everybody", consents.CURRENT),
        ("personal", "subject", consents.CURRENT),
        ("personal", "public", "2019-1"),
        ("personal", "public", ""),
        ("public_name", "hub", consents.CURRENT),
        ("marketing", "public", consents.CURRENT),
    ],
)
def test_a_forged_consent_is_refused(
    hub: Hub, asked: str, visitor: Browser, purpose: str, reach: str, version: str
) -> None:
    visitor.open(f"/profil/{asked}")
    forged: dict[str, Any] = {f"reichweite__{purpose}": reach, "fassung": version}
    assert visitor.send(form=FORM, einwilligung=[purpose], **forged).status_code == 400
    with hub.at():
        assert about(hub).confirmed_at is None
        assert not reading().scalars(sa.select(Consent)).all()


def test_whose_account_has_the_address_owns_it(hub: Hub, asked: str, wiebke: Browser) -> None:
    assert "Noch nichts" not in wiebke.open("/konto/profil").text
    assert wiebke.send(form=FORM, sicht="network").status_code == 303
    with hub.at():
        mine = about(hub)
        assert (mine.account is not None, mine.email) == (True, None)


def test_others_have_no_profile_and_no_way_to_this_one(hub: Hub, mine: str, charlie: Browser, visitor: Browser) -> None:
    assert "kein Profil" in charlie.open("/konto/profil").text
    for path in (
        "/konto/profil", "/konto/profil/stimmt", "/konto/profil/widerrufen/personal", "/konto/daten/einschraenken",
        "/konto/daten/widerspruch", "/konto/daten/freigeben", "/konto/daten/profil-loeschen",
    ):  # fmt: skip
        charlie.open("/konto")
        token = charlie.page.xpath("//input[@name='csrf_token']/@value")[0]
        assert charlie.client.post(path, data={"csrf_token": token, "id": mine, "record": "1"}).status_code == 404
        visitor.open("/anmelden")
        token = visitor.page.xpath("//input[@name='csrf_token']/@value")[0]
        assert visitor.client.post(path, data={"csrf_token": token}).status_code == 303
    with hub.at():
        assert about(hub).restricted_at is None


def test_an_expert_writes_no_other_record(mine: str, wiebke: Browser, hub: Hub) -> None:
    for path in ("/redaktion", f"/redaktion/{mine}", "/redaktion/neu/expertise", "/verwaltung"):
        assert wiebke.open(path).status_code == 403, path


def test_a_consent_is_withdrawn_with_two_clicks(hub: Hub, mine: str, wiebke: Browser) -> None:
    wiebke.open("/konto/daten")  # the first
    answer = wiebke.send(form=".//form[contains(@action, 'widerrufen/personal')]")  # the second
    wiebke.follow(answer)
    assert "Widerrufen" in wiebke.text()
    assert "Kanarienwort" not in wiebke.open("/konto/profil").text
    with hub.at():
        reading().rollback()
        [row] = reading().scalars(sa.select(Consent).where(Consent.purpose == "personal"))
        assert row.withdrawn_at is not None
        bodies = [*reading().scalars(sa.select(LogEntry.body)), *reading().scalars(sa.select(Record.body))]
        assert not any(b"Kanarienwort" in (body or b"") for body in bodies)
        assert records.of_number(ANONYMOUS, mine).fields["display_name"] == "Wiebke Musterfrau"


def test_a_withdrawn_name_is_public_no_more(hub: Hub, mine: str, wiebke: Browser, visitor: Browser) -> None:
    assert "Musterfrau" in visitor.open("/expertise").text
    wiebke.open("/konto/profil")
    wiebke.follow(wiebke.send(form=".//form[@id='widerruf-public_name']"))
    for path in ("/expertise", "/suche?q=F%C3%B6rdermittelberatung", f"/expertise/{mine}", "/feeds/alle.atom"):
        assert "Musterfrau" not in visitor.open(path).text
    assert mine not in visitor.open("/suche?q=Musterfrau").text


def test_restriction_keeps_it_and_shows_it_to_nobody(
    hub: Hub, mine: str, wiebke: Browser, visitor: Browser, bob: Browser
) -> None:
    wiebke.open("/konto/daten")
    wiebke.follow(wiebke.send(form=".//form[contains(@action, 'einschraenken')]"))
    assert "eingeschränkt" in wiebke.text()
    assert visitor.open(f"/expertise/{mine}").status_code in (404, 410)
    assert "Musterfrau" not in visitor.open("/suche?q=F%C3%B6rdermittelberatung").text
    assert bob.open(f"/redaktion/{mine}").status_code == 404
    assert "Musterfrau" in wiebke.open("/konto/profil").text
    wiebke.open("/konto/daten")
    wiebke.send(form=".//form[contains(@action, 'freigeben')]")
    assert visitor.open(f"/expertise/{mine}").status_code == 200


def test_an_objection_hides_it_until_it_is_decided(hub: Hub, mine: str, wiebke: Browser, visitor: Browser) -> None:
    wiebke.open("/konto/daten")
    wiebke.send(form=".//form[contains(@action, 'widerspruch')]", grund="Ich wechsle die Stelle.")
    assert visitor.open(f"/expertise/{mine}").status_code in (404, 410)
    with hub.at():
        held = about(hub)
        assert (held.objected_at is not None, held.objection) == (True, "Ich wechsle die Stelle.")


def test_the_hub_follows_an_objection_without_reading_the_profile(
    hub: Hub, mine: str, wiebke: Browser, bob: Browser, charlie: Browser
) -> None:
    wiebke.open("/konto/daten")
    wiebke.send(form=".//form[contains(@action, 'widerspruch')]", grund=VECTOR)
    page = bob.open("/redaktion").text
    assert "Musterfrau" not in page
    assert "<script>alert" not in page
    token = bob.page.xpath("//input[@name='csrf_token']/@value")[0]
    assert (
        bob.client.post("/redaktion/widerspruch/01JZZZZZZZZZZZZZZZZZZZZZZZ", data={"csrf_token": token}).status_code
        == 404
    )
    charlie.open("/konto")
    theirs = charlie.page.xpath("//input[@name='csrf_token']/@value")[0]
    assert charlie.client.post(f"/redaktion/widerspruch/{mine}", data={"csrf_token": theirs}).status_code == 403
    assert bob.send(form=".//form[contains(@action, 'widerspruch')]").status_code == 303
    with hub.at():
        reading().rollback()
        assert reading().scalars(sa.select(Record.state)).one() == "erased"
        assert outbox.mailbox()[0].template == "profile-erased"
    assert bob.client.post(f"/redaktion/widerspruch/{mine}", data={"csrf_token": token}).status_code == 410


def test_it_still_is_right_takes_one_click(hub: Hub, mine: str, wiebke: Browser) -> None:
    with hub.at(), transaction() as session:
        session.execute(sa.update(Profile).values(review_due=utcnow() + timedelta(days=20)))
    wiebke.open("/konto/daten")
    wiebke.follow(wiebke.send(form=".//form[contains(@action, 'stimmt')]"))
    with hub.at():
        due = about(hub).review_due
        assert due is not None
        assert due > utcnow() + timedelta(days=360)


def test_the_account_page_says_when_it_is_time(hub: Hub, mine: str, wiebke: Browser) -> None:
    wiebke.open("/konto")
    assert not wiebke.page.xpath("//*[@id='profil-pruefen']")
    with hub.at(), transaction() as session:
        session.execute(sa.update(Profile).values(review_due=utcnow() + timedelta(days=20)))
    wiebke.open("/konto")
    wiebke.follow(wiebke.send(form=".//*[@id='profil-pruefen']//form"))
    wiebke.open("/konto")
    assert not wiebke.page.xpath("//*[@id='profil-pruefen']")


@pytest.mark.parametrize(("days", "faded"), [(365, False), (366, True)])
def test_what_nobody_has_confirmed_for_a_year_is_faded(
    hub: Hub, wiebke: Browser, visitor: Browser, days: int, faded: bool
) -> None:
    with hub.at():
        then = utcnow() - timedelta(days=days)
        id = persons.asked(expertise(), "public", then, MAIL)
        owning.publish(persons.owner(id, then), expertise(), "public", then, given=persons.everything(expertise()))
    for path in ("/expertise", "/suche?q=F%C3%B6rdermittelberatung"):
        visitor.open(path)
        assert bool(visitor.page.xpath("//article[contains(@class, 'hub-result--faded')]")) == faded
        assert ("nicht bestätigt" in visitor.text()) == faded
    visitor.open(f"/expertise/{id}")
    assert ("nicht bestätigt" in visitor.text()) == faded
