"""What is said about a hub that does not work: true, complete, and with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask_babel import force_locale

from federation import errors
from hubnode.network import peers, trouble
from hubnode.network.peers import HubView
from tests.five import Five


@pytest.fixture
def hub(five: Five) -> Iterator[HubView]:
    """Rendsburg, silent; within a request."""
    with five.wilster.app.test_request_context(), force_locale("de"):
        view = next(hub for hub in peers.all_hubs(five.wilster.settings) if hub.place == "Rendsburg")
        yield replace(view, state="down", silent_since=datetime(2026, 11, 22, 9, tzinfo=UTC))


def _of(hub: HubView, slug: str | None) -> trouble.Trouble:
    found = trouble.of(replace(hub, last_error=slug))
    assert found is not None
    return found


def test_every_reason_of_the_wire_has_its_sentence() -> None:
    assert set(trouble.UNREACHABLE) == errors.Unreachable.REASONS


def test_every_refusal_of_a_page_has_its_sentence() -> None:
    elsewhere = {errors.Frozen.type, errors.BadReceipt.type}
    refusals = {refusal.type for refusal in errors.Refused.__subclasses__()} - elsewhere
    assert set(trouble.REFUSED) == refusals


@pytest.mark.parametrize("reason", ["dns", "connect", "timeout", "reset"])
def test_where_a_hub_is_only_away_nobody_needs_to_do_anything(hub: HubView, reason: str) -> None:
    (alarm,) = trouble.alarms([replace(hub, last_error=f"unreachable:{reason}")])
    assert alarm.title == "Rendsburg ist nicht erreichbar"
    assert alarm.passes
    assert str(alarm.todo).startswith("Sie müssen nichts tun")


@pytest.mark.parametrize(
    ("slug", "words", "todo"),
    [
        ("unreachable:tls", "Zertifikat abgelaufen", "Rufen Sie dort an"),
        ("unreachable:address", "keine Verbindung aufbauen darf", "Wer diesen Knoten betreibt"),
        ("unreachable:redirect", "leitet auf eine andere weiter", "Rufen Sie dort an"),
        ("answered:403:not-member", "kennt diesen Knoten nicht", "aufgenommen"),
        ("answered:401:clock-skew", "Uhren", "prüft die Uhr"),
        ("answered:404:", "Fehlermeldung", "Rufen Sie dort an"),
        ("bad-entry", "verstößt gegen die vereinbarten Regeln", "neuere Version"),
        ("bad-checkpoint", "Unterschrift", "Fingerabdruck"),
        ("not-canonical", "nicht dem vereinbarten Aufbau", "neuere Version"),
    ],
)
def test_where_somebody_has_to_act_the_page_does_not_say_otherwise(
    hub: HubView, slug: str, words: str, todo: str
) -> None:
    (alarm,) = trouble.alarms([replace(hub, last_error=slug)])
    assert words in str(_of(hub, slug).what)
    assert todo in str(alarm.todo)
    assert not alarm.passes


@pytest.mark.parametrize(
    ("slug", "answers"),
    [
        ("unreachable:connect", False),
        ("answered:502:", False),
        ("answered:403:not-member", True),
        ("bad-entry", True),
        (None, False),
        ("unreachable:unheard-of", False),
    ],
)
def test_a_hub_that_answers_is_not_called_silent(hub: HubView, slug: str | None, answers: bool) -> None:
    found = _of(hub, slug)
    assert found.answers == answers
    assert (found.title is trouble.SILENT) == (not answers)


def test_hubs_with_the_same_to_be_done_share_a_box(hub: HubView) -> None:
    away = replace(hub, last_error="unreachable:connect")
    other = replace(away, origin="http://127.0.0.1:1", last_error="answered:503:")
    refused = [replace(one, last_error="bad-entry") for one in (away, other)]
    (alarm,) = trouble.alarms([away, other])
    assert alarm.title == "2 Hubs sind nicht erreichbar"
    assert len(trouble.alarms(refused)) == 2


def test_one_failure_and_a_frozen_log_are_told_apart(hub: HubView) -> None:
    assert trouble.of(replace(hub, state="late", last_error="unreachable:dns")) is None
    (alarm,) = trouble.alarms([replace(hub, state="frozen", last_error="frozen")])
    assert (alarm.title, alarm.danger) == ("Rendsburg ist angehalten", True)


@pytest.mark.parametrize(
    ("what", "detail", "words"),
    [
        ("refused", "bad-entry", "hat Daten geschickt, die dieser Hub ablehnen musste"),
        ("silent", "unreachable:dns", "antwortet nicht mehr"),
        ("silent", "answered:403:not-member", "nimmt unsere Anfragen nicht mehr an"),
        ("quarantined", "1", "hat einen Eintrag geschickt, der zurückgehalten wird"),
        ("quarantined", "3", "hat 3 Einträge geschickt, die zurückgehalten werden"),
        ("unheard-of", "", "unheard-of"),
    ],
)
def test_events_in_words(hub: HubView, what: str, detail: str, words: str) -> None:
    assert str(trouble.told(what, detail).words) == words
