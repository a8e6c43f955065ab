"""`hubnode audit` through its own door."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.hubnode.cli.test_commands import Run, ready, run

__all__ = ["ready", "run"]


@pytest.mark.parametrize("wrong", [("--act", "record.read"), ("--since", "yesterday")])
def test_what_is_no_act_and_no_time_is_refused(ready: Run, wrong: tuple[str, str]) -> None:
    assert ready("audit", "list", *wrong).exit_code == 2


def test_an_export_shows_in_the_next_list(ready: Run) -> None:
    assert ready("audit", "list").output == ""
    assert next(csv.reader(io.StringIO(ready("audit", "export").output)))[:2] == ["at", "act"]
    assert "Protokoll ausgegeben\tBetrieb" in ready("audit", "list", "--act", "audit.exported").output
    [note] = json.loads(ready("audit", "list", "--json").output)
    assert (note["act"], note["actor"], note["account"]) == ("audit.exported", "operator", None)
    assert json.loads(ready("audit", "list", "--json", "--since", "2099-01-01").output) == []
