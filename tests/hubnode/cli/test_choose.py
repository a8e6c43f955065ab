"""`hubnode peer choose` through its own door: the effect, the act, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubnode.cli import main
from hubnode.network import choice
from hubnode.records.choosing import ALL, Rule
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, carry, close, make_hub, pin

ORIGIN = "http://127.0.0.1:5992"
SETTINGS = """
base_url = "http://127.0.0.1:5991"
name = "Digital Hub Wilster"
place = "Wilster"
mode = "test"
secret_key = "a secret of this test, long enough to be one"
"""


@pytest.fixture
def hub(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """Wilster, with three records of Rendsburg."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991)
    (tmp_path / "wilster" / "settings.toml").write_text(SETTINGS, "utf-8")
    other = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(hub, other)
    for topic in ("mobility", "water", "water"):
        other.publish("project", project(topics=[topic]))
    carry(other, hub)
    yield hub
    close(hub)
    close(other)


def run(hub: Hub, *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["--instance", str(hub.settings.instance), "peer", "choose", *arguments])


def test_a_dry_run_says_what_would_happen_and_changes_nothing(hub: Hub) -> None:
    answer = run(hub, ORIGIN, "--take-kind", "project", "--take-topic", "mobility", "--dry-run")
    assert answer.exit_code == 0, answer.output
    assert "Gespeichert: project zu Mobilität." in answer.output
    assert re.search(r"project: 3 hier, 1 bleiben, 2 werden gelöscht, 0 geholt; davon gezeigt 1 statt 3", answer.output)
    assert "Nichts geändert." in answer.output
    with hub.at():
        assert choice.of(ORIGIN) == ALL


def test_what_is_chosen_holds_and_without_options_everything_does_again(hub: Hub) -> None:
    answer = run(hub, ORIGIN, "--take-topic", "mobility", "--show-kind", "event", "--show-topic", "mobility")
    assert answer.exit_code == 0, answer.output
    with hub.at():
        chosen = choice.of(ORIGIN)
        assert chosen.taken == Rule(None, frozenset({"mobility"}))
        assert chosen.shown == Rule(frozenset({"event"}), frozenset({"mobility"}))
        assert choice.history(ORIGIN)[0].by == "Betrieb"
    assert run(hub, ORIGIN).exit_code == 0
    with hub.at():
        assert choice.of(ORIGIN) == ALL


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("http://nobody.example",), "ist hier kein bekannter Hub"),
        ((ORIGIN, "--take-topic", "flying-taxis"), "Diese Auswahl gibt es nicht"),
        ((ORIGIN, "--take-kind", "poem"), "poem"),
    ],
)
def test_what_is_no_choice_is_refused_and_changes_nothing(hub: Hub, arguments: tuple[str, ...], words: str) -> None:
    answer = run(hub, *arguments)
    assert answer.exit_code != 0
    assert words in answer.output
    with hub.at():
        assert choice.of(ORIGIN) == ALL
