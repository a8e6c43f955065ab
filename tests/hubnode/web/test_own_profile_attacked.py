"""What others try with a profile that is not theirs, and how it goes."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from hubnode.db import reading
from hubnode.mail import outbox
from hubnode.network.node import utcnow
from hubnode.people.models import Account
from hubnode.people.viewer import OPERATOR
from hubnode.records import kinds, owning, service
from hubnode.records import reading as records
from hubnode.records.errors import Gone, NotFound, NotNow
from hubnode.records.kinds import KINDS
from hubnode.records.models import LogEntry, Record
from tests.hubnode import persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.own_profile import FORM, MAIL, VECTOR, sa

TEXTS = [
    name for name, field in KINDS["expertise"].fields.items()
    if field.metadata["widget"] in ("text", "textarea") and "longest" in field.metadata and name != "orcid"
]  # fmt: skip


@pytest.mark.parametrize("field", TEXTS)
def test_markup_in_any_field_stays_text(hub: Hub, wiebke: Browser, visitor: Browser, field: str) -> None:
    known = KINDS["expertise"].fields[field]
    text = VECTOR[: known.metadata["longest"]]
    value: Any = {"de": text} if known.metadata["translated"] else text
    with hub.at():
        now = utcnow()
        id = persons.asked(expertise(), "public", now, MAIL)
        adjustable = kinds.KINDS["expertise"].loader.adjustable
        body = expertise() | {field: value}
        body["field_visibility"] = {name: "public" for name in adjustable if name in body}
        owning.publish(persons.owner(id, now), body, "public", now, given=persons.everything(body))
    for eyes, path in (
        (visitor, f"/expertise/{id}"), (visitor, "/expertise"), (visitor, "/suche?q=Wiebke"),
        (wiebke, "/konto/profil"), (wiebke, "/konto/daten"), (wiebke, "/konto/daten/auskunft"),
    ):  # fmt: skip
        answer = eyes.open(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert not eyes.page.xpath("//img[@src='x'] | //*[@onerror]")


def test_an_objection_and_an_interest_with_markup_stay_text(hub: Hub, mine: str, wiebke: Browser) -> None:
    wiebke.open("/konto/daten")
    wiebke.send(form=".//form[contains(@action, 'widerspruch')]", grund=VECTOR)
    for path in ("/konto/daten", "/konto/daten/auskunft"):
        assert "<script>alert" not in wiebke.open(path).text


def test_what_was_withdrawn_does_not_come_back_by_an_old_form(hub: Hub, mine: str, wiebke: Browser) -> None:
    second = Browser(hub.app)
    second.sign_in(MAIL)
    second.open("/konto/profil")
    wiebke.open("/konto/profil")
    wiebke.send(form=".//form[@id='widerruf-personal']")
    answer = second.send(form=FORM, einwilligung=["public_name"])  # the fields of the old form are still filled
    assert answer.status_code == 422
    assert "Kanarienwort" not in wiebke.open("/konto/profil").text


@pytest.mark.parametrize("way", ["draft", "publish", "import", "import with id"])
def test_others_publish_nothing_without_a_yes(hub: Hub, way: str) -> None:
    body = persons.function_only(expertise())
    with hub.at():
        draft = service.save_draft(OPERATOR, "expertise", body, level="public", now=NOW)
        document = {"kind": "expertise", "visibility": "public", "body": body}
        tries = {
            "draft": partial(service.save_draft, OPERATOR, "expertise", expertise(), level="public", now=NOW),
            "publish": partial(service.publish, OPERATOR, draft.id, NOW),
            "import": partial(service.publish_all, OPERATOR, [document], NOW),
            "import with id": partial(service.publish_all, OPERATOR, [document | {"id": draft.id}], NOW),
        }
        with pytest.raises((service.Incomplete, NotNow, kinds.Invalid)):
            tries[way]()
        assert reading().scalar(sa.select(sa.func.count()).select_from(LogEntry)) == 0
        with pytest.raises(NotFound):
            records.of_number(OPERATOR, draft.id)


def test_an_import_that_names_the_person_asks_and_publishes_nothing(hub: Hub) -> None:
    body = persons.function_only(expertise())
    with hub.at():
        document = {"kind": "expertise", "visibility": "public", "body": body, "person": MAIL}
        [id] = service.publish_all(OPERATOR, [document], NOW)
        assert [one.template for one in outbox.mailbox()] == ["profile-notice"]
        with pytest.raises(NotFound):
            records.of_number(OPERATOR, id)


@pytest.mark.parametrize(
    "change",
    [
        {"languages": ["fr"]}, {"interests": {"de": "Untergeschoben"}}, {"orcid": "0000-0002-1825-0097"},
        {"field_visibility": {"display_name": "public", "contact_mode": "network", "academic_title": "public"}},
    ],
)  # fmt: skip
def test_others_change_nothing_that_is_the_persons(hub: Hub, mine: str, change: dict[str, Any]) -> None:
    with hub.at():
        before = records.of_number(OPERATOR, mine).fields
        draft = service.draft(OPERATOR, mine)
        changed = draft.body | {"academic_title": "Dr."} | change
        with pytest.raises(kinds.Invalid):
            service.save_draft(OPERATOR, "expertise", changed, id=mine, level=draft.level, now=utcnow())
        assert records.of_number(OPERATOR, mine).fields == before


def test_others_may_correct_the_function_and_the_person_hears_of_it(hub: Hub, mine: str) -> None:
    with hub.at():
        draft = service.draft(OPERATOR, mine)
        changed = persons.function_only(draft.body) | {"function": {"de": "Leitung Fördermittel"}}
        service.save_draft(OPERATOR, "expertise", changed, id=mine, level=draft.level, now=utcnow())
        service.publish(OPERATOR, mine, utcnow())
        seen = records.of_number(OPERATOR, mine).fields
        assert (seen["function"], seen["interests"]) == ({"de": "Leitung Fördermittel"}, {"de": "Kanarienwort"})
        assert outbox.mailbox()[0].template == "profile-changed"


def test_no_page_feed_or_answer_holds_the_address(hub: Hub, mine: str, visitor: Browser, charlie: Browser) -> None:
    for eyes in (visitor, charlie):
        for path in ("/", "/expertise", f"/expertise/{mine}", "/suche?q=Wiebke", "/api/search?q=Wiebke",
                     "/feeds/alle.atom", "/suche?q=person.example"):  # fmt: skip
            assert MAIL not in eyes.open(path).text


def test_a_text_with_a_mail_address_is_refused(hub: Hub, mine: str) -> None:
    with hub.at():
        body = expertise(summary={"de": "Schreiben Sie an wiebke@amt.example"})
        with pytest.raises(kinds.Invalid) as refusal:
            owning.publish(persons.owner(mine, utcnow()), body, "public", utcnow(), given=persons.everything(body))
        assert refusal.value.codes == {"summary.de": ["mail"]}


def test_the_profile_is_erased_and_the_page_shows_how_far(
    hub: Hub, mine: str, wiebke: Browser, visitor: Browser
) -> None:
    wiebke.open("/konto/daten/profil-loeschen")
    answer = wiebke.send()
    assert answer.location is not None
    visitor.open(answer.location)  # no account needed any more
    assert "Ihr Profil ist gelöscht" in visitor.text()
    with hub.at(), pytest.raises(Gone):
        records.of_number(OPERATOR, mine)
    assert "kein Profil" in wiebke.open("/konto/profil").text


def test_the_account_is_erased_with_the_profile_after_the_password(hub: Hub, mine: str, wiebke: Browser) -> None:
    wiebke.open("/konto/daten/konto-loeschen")
    assert wiebke.send(passwort="falsch").status_code == 422
    answer = wiebke.send(passwort="Deichgraf reitet Schimmel")
    assert answer.status_code == 303
    with hub.at():
        reading().rollback()
        assert reading().scalar(sa.select(Account).where(Account.email == MAIL)) is None
        assert reading().scalars(sa.select(Record.state)).one() == "erased"
    assert wiebke.open("/konto/daten").status_code == 303


def test_the_last_administrator_stays(hub: Hub) -> None:
    alice = Browser(hub.app)
    alice.keep_signed_in("alice@wilster.example")
    alice.open("/konto/daten/konto-loeschen")
    assert alice.send(passwort="Deichgraf reitet Schimmel").status_code == 409
    assert "letzte Verwaltung" in alice.text()
