"""Compiled templates, kept in the instance folder: a page that was shown once is not compiled again after a restart.

Compiling is most of the first answer of a page (tenths of a second), and of the memory that a young process needs.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

FOLDER = "compiled"


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
