"""A profile and its person, as the pages about profiles meet them."""

from __future__ import annotations

import re

import pytest

from hubnode.db import reading, transaction
from hubnode.mail import outbox
from hubnode.network.node import utcnow
from hubnode.records import owning
from hubnode.records import reading as records
from hubnode.records.profile_models import Profile
from tests.hubnode import persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.desk import account

sa = records.sa
MAIL = "wiebke.privat@person.example"
VECTOR = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
FORM = ".//form[@id='eintrag']"


@pytest.fixture
def asked(hub: Hub) -> str:
    """A draft about Wiebke, about which she was asked; the token of the letter's link."""
    with hub.at():
        persons.asked(expertise(), "public", utcnow(), MAIL)
    return letter(hub)


def letter(hub: Hub) -> str:
    """The token in the newest letter."""
    with hub.at():
        found = outbox.read(outbox.mailbox()[0].id)
        assert found is not None
        link = re.search(r"/profil/([\w-]+)", found[1].text)
        assert link is not None
        return link[1]


@pytest.fixture
def wiebke(hub: Hub, password_hash: str) -> Browser:
    """Somebody with an account as an expert, signed in."""
    with hub.at(), transaction() as session:
        made = account("Wiebke", "expert", password_hash)
        made.email = MAIL
        session.add(made)
    browser = Browser(hub.app)
    browser.keep_signed_in(MAIL)
    return browser


@pytest.fixture
def mine(hub: Hub, wiebke: Browser) -> str:
    """Wiebke's own profile, confirmed and public, all her consents given; its id."""
    with hub.at():
        now = utcnow()
        id = persons.asked(expertise(), "public", now, MAIL)
        body = expertise(interests={"de": "Kanarienwort"}, orcid="0000-0002-1694-233X")
        owning.publish(persons.owner(id, now), body, "public", now, given=persons.everything(body))
        return id


def about(hub: Hub) -> Profile:
    """The one profile."""
    reading().rollback()
    return reading().scalars(sa.select(Profile)).one()
