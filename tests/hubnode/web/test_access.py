"""The table of access: complete, closed by default, and asked before everything."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.exceptions import Forbidden

from hubnode.web import access
from hubnode.web.access import RULES
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import Browser


def test_every_endpoint_has_a_rule_and_every_rule_an_endpoint(hub: Hub) -> None:
    """A new route is closed until its rule stands in `RULES`."""
    endpoints = {rule.endpoint for rule in hub.app.url_map.iter_rules()}
    assert sorted(endpoints - RULES.keys()) == []
    assert sorted(RULES.keys() - endpoints) == []


def test_an_endpoint_without_a_rule_lets_nobody_in(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even an administrator."""
    monkeypatch.setattr(access, "RULES", {name: rule for name, rule in RULES.items() if name != "records.search"})
    alice = Browser(hub.app)
    alice.keep_signed_in("alice@wilster.example")
    assert alice.open("/suche").status_code == 403
    assert alice.open("/projekte").status_code == 200


def test_the_table_is_asked_before_every_blueprint(hub: Hub) -> None:
    """No blueprint answers first."""
    app: Flask = hub.app
    assert access._guard in app.before_request_funcs[None]
    with app.test_request_context("/verwaltung/schluessel/erneuern", method="POST"):
        answer = access._guard()
        assert answer is not None
        assert answer.status_code == 303  # type: ignore[union-attr]
    with app.test_request_context("/gibt-es-nicht"):
        assert access._guard() is None


def test_programs_are_not_led_to_a_sign_in_page(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """They get a problem document."""
    monkeypatch.setattr(access, "RULES", {**RULES, "api.search": access.MEMBERS})
    answer = hub.app.test_client().get("/api/search?q=x")
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    with hub.app.test_request_context("/api/search"), pytest.raises(Forbidden):
        access._guard()
