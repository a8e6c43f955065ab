"""Files beside records in `hubnode publish` and `hubnode export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.cli.test_commands import Run, documents, init, ready, record, run

__all__ = ["ready", "run"]
ALT = {"alt": {"de": "Ein blaues Feld"}}


def with_file(*paths: str, **more: Any) -> dict[str, Any]:
    """A record that names files by their paths."""
    rows = [{"file": path} | (ALT if path.endswith("jpg") else {}) for path in paths]
    return record(body=project(attachments=rows), **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a picture and a document, and a secret beside it."""
    (tmp_path / "dateien").mkdir()
    (tmp_path / "dateien" / "Platz.jpg").write_bytes(files.picture(size=(60, 40)))
    (tmp_path / "Satzung.pdf").write_bytes(files.PDF)
    return tmp_path


def stored(tmp_path: Path) -> list[str]:
    """The names of all files that the hub holds."""
    return sorted(path.name for path in (tmp_path / "hub" / "media").glob("??/*"))


def test_files_are_published_with_their_records_and_come_back_out(ready: Run, run: Run, folder: Path) -> None:
    answer = ready("publish", documents(folder, with_file("dateien/Platz.jpg", "Satzung.pdf")))
    assert answer.exit_code == 0, answer.output
    exported = json.loads(ready("export", "--files", str(folder / "heraus")).output)
    rows = exported["body"]["attachments"]
    assert [(row["name"], row["type"]) for row in rows] == [
        ("Platz.jpg", "image/jpeg"),
        ("Satzung.pdf", "application/pdf"),
    ]
    assert sorted(path.name for path in (folder / "heraus").iterdir()) == sorted(row["sha256"] for row in rows)
    assert files.HIDDEN not in (folder / "heraus" / rows[0]["sha256"]).read_bytes()
    elsewhere = folder / "anderswo"
    assert init(lambda *words, **_: run("--instance", str(elsewhere), *words)).exit_code == 0
    missing = run("--instance", str(elsewhere), "publish", documents(folder, exported))
    assert (missing.exit_code, "nicht (mehr) gespeichert" in missing.output) == (1, True)
    again = run("--instance", str(elsewhere), "publish", "--files", str(folder / "heraus"), documents(folder, exported))
    assert again.exit_code == 0, again.output
    assert {path.name for path in (elsewhere / "media").glob("??/*")} > {row["sha256"] for row in rows}


def test_the_same_file_again_changes_nothing(ready: Run, folder: Path) -> None:
    one = with_file("dateien/Platz.jpg", id="01JD00000000000000000000ZZ")
    for _ in range(2):
        assert ready("publish", documents(folder, one)).exit_code == 0
    assert json.loads(ready("status", "--json").output)["logs"][0]["size"] == 1


@pytest.mark.parametrize(
    "path", ["../Geheim.txt", "/etc/hostname", "fehlt.pdf", "dateien", "Geheim.svg", "falsch.png", ""]
)
def test_a_path_that_leads_elsewhere_or_to_something_else_is_refused(ready: Run, folder: Path, path: str) -> None:
    (folder / "innen").mkdir()
    (folder / "Geheim.txt").write_text("geheim")
    (folder / "innen" / "Geheim.svg").write_bytes(files.SVG)
    (folder / "innen" / "falsch.png").write_bytes(files.PDF)
    for options in ((), ("--check",)):
        answer = ready("publish", *options, "--files", str(folder / "innen"), documents(folder, with_file(path)))
        assert answer.exit_code == 1
        assert ":1: attachments.0.file: " in answer.output or ":2: attachments.0.file: " in answer.output
    assert stored(folder) == []


def test_check_keeps_nothing(ready: Run, folder: Path) -> None:
    answer = ready("publish", "--check", documents(folder, with_file("dateien/Platz.jpg", "Satzung.pdf")))
    assert (answer.exit_code, stored(folder)) == (0, [])


def test_a_hash_that_is_not_that_of_the_file_is_refused(ready: Run, folder: Path) -> None:
    row = {"sha256": "ab" * 32, "size": len(files.PDF), "type": "application/pdf", "name": "Satzung.pdf"}
    (folder / ("ab" * 32)).write_bytes(files.PDF)
    answer = ready("publish", documents(folder, record(body=project(attachments=[row]))))
    assert (answer.exit_code, "SHA-256" in answer.output) == (1, True)
    assert stored(folder) == []
