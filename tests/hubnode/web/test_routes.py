"""Routes compiled late lead where those of Werkzeug lead, both ways."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import BuildError, Map, Rule

from hubnode.web.routes import LazyRule

PLACES = (
    ("/", "start", {}),
    ("/suche", "search", {"q": "Förde & Deich", "seite": 2}),
    ("/projekte/<id>", "project", {"id": "ä/b", "mehr": "ja"}),
    ("/projekte/<host>/<int:number>", "copy", {"host": "hub.example:5001", "number": 7}),
    ("/medien/<path:name>", "file", {"name": "a b/c.svg"}),
)


def both(rule: type[Rule]) -> Any:
    """The routes as rules of this class."""
    made = Map([rule(path, endpoint=name) for path, name, _ in PLACES])
    made.add(rule("/feeds/", endpoint="feed", defaults={"format": "atom"}))
    made.add(rule("/feeds/<format>", endpoint="feed"))
    return made.bind("hub.example")


@pytest.mark.parametrize("time", ["first", "second"])
def test_addresses_are_those_of_werkzeug(time: str) -> None:
    usual, lazy = both(Rule), both(LazyRule)
    for _ in range(1 if time == "first" else 2):
        built = [(usual.build(name, values), lazy.build(name, values)) for _, name, values in PLACES]
    assert [ours for _, ours in built] == [theirs for theirs, _ in built]
    for values in ({"format": "atom"}, {"format": "rss"}):
        assert lazy.build("feed", values) == usual.build("feed", values)
    with pytest.raises(BuildError):
        lazy.build("project", {})


def test_an_address_leads_back_to_its_values() -> None:
    lazy = both(LazyRule)
    assert lazy.match("/projekte/hub.example/7") == ("copy", {"host": "hub.example", "number": 7})
    assert lazy.match("/medien/a/b.svg") == ("file", {"name": "a/b.svg"})


def test_nothing_is_compiled_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    usual = Rule._compile_builder

    def noted(rule: Rule, append_unknown: bool = True) -> Any:
        compiled.append(rule.rule)
        return usual(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", noted)
    lazy = Map([LazyRule("/nur/<hier>", endpoint="here")]).bind("hub.example")
    assert lazy.match("/nur/einmal") == ("here", {"hier": "einmal"})
    assert compiled == []
    for word in ("einmal", "zweimal"):
        assert lazy.build("here", {"hier": word}) == f"/nur/{word}"
    assert compiled == ["/nur/<hier>"]
