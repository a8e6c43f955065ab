"""`hubnode user …`: inviting, giving roles, locking and resetting, through its own door."""

from __future__ import annotations

import re

import pytest

from tests.hubnode.cli.test_commands import Run
from tests.hubnode.cli.test_commands import ready as ready
from tests.hubnode.cli.test_commands import run as run

PASSWORD = "Deichgraf reitet Schimmel"


@pytest.fixture
def people(ready: Run) -> Run:
    """A hub with an administrator and a coordinator."""
    for email, role in (("alice@wilster.example", "admin"), ("bob@wilster.example", "coordinator")):
        given = ("--name", email.partition("@")[0].title(), "--role", role, "--password-stdin")
        assert ready("user", "add", email, *given, input=PASSWORD + "\n").exit_code == 0
    return ready


def test_an_invitation_is_listed_and_its_link_shown_on_demand(people: Run) -> None:
    answer = people("user", "invite", "dora@amt.example", "--role", "editor", "--language", "en")
    assert answer.exit_code == 0, answer.output
    assert "/einladung/" not in answer.output
    assert re.search(r"dora@amt\.example\teditor\teingeladen bis \d{4}-", people("user", "list").output)
    answer = people("user", "invite", "dora@amt.example", "--show-link")
    assert re.search(r"^http://127\.0\.0\.1:5971/einladung/[\w-]{43}$", answer.output, re.MULTILINE)
    assert people("user", "list").output.count("eingeladen") == 1


def test_roles_change_and_accounts_are_locked(people: Run) -> None:
    assert people("user", "role", "bob@wilster.example", "staff").exit_code == 0
    assert people("user", "deactivate", "bob@wilster.example").exit_code == 0
    assert "bob@wilster.example\tstaff\tgesperrt" in people("user", "list").output
    assert people("user", "reactivate", "bob@wilster.example").exit_code == 0
    assert "bob@wilster.example\tstaff\taktiv" in people("user", "list").output


def test_a_reset_shows_its_link_on_demand(people: Run) -> None:
    answer = people("user", "reset", "bob@wilster.example", "--show-link")
    assert re.search(r"^http://127\.0\.0\.1:5971/passwort-neu/[\w-]{43}$", answer.output, re.MULTILINE)
    assert "/passwort-neu/" not in people("user", "reset", "bob@wilster.example").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("invite", "bob@wilster.example"), "already an account"),
        (("invite", "not an address"), "not a mail address"),
        (("role", "alice@wilster.example", "staff"), "last active administrator"),
        (("deactivate", "alice@wilster.example"), "last active administrator"),
        (("role", "nobody@wilster.example", "staff"), "no account for"),
        (("reset", "nobody@wilster.example"), "no account for"),
        (("role", "bob@wilster.example", "king"), "Invalid value"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(people: Run, words: tuple[str, ...], told: str) -> None:
    before = people("user", "list").output
    answer = people("user", *words)
    assert answer.exit_code != 0
    assert told in answer.output
    assert people("user", "list").output == before
