"""Tests share the map of routes among their applications: each has the same addresses as if it were alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from tests import routes
from tests.hubnode.hubs import Hub, close, make_hub


def told(app: Flask) -> list[tuple[Any, ...]]:
    """Each route with all that decides about a request, and the view that answers."""
    return [
        (
            rule.rule, rule.endpoint, rule.methods, rule.defaults, rule.strict_slashes, rule.build_only,
            vars(rule)["provide_automatic_options"], app.view_functions[rule.endpoint].__qualname__,
        )
        for rule in app.url_map.iter_rules()
    ]  # fmt: skip


def made(folder: Path, template: Path) -> Hub:
    """One more application with pages."""
    return make_hub(folder, template, "Wilster", 5991, pages=True)


@pytest.fixture
def alone(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An application that knows of no other."""
    with monkeypatch.context() as patched:
        patched.setattr(routes, "_model", [])
        hub = made(tmp_path / "alone", template)
        assert told(hub.app)
    yield hub
    close(hub)


def test_who_follows_has_the_routes_of_one_alone(tmp_path: Path, template: Path, alone: Hub, hub: Hub) -> None:
    hub.app.url_map.update()
    after = made(tmp_path / "after", template)
    assert told(after.app) == told(alone.app)
    assert after.app.url_map._matcher is routes._model[0].matcher
    assert len(told(after.app)) == len(routes._model[0].steps) > routes.MANY
    close(after)


def test_a_route_of_one_is_none_of_the_others(tmp_path: Path, template: Path, hub: Hub) -> None:
    hub.app.url_map.update()
    for number, late in enumerate((False, True)):
        other = made(tmp_path / str(number), template)
        before = sorted(map(repr, told(hub.app)))
        if late:
            other.app.url_map.update()
        other.app.add_url_rule("/nur-hier", "only_here", lambda: "hier")
        assert other.app.url_map.bind("").match("/nur-hier") == ("only_here", {})
        with pytest.raises(NotFound):
            hub.app.url_map.bind("").match("/nur-hier")
        assert sorted(map(repr, told(hub.app))) == before
        assert len(told(other.app)) == len(before) + 1
        assert other.app.test_client().get("/").status_code == 200
        close(other)


def test_who_registers_less_has_less() -> None:
    few = Flask("few", static_folder=None)
    rule, endpoint = routes._model[0].steps[0][:2] if routes._model else ("/", "start")
    few.add_url_rule(str(rule), str(endpoint), lambda **_: "wenig")
    assert [found.endpoint for found in few.url_map.iter_rules()] == [endpoint]
