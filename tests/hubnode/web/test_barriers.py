"""Reporting a barrier: for everybody, without sign-in and cookie; kept, told to the office, and followed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hubnode.mail import outbox
from hubnode.people import barriers
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import Browser

PAGE, LIST = "/barriere-melden", "/verwaltung/barrieren"
TEXT = "Der Knopf „Anfragen“ hat keinen Namen."


def send(hub: Hub, **typed: str) -> tuple[int, str]:
    """Send the form as a program without cookies would; answers status and where it leads."""
    client = hub.app.test_client(use_cookies=False)
    answer = client.post(PAGE, data={"seite": "/termine", "was": TEXT} | typed)
    return answer.status_code, answer.location or ""


def kept(hub: Hub) -> list[barriers.Report]:
    """What the office sees."""
    with hub.at():
        return list(barriers.reports())


def test_a_report_needs_no_cookie_and_gives_a_number_that_tells_its_state(hub: Hub, visitor: Browser) -> None:
    status, leads = send(hub, kontakt="leserin@example.org")
    assert status == 303
    [one] = kept(hub)
    assert leads == f"{PAGE}/{one.number}"
    assert (one.page, one.what, one.contact, one.state) == ("/termine", TEXT, "leserin@example.org", "new")
    visitor.open(leads)
    assert one.number in visitor.text()
    assert "eingegangen" in visitor.text()
    with hub.at():
        [letter] = outbox.mailbox()
        told = outbox.read(letter.id)
        assert told is not None
        assert one.number in told[1].text
        assert TEXT not in told[1].text
        assert letter.to == hub.settings.contact_email


def test_the_form_itself_sets_no_cookie(hub: Hub) -> None:
    assert "Set-Cookie" not in hub.app.test_client().get(PAGE).headers


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"was": "kurz"}, "was"), ({"was": "x" * 2001}, "was"), ({"kontakt": "keine Adresse"}, "kontakt")],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(hub: Hub, typed: dict[str, str], field: str) -> None:
    answer = hub.app.test_client().post(PAGE, data={"seite": "/", "was": TEXT} | typed)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert kept(hub) == []


def test_a_program_that_fills_in_everything_is_thanked_for_nothing(hub: Hub) -> None:
    assert send(hub, webseite="https://spam.example") == (303, "/")
    assert kept(hub) == []


def test_what_another_site_sends_is_refused(hub: Hub) -> None:
    forged = {"Sec-Fetch-Site": "cross-site"}
    answer = hub.app.test_client().post(PAGE, data={"was": TEXT}, headers=forged)
    assert answer.status_code == 403
    assert kept(hub) == []


def test_reports_without_end_are_slowed_down(hub: Hub) -> None:
    assert [send(hub)[0] for _ in range(6)] == [303] * 5 + [429]


def test_a_number_that_nobody_was_given_is_not_there(visitor: Browser) -> None:
    assert visitor.open(f"{PAGE}/B-2222-2222").status_code == 404


def test_the_office_says_how_far_it_is(hub: Hub, bob: Browser) -> None:
    send(hub)
    alice = Browser(hub.app)
    alice.keep_signed_in("alice@wilster.example")
    alice.open(LIST)
    assert TEXT in alice.text()
    alice.follow(alice.send(stand="done"))
    [one] = kept(hub)
    assert one.state == "done"
    assert alice.send(stand="eaten").status_code == 404
    assert bob.open(LIST).status_code == 403


def test_reports_go_when_their_time_is_over(hub: Hub) -> None:
    send(hub)
    [one] = kept(hub)
    with hub.at():
        assert barriers.sweep(one.created_at + timedelta(days=30), 30) == 0
        assert barriers.sweep(one.created_at + timedelta(days=30, seconds=1), 30) == 1
    assert kept(hub) == []
