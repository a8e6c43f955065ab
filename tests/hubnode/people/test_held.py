"""Everything held about somebody is told: no table that names an account is without its part."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hubnode.db import Base, reading
from hubnode.network import handing, recipients
from hubnode.network.node import utcnow
from hubnode.people import held
from hubnode.people.errors import UnknownAccount
from hubnode.people.models import Account
from hubnode.people.viewer import OPERATOR
from hubnode.records import kinds, log, owning, service
from hubnode.records.profiles import Owner
from hubnode.web import own_data
from migrations import tables
from tests.hubnode import persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import NOW, Hub, carry
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.desk import bob, charlie, hub, password_hash

__all__ = ["bob", "charlie", "hub", "password_hash"]
BY_DUTY = {"audit_note"}
"""Tables that name an account without a foreign key."""


def naming_accounts() -> set[str]:
    """The tables of which a row belongs to an account."""
    assert tables
    return {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table.name == "account" for key in table.foreign_keys)
    }


def test_no_table_that_names_an_account_is_forgotten() -> None:
    assert own_data.ROOMS
    assert naming_accounts() | BY_DUTY | {"account", "consent"} == set(held.TABLES)


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="already"):
        held.provides("account")(held._PROVIDERS["account"])


def test_nobody_is_told_of_somebody_who_is_not_there(hub: Hub) -> None:
    with hub.at(), pytest.raises(UnknownAccount):
        held.held_about(4711, NOW)


@pytest.fixture
def profile(hub: Hub) -> str:
    """Charlie's profile, at the account; its id."""
    with hub.at():
        now = utcnow()
        id = persons.asked(expertise(), "network", now, "charlie@wilster.example")
        body = expertise(interests={"de": "Kanarienwort"})
        owning.publish(persons.owner(id, now), body, "network", now, given=persons.everything(body))
        account = reading().scalars(held.select(Account.id).where(Account.name == "Charlie")).one()
        record = persons.profile_of(id).record
        owning.confirm(Owner(record, id, account=account), now)
        return id


def exported(browser: Browser) -> dict[str, Any]:
    """What the export holds."""
    answer = browser.open("/konto/daten/auskunft.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    document: dict[str, Any] = json.loads(answer.text)
    return document


def test_the_export_holds_everything_and_is_for_its_person_only(profile: str, charlie: Browser, bob: Browser) -> None:
    mine = exported(charlie)
    assert set(mine) == {"format", "hub", "made_at", "profile", "parts"}
    assert mine["format"] == own_data.FORMAT
    assert set(mine["parts"]) == set(held._PROVIDERS)
    assert all(set(part) == {"purpose", "basis", "kept", "rows"} for part in mine["parts"].values())
    assert all(part["purpose"] and part["basis"] and part["kept"] for part in mine["parts"].values())
    assert mine["parts"]["account"]["rows"][0]["email"] == "charlie@wilster.example"
    assert {row["purpose"] for row in mine["parts"]["consents"]["rows"]} >= {"personal"}
    assert [one["version"] for one in mine["parts"]["profile"]["rows"][0]["versions"]] == [1, 2]
    assert "Kanarienwort" in json.dumps(mine, ensure_ascii=False)
    theirs = json.dumps(exported(bob), ensure_ascii=False)
    assert "Kanarienwort" not in theirs
    assert "charlie" not in theirs


def test_no_secret_is_in_the_export(profile: str, charlie: Browser, hub: Hub) -> None:
    text = json.dumps(exported(charlie))
    with hub.at():
        account = reading().scalars(held.select(Account).where(Account.name == "Charlie")).one()
        assert account.password_hash not in text
    assert (charlie.cookie("sitzung") or "x") not in text


def test_the_profile_in_the_export_can_be_imported_again(profile: str, charlie: Browser, hub: Hub) -> None:
    """Its form is the one of imports, and its person is asked once more before it appears elsewhere."""
    document = exported(charlie)["profile"]
    kinds.check(document["kind"], document["body"])
    with hub.at():
        owning.erase(persons.owner(profile, utcnow()), utcnow())
        fields = kinds.KINDS["expertise"].fields
        body = {name: value for name, value in document["body"].items()
                if fields[name].metadata.get("group") != "voluntary"}  # fmt: skip
        again = {"kind": "expertise", "visibility": document["visibility"], "person": "charlie@wilster.example"}
        [id] = service.publish_all(OPERATOR, [again | {"body": persons.function_only(body)}], utcnow())
        owning.publish(
            persons.owner(id, utcnow()), document["body"], "network", utcnow(),
            given=persons.everything(document["body"]),
        )  # fmt: skip
        published = owning.held(persons.owner(id, utcnow())).published
        assert published is not None
        assert published["interests"] == {"de": "Kanarienwort"}


def test_the_page_names_every_part(profile: str, charlie: Browser) -> None:
    charlie.open("/konto/daten")
    text = charlie.text()
    for words in ("Ihr Konto", "Anmeldungen", "Ihre Einwilligungen", "Gespeicherte Suchen", "Ihre Fachfragen", "Wozu"):
        assert words in text


def test_the_recipients_are_those_who_were_given_it(wilster: Hub, rendsburg: Hub) -> None:
    """No hub before it has read the log, and each version that it has read after."""
    id = wilster.publish("expertise", expertise())
    with wilster.at():
        assert list(recipients.of(id, NOW).hubs) == []
        own = log.own(reading())
        handing.hand(rendsburg.origin, own.log_id, 0, own.size, own.size, NOW)
    carry(wilster, rendsburg)
    with wilster.at():
        [one] = recipients.of(id, NOW).hubs
        assert (one.origin, list(one.revisions), one.first_at, one.deleted_at) == (rendsburg.origin, [1], NOW, None)
        assert recipients.of(id, NOW).public
