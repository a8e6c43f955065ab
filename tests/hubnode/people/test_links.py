"""How long links, wishes and invitations are kept: to the second, and not longer than they are of use."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from hubnode.db import Base, reading
from hubnode.people import accounts, invitations, links, moving_mail, recovering
from hubnode.people.confirming import Confirmed, Oneself
from hubnode.people.errors import EndedLink
from hubnode.people.link_models import AccountLink, PersonInvitation, ResetWish
from tests.hubnode.people.conftest import NOW, SECRET, application

PROOF = Confirmed("Verwaltung", 1)
SECOND = timedelta(seconds=1)


def kept(model: type[Base]) -> int:
    """How many rows there are."""
    return reading().scalar(sa.select(sa.func.count()).select_from(model)) or 0


def good(token: str, now: datetime) -> bool:
    """Whether an invitation can be accepted."""
    try:
        invitations.of_token(token, now)
    except EndedLink:
        return False
    return True


def test_an_invitation_is_good_for_seven_days_and_forgotten_after_thirty_more(people: Flask) -> None:
    """In between it is listed as ended, so that it can be sent again."""
    token = invitations.invite(PROOF, "dora@amt.example", "staff", "de", NOW).rsplit("/", 1)[1]
    end = NOW + timedelta(days=7)
    assert [good(token, at) for at in (end - SECOND, end)] == [True, False]
    invitations.tidy(end + timedelta(days=30))
    assert kept(PersonInvitation) == 1
    invitations.tidy(end + timedelta(days=30) + SECOND)
    assert kept(PersonInvitation) == 0


def test_a_link_for_a_password_is_good_for_an_hour_and_then_forgotten(people: Flask) -> None:
    """One for an address, for a day."""
    bob = accounts.by_email("bob@wilster.example")
    token = recovering.send(PROOF, bob.id, NOW).rsplit("/", 1)[1]
    moving_mail.ask(Oneself(bob.id, bob.role), "robert@amt.example", NOW, secret=SECRET)
    assert recovering.owner(token, NOW + timedelta(hours=1) - SECOND).id == bob.id
    with pytest.raises(EndedLink):
        recovering.owner(token, NOW + timedelta(hours=1))
    for after, left in ((timedelta(hours=1), 2), (timedelta(hours=1) + SECOND, 1), (timedelta(days=1) + SECOND, 0)):
        recovering.sweep(NOW + after)
        assert kept(AccountLink) == left


def test_a_wish_that_nobody_could_answer_is_forgotten_after_a_day(people: Flask) -> None:
    """Such as while no worker runs."""
    recovering.wish("bob@wilster.example", "de", address="192.0.2.7", secret=SECRET, now=NOW)
    recovering.sweep(NOW + timedelta(days=1))
    assert kept(ResetWish) == 1
    recovering.sweep(NOW + timedelta(days=1) + SECOND)
    assert kept(ResetWish) == 0


@pytest.mark.postgresql
def test_links_work_once_on_postgresql_too(postgres_url: str) -> None:
    """Invited, accepted; asked, answered, reset."""
    for _ in application(postgres_url):
        token = invitations.invite(PROOF, "dora@amt.example", "editor", "en", NOW).rsplit("/", 1)[1]
        dora = invitations.accept(token, "Dora", "Störche klappern im Frühjahr", "en", NOW)
        assert (dora.role, dora.language) == ("editor", "en")
        with pytest.raises(EndedLink):
            invitations.accept(token, "Eve", "Störche klappern im Frühjahr", "en", NOW)
        recovering.wish("dora@amt.example", "de", address="192.0.2.7", secret=SECRET, now=NOW)
        [number] = reading().scalars(sa.select(ResetWish.id))
        recovering.answer(number, NOW, secret=SECRET)
        recovering.answer(number, NOW, secret=SECRET)
        assert kept(AccountLink) == 1
        assert links.hashed(token) != token
