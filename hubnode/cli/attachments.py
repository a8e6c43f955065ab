"""Files beside records, for `hubnode publish --files` and `hubnode export --files`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from hubnode.config import Settings
from hubnode.records import file_types, files, intake, service, sniffing
from hubnode.records.kinds.attachments import FIELD, is_hash

BY_PATH = "file"
"""What an attachment says in place of hash, size, type and name: a path below the folder of files."""


def taken(settings: Settings, documents: Sequence[dict[str, Any]], folder: Path, check: bool, now: datetime) -> None:
    """Keep the files that these documents name by path, or by a hash that lies in `folder`, and name them by hash.

    With `check` the files are looked at and nothing is kept. Raises `service.Incomplete` with every error.
    """
    errors: dict[str, list[str]] = {}
    for number, document in enumerate(documents):
        for place, row in enumerate(_rows(document)):
            try:
                _take(settings, row, folder, check, now)
            except intake.NotTaken as refused:
                errors[f"{number}.{FIELD}.{place}.{BY_PATH}"] = [refused.words]
    if errors:
        raise service.Incomplete(errors)


def given(documents: Sequence[Mapping[str, Any]], folder: Path) -> int:
    """Copy the files that these documents name into `folder`, each under its hash; answers how many lie there."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {row["sha256"] for document in documents for row in _rows(document)}
    held = sorted(sha256 for sha256 in hashes if files.store().path(sha256).is_file())
    for sha256 in held:
        shutil.copyfile(files.store().path(sha256), folder / sha256)
    return len(held)


def _rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    body = document.get("body")
    rows = body.get(FIELD) if isinstance(body, dict) else None
    yield from (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict))


def _take(settings: Settings, row: dict[str, Any], folder: Path, check: bool, now: datetime) -> None:
    if BY_PATH in row:
        path = _below(folder, row.pop(BY_PATH))
        row.update(_looked_at(path) if check else _kept(settings, path, now))
        return
    sha256, media_type = str(row.get("sha256")), str(row.get("type"))
    known = is_hash(sha256) and media_type in file_types.TYPES
    if known and not check and not files.store().path(sha256).is_file() and (folder / sha256).is_file():
        intake.restore(folder / sha256, sha256, media_type, settings.base_url, now)


def _below(folder: Path, name: object) -> Path:
    """The file of this name below `folder`, and nowhere else."""
    path = (folder / str(name)).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise intake.NotTaken("missing")
    return path


def _kept(settings: Settings, path: Path, now: datetime) -> dict[str, Any]:
    with path.open("rb") as file:
        return intake.take(file, path.name, settings.base_url, settings.media_max_bytes, now)


def _looked_at(path: Path) -> dict[str, Any]:
    """How a record would name the file, as far as that can be told without opening a picture."""
    media_type = file_types.by_name(path.name)
    if media_type is None:
        raise intake.NotTaken("type")
    if not (sniffing.begins if file_types.is_picture(media_type) else sniffing.fits)(path, media_type):
        raise intake.NotTaken("content")
    name = intake.shown_name(path.name, media_type)
    return {"sha256": files.digest(path), "size": path.stat().st_size, "type": media_type, "name": name}
