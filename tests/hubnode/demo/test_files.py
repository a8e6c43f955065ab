"""The files of the demo: each can be published, and each picture is described."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hubnode.cli.attachments import taken
from hubnode.demo import files
from hubnode.records import kinds
from tests.hubnode.demo.test_records import IDS, RECORDS
from tests.hubnode.files import stored
from tests.hubnode.hubs import NOW, Hub


def with_files(folder: Path) -> list[dict[str, Any]]:
    """All demo records that name files, the files made."""
    records = [{**record, "body": dict(record["body"])} for _, record in RECORDS]
    files.attach(records, IDS, folder)
    return [record for record in records if "attachments" in record["body"]]


def test_every_file_is_taken_with_its_record(wilster: Hub, tmp_path: Path) -> None:
    records = with_files(tmp_path / "made")
    assert len(records) == len(files.FILES)
    with wilster.at():
        taken(wilster.settings, records, tmp_path / "made", False, NOW)
    for record in records:
        body = kinds.check(record["kind"], record["body"]).body
        assert all(row["credit"] and row["license"] for row in body["attachments"])
    assert len([path for path in stored(wilster) if "." not in path.name]) == sum(map(len, files.FILES.values()))
