"""`hubnode peer …` for joining and membership: what is done is said, and what can't be done says why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.joining import Invitation
from hubnode.cli import main
from hubnode.config import Settings
from hubnode.core import create_core
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, carry, close, make_hub, pin
from tests.migrated import migrate

Run = Callable[..., Result]
ORIGIN = "http://127.0.0.1:5971"


@pytest.fixture(scope="module")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a hub as `hubnode init` makes it, to copy."""
    folder = tmp_path_factory.mktemp("initialised") / "hub"
    words = ["--base-url", ORIGIN, "--name", "Digital Hub Wilster", "--place", "Wilster", "--mode", "test"]
    assert CliRunner().invoke(main, ["--instance", str(folder), "init", *words]).exit_code == 0
    return folder


@pytest.fixture
def run(tmp_path: Path, initialised: Path) -> Run:
    """Run a command on a hub that is initialised and knows nobody."""
    shutil.copytree(initialised, tmp_path / "hub")

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["--instance", str(tmp_path / "hub"), *arguments])

    return command


@pytest.fixture
def member(run: Run, tmp_path: Path) -> str:
    """A member with two projects."""
    settings = Settings.load(tmp_path / "hub")
    here = Hub(create_core(settings), settings)
    migrate(f"sqlite:///{tmp_path / 'template.db'}")
    there = make_hub(tmp_path / "kiel", tmp_path / "template.db", "Kiel", 5972)
    pin(here, there)
    pin(there, here)
    for number in range(2):
        there.publish("project", project(title=f"Vorhaben {number}"))
    carry(there, here)
    close(here)
    close(there)
    return there.origin


def test_an_invitation_is_printed_and_can_be_withdrawn(run: Run) -> None:
    answer = run("peer", "invite")
    assert Invitation.parse(answer.output).origin == ORIGIN
    assert "1 Einladungen" in run("peer", "invite", "--withdraw").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("invite", "--for", "https://kiel.example"), "13 groups"),
        (("invite", "--for", ORIGIN, "--fingerprint", "A" * 52), "dieser Hub selbst"),
        (("join", "hello"), "apl1"),
        (("approve", "7"), "gibt es hier nicht"),
        (("reject", "7"), "gibt es hier nicht"),
        (("suspend", "https://kiel.example"), "gibt es hier nicht"),
        (("resume", "https://kiel.example"), "gibt es hier nicht"),
        (("drop", "https://kiel.example"), "gibt es hier nicht"),
        (("leave", "https://kiel.example"), "gibt es hier nicht"),
        (("leave",), "geht das nicht"),
    ],
)
def test_what_cant_be_done_ends_with_one_line(run: Run, words: tuple[str, ...], told: str) -> None:
    answer = run("peer", *words)
    assert answer.exit_code == 1
    assert told in answer.output
    assert "Traceback" not in answer.output


def test_suspending_resuming_and_ending_say_how_many_records(run: Run, member: str) -> None:
    assert "2 Datensätze (2 Projekte)" in run("peer", "suspend", member, "--dry-run").output
    assert "late" in run("peer", "list").output
    assert "2 Datensätze (2 Projekte) verborgen" in run("peer", "suspend", member).output
    assert "suspended" in run("peer", "list").output
    assert run("peer", "suspend", member).exit_code == 1
    assert "2 Datensätze" in run("peer", "resume", member).output
    assert "0 Datensätze gelöscht" in run("peer", "leave", member).output
    assert "2 Datensätze" in run("peer", "drop", member).output
    assert "left" in run("peer", "list").output
    assert "stimmen überein" in run("verify").output


def test_leaving_says_who_is_to_hear_of_it(run: Run, member: str) -> None:
    assert "1 Hubs lesen ihn" in run("peer", "leave", "--archive", "drop").output


def test_requests_and_acquaintances_of_a_lonely_hub_are_empty(run: Run, member: str) -> None:
    assert run("peer", "requests").output == ""
    assert run("peer", "ask", member).output == ""
