"""Whether a file is what it is said to be: told by its bytes, from the first to the last, without opening it.

A file that is two things at once (a picture with an archive behind its end, a document behind a prefix) is neither.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from hubnode.records.file_types import OASIS, OFFICE

MAX_ENTRIES = 10_000
"""Files in one office document."""
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|body|script|iframe|svg|style|title|table|div|font|img|h1|br|p|a|b)(?:[\s>/]|$)",
    re.IGNORECASE,
)
_FIRST: Mapping[str, Callable[[bytes], bool]] = {
    "image/png": lambda head: head.startswith(_PNG),
    "image/jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "image/webp": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
}


def begins(path: Path, media_type: str) -> bool:
    """Whether a picture begins as its type does: enough for one that is about to be written anew."""
    with path.open("rb") as file:
        return _FIRST[media_type](file.read(16))


def fits(path: Path, media_type: str) -> bool:
    """Whether the whole file has the shape of `media_type`; false for a type that is not taken."""
    return media_type in _SHAPES and _SHAPES[media_type](path.read_bytes())


def _png(content: bytes) -> bool:
    return content.startswith(_PNG) and content.endswith(_PNG_END) and content.count(_PNG_END) == 1


def _jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9")


def _webp(content: bytes) -> bool:
    riff = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return riff and int.from_bytes(content[4:8], "little") + 8 == len(content)


def _pdf(content: bytes) -> bool:
    return re.match(rb"%PDF-[12]\.\d", content) is not None and b"%%EOF" in content[-1024:]


def _text(content: bytes) -> bool:
    if _MARKUP.match(content.removeprefix(b"\xef\xbb\xbf")):
        return False
    for encoding in ("utf-8", "cp1252"):
        try:
            return _CONTROLS.search(content.decode(encoding)) is None
        except UnicodeDecodeError:
            continue
    return False


def _zip(content: bytes) -> zipfile.ZipFile | None:
    """The archive, if it is one from the first byte to the last."""
    ends = content[-22:-18] == b"PK\x05\x06" and content[-2:] == b"\0\0"
    if not content.startswith(b"PK\x03\x04") or not ends or int.from_bytes(content[-12:-10], "little") > MAX_ENTRIES:
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    return archive if min((one.header_offset for one in archive.infolist()), default=1) == 0 else None


def _open_document(media_type: str) -> Callable[[bytes], bool]:
    def fits(content: bytes) -> bool:
        archive = _zip(content)
        if archive is None:
            return False
        first, named = archive.infolist()[0], media_type.encode()
        # ODF 1.3, part 2, 3.3: the type stands first, stored as it is, so that it can be read at a fixed place.
        as_it_is = first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED
        macros = any(name.startswith(("Basic/", "Scripts/")) for name in archive.namelist())
        return as_it_is and content[38 : 38 + len(named)] == named and first.file_size == len(named) and not macros

    return fits


def _office(folder: str) -> Callable[[bytes], bool]:
    def fits(content: bytes) -> bool:
        archive = _zip(content)
        names = archive.namelist() if archive else []
        macros = any(name.endswith("vbaProject.bin") for name in names)
        return "[Content_Types].xml" in names and any(name.startswith(folder) for name in names) and not macros

    return fits


_SHAPES: Mapping[str, Callable[[bytes], bool]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "application/pdf": _pdf,
    "text/csv": _text,
    "text/plain": _text,
    **{OASIS + name: _open_document(OASIS + name) for name in ("text", "spreadsheet", "presentation")},
    OFFICE + "wordprocessingml.document": _office("word/"),
    OFFICE + "spreadsheetml.sheet": _office("xl/"),
    OFFICE + "presentationml.presentation": _office("ppt/"),
}
