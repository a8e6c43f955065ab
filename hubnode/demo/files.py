"""Files of a few demo records: drawn or written when the demo is set up, and published the normal way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hubnode.demo import drawings

FOLDER = "demo-dateien"
Make = Callable[[Path], None]
OWN = {"credit": "Hubnetz-Demo", "license": "CC0-1.0"}


def document(lines: Sequence[str], file: Path) -> None:
    """A PDF of one page with these lines of text, the first as its heading (ISO 32000-1, 7.5)."""
    words = [f"BT /F1 {20 if number == 0 else 12} Tf 72 {760 - 26 * number} Td ({_escaped(line)}) Tj ET"
             for number, line in enumerate(lines)]  # fmt: skip
    content = "\n".join(words).encode("cp1252")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R/Lang(de)>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%b endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, table, size, len(out),
    )  # fmt: skip
    file.write_bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def table(rows: Sequence[Sequence[object]], file: Path) -> None:
    """A CSV file, with semicolons as German spreadsheets expect them."""
    file.write_text("".join(";".join(map(str, row)) + "\n" for row in rows), "utf-8")


DATA_SHEET = (
    "Parksensor: Datenblatt (Beispiel)",
    "Bauform: Bodensensor, 84 Stück, bündig mit dem Pflaster",
    "Funk: LoRaWAN, eine Meldung je Wechsel, sonst stündlich",
    "Batterie: vier bis sechs Jahre",
    "Gemessen wird nur: belegt oder frei. Keine Kennzeichen, keine Bilder.",
)
PROGRAMME = (
    "Hub-Konferenz: Fünf Schwerpunkte, ein Netz",
    "10:00  Ankommen",
    "10:30  Ein Netz ohne Mitte: Wie die Hubs teilen, was sie wissen",
    "11:30  Fünf Werkstätten, je eine aus jedem Hub",
    "13:00  Mittag",
    "14:00  Was wir voneinander übernehmen",
    "15:30  Verabredungen",
)
LEVELS = [("Tag", "Pegel in cm"), *((f"2026-03-{day:02}", 84 + day * day % 37) for day in range(1, 15))]

FILES: Mapping[str, Sequence[tuple[str, Make, dict[str, Any]]]] = {
    "prj-007": (
        ("Pegel am Graben.png", partial(drawings.draw, drawings.gauge), {
            "title": {"de": "Pegel am Graben", "en": "Gauge in the ditch"},
            "alt": {
                "de": "Zeichnung: eine Messlatte im Wasser, darüber eine Kurve, die fällt und wieder steigt.",
                "en": "Drawing: a gauge in the water, above it a curve that falls and rises again.",
            },
        }),
        ("Pegelstände März.csv", partial(table, LEVELS), {"title": {"de": "Beispielwerte aus zwei Wochen"}}),
    ),
    "prj-008": (
        ("Anzeige am Bahnhof.jpg", partial(drawings.draw, drawings.board), {
            "title": {"de": "Die Anzeige am Bahnhof", "en": "The board at the station"},
            "alt": {
                "de": "Zeichnung: eine Tafel nennt freie Plätze auf drei Parkplätzen, 24, 7 und keinen.",
                "en": "Drawing: a board shows free spaces in three car parks, 24, 7 and none.",
            },
        }),
        ("Datenblatt Parksensor.pdf", partial(document, DATA_SHEET), {"title": {"de": "Datenblatt zum Parksensor"}}),
    ),
    "prj-013": (
        ("Dorfkalender.png", partial(drawings.draw, drawings.calendar), {
            "alt": {"de": "Zeichnung: ein großer Kalender zwischen zwei Häusern auf einer Wiese."},
        }),
    ),
    "rep-009": (
        ("Defibrillator.jpg", partial(drawings.draw, drawings.heart), {
            "alt": {"de": "Zeichnung: ein grüner Defibrillator an der Wand, rechts und links eine Person."},
        }),
    ),
    "evt-009": (("Programm.pdf", partial(document, PROGRAMME), {"title": {"de": "Programm der Konferenz"}}),),
}  # fmt: skip
"""By demo record: the file's name, how it is made, and what the record says of it."""


def attach(records: Sequence[dict[str, Any]], ids: Mapping[str, str], folder: Path) -> None:
    """Make the files of these records in `folder`, and let the records name them as `hubnode publish` takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {ids[record].rpartition("/")[2]: found for record, found in FILES.items()}
    for record in records:
        for name, make, about in named.get(record["id"], ()):
            make(folder / name)
            record["body"].setdefault("attachments", []).append({"file": name, **OWN, **about})
