"""`hubnode erase` and `hubnode erasures`, through their own door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hubnode.cli.test_commands import Run, documents, ready, record, run

__all__ = ["ready", "run"]
NEVER = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ID = "01JD9XQ5T0ABCDEFGHJKMNPQ00"


@pytest.fixture
def published(ready: Run, tmp_path: Path) -> Run:
    """The same, with one published record."""
    answer = ready("publish", documents(tmp_path, record(id=ID)))
    assert answer.exit_code == 0, answer.output
    return ready


def test_erasing_asks_first(published: Run) -> None:
    answer = published("erase", ID, input="n\n")
    assert answer.exit_code == 1
    assert "Parkplatzsensoren in der Innenstadt" in answer.output
    assert ID in published("export").output
    assert published("erase", f"http://127.0.0.1:5971/r/{ID}", input="y\n").exit_code == 0
    assert ID not in published("export").output


@pytest.mark.parametrize("id", [NEVER, "nonsense", ID])
def test_what_is_not_there_or_gone_is_not_erased(published: Run, id: str) -> None:
    published("erase", ID, "--yes")
    answer = published("erase", id, "--yes")
    assert answer.exit_code == 1
    assert "gibt es hier nicht" in answer.output


def test_the_list_shows_what_was_taken_back(published: Run) -> None:
    assert published("erasures").output == ""
    published("erase", ID, "--yes")
    assert f"{ID}\tgelöscht" in published("erasures").output
    [one] = json.loads(published("erasures", "--json").output)
    assert (one["id"], one["erased"], one["entry"], one["hubs"]) == (ID, True, 1, [])
    assert published("erasures", "list", "--json").output == published("erasures", "--json").output


def test_a_proof_is_written_and_verified(published: Run, tmp_path: Path) -> None:
    published("erase", ID, "--yes")
    file = str(tmp_path / "proof.json")
    assert published("erasures", "proof", ID, "--output", file).exit_code == 0
    fingerprint = json.loads(published("status", "--json").output)["fingerprint"]
    answer = published("erasures", "verify", file, "--fingerprint", fingerprint)
    assert answer.exit_code == 0
    assert "Der Nachweis gilt." in answer.output
    assert fingerprint in answer.output
    assert "Öffentliche Feeds" in answer.output


def test_a_proof_that_was_changed_ends_with_status_1(published: Run, tmp_path: Path) -> None:
    published("erase", ID, "--yes")
    file = tmp_path / "proof.json"
    file.write_text(published("erasures", "proof", ID).output.replace('"op":"erase"', '"op":"del"'), "utf-8")
    answer = published("erasures", "verify", str(file))
    assert answer.exit_code == 1
    assert "gilt nicht" in answer.output


def test_a_proof_of_another_hub_ends_with_status_1(published: Run, tmp_path: Path) -> None:
    published("erase", ID, "--yes")
    file = str(tmp_path / "proof.json")
    published("erasures", "proof", ID, "--output", file)
    assert published("erasures", "verify", file, "--fingerprint", "AAAA-" * 12 + "AAAA").exit_code == 1


def test_what_was_not_taken_back_or_never_left_has_no_proof(published: Run, tmp_path: Path) -> None:
    answer = published("erasures", "proof", ID)
    assert answer.exit_code == 1
    assert "nicht gelöscht" in answer.output
    other = "01JD9XQ5T0ABCDEFGHJKMNPQ01"
    published("publish", documents(tmp_path, record(id=other, visibility="hub")))
    published("erase", other, "--yes")
    answer = published("erasures", "proof", other)
    assert answer.exit_code == 1
    assert "nie verlassen" in answer.output
