"""`hubnode publish` and `hubnode export`: records in and out as JSON."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from hubnode.cli import attachments
from hubnode.cli.main import main, with_settings
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.network import recovery
from hubnode.network.node import current_node
from hubnode.people.viewer import OPERATOR
from hubnode.records import importing, reading, service

FOLDER = click.Path(file_okay=False, path_type=Path)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--check", is_flag=True, help="Only check; publish nothing.")
@click.option("--files", "folder", type=FOLDER, help="Folder of the files that records name; default: that of FILE.")
@with_settings
def publish(settings: Settings, file: Path, check: bool, folder: Path | None) -> None:
    """Publish the records of FILE, all or none: a JSON list, or one JSON object a line.

    Each is {"kind", "visibility", "body"} with an "id" where it must be a certain record. Every error is named with the
    line of the record and the field. An attachment names its file by {"file": "path in the folder"}.
    """
    text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    documents = _documents(text)
    with create_core(settings).app_context():
        try:
            found = [document for _, document in documents]
            attachments.taken(settings, found, folder or file.absolute().parent, check, datetime.now(UTC))
            if check:
                importing.check_all([document for _, document in documents])
            else:
                recovery.ensure(current_node())
                service.publish_all(OPERATOR, [document for _, document in documents], datetime.now(UTC))
        except service.Incomplete as problem:
            _report(file, [line for line, _ in documents], problem)
            raise click.ClickException(f"{len(problem.errors)} Fehler; nichts wurde veröffentlicht.") from problem
    many = "1 Datensatz" if len(documents) == 1 else f"{len(documents)} Datensätze"
    if check:
        click.echo(f"{many} {'ist' if len(documents) == 1 else 'sind'} in Ordnung.")
    else:
        click.echo(f"{many} veröffentlicht.")


@main.command()
@click.option(
    "--output", type=click.File("w", encoding="utf-8"), default="-", help="File to write; default: standard output."
)
@click.option("--files", "folder", type=FOLDER, help="Folder to copy the files into that these records name.")
@with_settings
def export(settings: Settings, output: TextIO, folder: Path | None) -> None:
    """Write all published own records, one JSON object a line, in the form that `publish` reads."""
    with create_core(settings).app_context():
        documents = reading.export()
        for document in documents:
            output.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")
        if folder is not None:
            attachments.given(documents, folder)


def _documents(text: str) -> list[tuple[int, dict[str, Any]]]:
    """(line, document) of every record in `text`."""
    decoder, position, found = json.JSONDecoder(), 0, []
    start = len(text) - len(text.lstrip())
    listed = text[start : start + 1] == "["
    position = start + 1 if listed else start
    line, counted = 1, 0
    while (position := _skip(text, position)) < len(text) and not (listed and text[position] == "]"):
        line, counted = line + text.count("\n", counted, position), position
        try:
            document, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            raise click.ClickException(
                f"Zeile {error.lineno}, Spalte {error.colno}: kein gültiges JSON ({error.msg})"
            ) from error
        if not isinstance(document, dict):
            raise click.ClickException(f"Zeile {line}: ein Datensatz ist ein JSON-Objekt")
        found.append((line, document))
    if not found:
        raise click.ClickException("Die Datei enthält keinen Datensatz.")
    return found


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n,":
        position += 1
    return position


def _report(file: Path, lines: list[int], problem: service.Incomplete) -> None:
    for path, messages in problem.errors.items():
        number, _, field = path.partition(".")
        for message in messages:
            click.echo(f"{file}:{lines[int(number)]}: {field}: {message}", err=True)
