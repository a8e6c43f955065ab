"""Files as people have them: pictures with a hidden place, documents, and things that pretend to be one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

from PIL import Image

from hubnode.records import intake
from hubnode.records.file_types import OASIS, OFFICE
from tests.hubnode.hubs import NOW, Hub

HIDDEN = b"53.9216, 9.3747 Musterkamera 4711"
"""What a camera writes into a picture and nobody wants to publish."""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
ACTOR = b'{"@context":"https://www.w3.org/ns/activitystreams","type":"Person","id":"https://victim.example/u/1"}'


def picture(form: str = "JPEG", size: tuple[int, int] = (900, 600), colour: str = "#1a6b8a") -> bytes:
    """A picture that carries `HIDDEN` in its metadata."""
    image, out, exif = Image.new("RGB", size, colour), io.BytesIO(), Image.Exif()
    exif[0x010E] = HIDDEN.decode()
    exif[0x0112] = 6  # to be turned by a quarter
    image.save(out, form, exif=exif)
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it has 900 million pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def office(folder: str = "word/", **more: bytes) -> bytes:
    """An OOXML document."""
    return _zipped({"[Content_Types].xml": b"<Types/>", f"{folder}document.xml": b"<x/>", **more})


def open_document(kind: str = "text", **more: bytes) -> bytes:
    """An ODF document."""
    return _zipped({"mimetype": (OASIS + kind).encode(), "content.xml": b"<x/>", **more})


def _zipped(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


RIGHT: dict[str, tuple[str, bytes]] = {
    "Bild.png": ("image/png", picture("PNG", (40, 30))),
    "Bild.JPG": ("image/jpeg", picture(size=(40, 30))),
    "Bild.webp": ("image/webp", picture("WEBP", (40, 30))),
    "Satzung.pdf": ("application/pdf", PDF),
    "Brief.odt": (OASIS + "text", open_document()),
    "Liste.ods": (OASIS + "spreadsheet", open_document("spreadsheet")),
    "Vortrag.odp": (OASIS + "presentation", open_document("presentation")),
    "Brief.docx": (OFFICE + "wordprocessingml.document", office()),
    "Liste.xlsx": (OFFICE + "spreadsheetml.sheet", office("xl/")),
    "Vortrag.pptx": (OFFICE + "presentationml.presentation", office("ppt/")),
    "Straßen.csv": ("text/csv", "Straße;Länge\nDorfstraße;1,2\n".encode("cp1252")),
    "Hinweis.txt": ("text/plain", b"Moin aus Wilster\n"),
}
"""A file of each type that is taken, by a name that people would give it."""


def attach(hub: Hub, content: bytes, name: str = "Marktplatz.jpg", **more: object) -> dict[str, object]:
    """Keep a file at `hub` as an upload would; answers how a record names it."""
    with hub.at():
        row = intake.take(io.BytesIO(content), name, hub.origin, hub.settings.media_max_bytes, NOW)
    alt = {"alt": {"de": "Ein blaues Feld."}} if row["type"].startswith("image/") else {}
    return row | alt | more


def stored(hub: Hub) -> list[Path]:
    """Every file that lies in the hub's folder for files."""
    return sorted(path for path in (hub.settings.instance / "media").rglob("*") if path.is_file())
