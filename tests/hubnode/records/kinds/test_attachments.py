"""What a body may say of its files, and what of it is refused wherever it comes from."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from federation import routes
from hubnode.records import file_types
from hubnode.records.kinds import Invalid, check, level_of, project
from tests.hubnode.records.kinds.examples import EXAMPLES

TEXT = (Path(__file__).parents[4] / "FEDERATION.md").read_text("utf-8")
FILE = json.loads(re.search(r"^```json attachment\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[1])  # type: ignore[index]
PICTURE = EXAMPLES["expertise"]["attachments"][0]


def refused(kind: str, *rows: Any, received: bool = False) -> dict[str, list[str]]:
    """What is wrong with a body that has these files; nothing if it is taken."""
    try:
        check(kind, EXAMPLES[kind] | {"attachments": list(rows)}, received=received)
    except Invalid as invalid:
        return invalid.codes
    return {}


def test_the_example_of_the_specification_is_a_file_and_taken() -> None:
    content = b"Moin aus Wilster\n"
    assert (FILE["sha256"], FILE["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert refused("project", FILE) == {}
    for name in file_types.TYPES:
        part = name.rpartition(".")[2] if name.count(".") > 1 else name
        assert f"`{part}`" in TEXT or f".{part}`" in TEXT or f"`{name.split('officedocument.')[-1]}`" in TEXT, name
    assert f"{file_types.MAX_SIZE:,} bytes" in TEXT.replace("1 to ", "").replace("\n  ", " ")
    assert routes.MAX_FILE == file_types.MAX_SIZE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sha256": FILE["sha256"].upper()}, "sha256"),
        ({"sha256": "../../keys/root.json"}, "sha256"),
        ({"sha256": FILE["sha256"][1:]}, "sha256"),
        ({"sha256": FILE["sha256"] + "\n"}, "sha256"),
        ({"size": 0}, "size"),
        ({"size": file_types.MAX_SIZE + 1}, "size"),
        ({"size": True}, "size"),
        ({"type": "image/svg+xml", "name": "x.svg"}, "type"),
        ({"type": "text/html", "name": "x.html"}, "type"),
        ({"type": "TEXT/PLAIN"}, "type"),
        ({"type": "text/plain; charset=utf-8"}, "type"),
        ({"type": ["text/plain"]}, "type"),
        ({"name": "../../x.txt"}, "name"),
        ({"name": "..\\x.txt"}, "name"),
        ({"name": ".txt"}, "name"),
        ({"name": "a\x00.txt"}, "name"),
        ({"name": "a\u202etxt.exe"}, "name"),
        ({"name": "Rechnung.txt.exe"}, "name"),
        ({"name": "Rechnung"}, "name"),
        ({"name": "x" * 65_000 + ".txt"}, "name"),
        ({"name": ""}, "name"),
        ({"title": "ohne Sprache"}, "title"),
        ({"path": "/etc/passwd"}, "path"),
        ({"url": "http://127.0.0.1/"}, "url"),
    ],
)
def test_what_names_no_file_of_ours_is_refused_from_people_and_hubs_alike(change: dict[str, Any], field: str) -> None:
    for received in (False, True):
        assert list(refused("project", FILE | change, received=received)) == [f"attachments.0.{field}"]


def test_nothing_that_says_which_file_it_is_may_lack() -> None:
    for name in ("sha256", "size", "type", "name"):
        row = {key: value for key, value in FILE.items() if key != name}
        assert list(refused("project", row)) == [f"attachments.0.{name}"]


def test_a_picture_is_described() -> None:
    row = {key: value for key, value in PICTURE.items() if key != "alt"}
    assert refused("project", row) == {"attachments.0.alt.de": ["missing"]}
    assert refused("project", row, received=True) == {"attachments.0.alt.de": ["missing"]}


def test_each_file_stands_once_and_twenty_are_enough() -> None:
    assert refused("project", FILE, FILE) == {"attachments.1.name": ["repeated"]}
    many = [FILE | {"sha256": f"{number:064x}"} for number in range(21)]
    assert refused("project", *many[:20]) == {}
    assert refused("project", *many) == {"attachments": ["too_many"]}


def test_a_person_has_one_picture() -> None:
    assert refused("expertise", FILE) == {"attachments.0.name": ["choice"]}
    assert refused("expertise", PICTURE, PICTURE | {"sha256": "ab" * 32}) == {"attachments": ["too_many"]}
    assert "attachments" in refused("organisation", FILE)


def test_a_portrait_is_closed_until_it_is_opened() -> None:
    body = EXAMPLES["expertise"]
    assert level_of("expertise", body, "attachments", "public") == "hub"
    open_ = body | {"field_visibility": {"attachments": "public"}}
    assert "attachments" in project("expertise", check("expertise", open_).body, "public", "public")


def test_files_for_the_own_hub_are_not_in_what_others_get() -> None:
    body = EXAMPLES["project"] | {"field_visibility": {"attachments": "hub"}}
    assert "attachments" not in project("project", body, "network", "public")
