"""Compiled templates, kept in the instance folder: a page that was shown once is not compiled again after a restart.

Compiling is most of the first answer of a page (tenths of a second), and of the memory that a young process needs.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from babel import Locale
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from hubnode.language import LANGUAGES

FOLDER = "compiled"
FIRST = (
    "base.html",
    "macros.html",
    "start.html",
    "records/liste.html",
    "records/_alt.html",
    "records/_dahinter.html",
    "records/_ergebnis.html",
    "records/_leer.html",
    "records/_merken.html",
    "records/_merken_formular.html",
    "records/_verstanden.html",
)
"""What the start page and the result page of a search are made of."""


class CompiledPages(FileSystemBytecodeCache):
    """Files named after a template's name, each with the checksum of its source; what can't be written is not kept."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read what was kept; what can't be read is compiled as if nothing had been kept."""
        with suppress(OSError, EOFError, ValueError, TypeError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next start; a full disk shows every page all the same."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def keep_compiled(app: Flask, instance: Path) -> None:
    """Keep the compiled pages of `app` in its instance folder, readable for the node alone."""
    folder = instance / FOLDER
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
    app.jinja_env.bytecode_cache = CompiledPages(str(folder), "%s")


def make_ready(app: Flask) -> None:
    """Load what the first visitor would wait for: the pages that are opened first, and the names of days and months."""
    for name in FIRST:
        app.jinja_env.get_template(name)
    for language in LANGUAGES:
        assert Locale.parse(language).days  # noqa: S101 - asking is what loads them
