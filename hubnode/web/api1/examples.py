"""The examples of the page "Für Hochschulen": each is complete, for this hub's own address, and run by a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from flask_babel import gettext as _

Runs = Literal["shell", "python", "address"]


@dataclass(frozen=True, slots=True)
class Example:
    """Something to copy."""

    id: str
    title: str
    runs: Runs
    """What runs it: a shell, Python, or a program of the reader that takes an address."""
    code: str
    steps: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Examples for one purpose."""

    id: str
    title: str
    intro: str
    examples: Sequence[Example] = field(default_factory=tuple)


def groups(base: str) -> list[Group]:
    """All examples, for the hub at `base`."""
    return [
        Group("kalender", _("Termine in Ihren Kalender"), _calendar_intro(), _calendars(base)),
        Group("zotero", _("Projekte und Erfahrungen in Zotero"), _zotero_intro(), _zotero(base)),
        Group("abschlussarbeiten", _("Themen für Abschlussarbeiten"), _theses_intro(), _theses(base)),
        Group("shell", _("Auf der Kommandozeile"), _shell_intro(), _shell(base)),
        Group("python", _("In Python"), _python_intro(), _python(base)),
    ]


def _calendar_intro() -> str:
    return str(_("Das Abo bleibt von selbst aktuell, auch bei Absagen und neuen Zeiten."))


def _calendars(base: str) -> list[Example]:
    address = f"{base}/feeds/termine.ics"
    return [
        Example(
            "thunderbird",
            "Thunderbird",
            "address",
            address,
            [
                _("Öffnen Sie den Kalender und wählen Sie „Datei“, „Neu“, „Kalender“."),
                _("Wählen Sie „Im Netzwerk“ und lassen Sie den Benutzernamen leer."),
                _("Fügen Sie diese Adresse ein und bestätigen Sie."),
            ],
        ),
        Example(
            "outlook",
            "Outlook",
            "address",
            address,
            [
                _("Öffnen Sie den Kalender und wählen Sie „Kalender hinzufügen“, „Aus dem Internet abonnieren“."),
                _("Fügen Sie diese Adresse ein und geben Sie dem Kalender einen Namen."),
            ],
        ),
        Example(
            "nextcloud",
            "Nextcloud",
            "address",
            address,
            [
                _("Öffnen Sie „Kalender“ und dort „Neuer Kalender“, „Neues Abonnement über Link (schreibgeschützt)“."),
                _("Fügen Sie diese Adresse ein und bestätigen Sie."),
            ],
        ),
    ]


def _zotero_intro() -> str:
    return str(_("Zotero liest Feeds: Neues erscheint als ungelesen und lässt sich mit einem Klick übernehmen."))


def _zotero(base: str) -> list[Example]:
    steps = [
        _("Wählen Sie „Datei“, „Neuer Feed“, „Von URL“."),
        _("Fügen Sie eine dieser Adressen ein und bestätigen Sie."),
    ]
    addresses = f"{base}/feeds/projekte.atom\n{base}/feeds/erfahrungen.atom"
    return [Example("zotero-feeds", "Zotero", "address", addresses, steps)]


def _theses_intro() -> str:
    return str(_("Was Kommunen untersucht haben möchten. Ein neues Thema erscheint, sobald ein Hub es veröffentlicht."))


def _theses(base: str) -> list[Example]:
    steps = [_("Fügen Sie diese Adresse in Ihrem Feedreader ein, oder in der Website Ihres Fachbereichs.")]
    address = f"{base}/feeds/bedarfe.atom?bedarf=thesis_topic"
    return [Example("theses-feed", _("Nur diese Themen abonnieren"), "address", address, steps)]


def _shell_intro() -> str:
    return str(_("Gebraucht wird nur curl. Anführungszeichen gehören zur Adresse, sonst liest die Shell das „&“."))


def _shell(base: str) -> list[Example]:
    api = f"{base}/api/v1"
    return [
        Example(
            "curl-list",
            _("Die zehn neuesten Projekte, nur Titel und Stand"),
            "shell",
            f"curl --fail --silent '{api}/records?art=projekte&limit=10&fields=title,updated_at,url'",
        ),
        Example(
            "curl-search",
            _("Alles zum Suchwort „Parkplatz“"),
            "shell",
            f"curl --fail --silent --get '{api}/records' --data-urlencode 'q=Parkplatz'",
        ),
        Example(
            "curl-etag",
            _("Nur fragen, ob es etwas Neues gibt"),
            "shell",
            f"curl --fail --silent --etag-save stand.txt --etag-compare stand.txt --output projekte.json "
            f"'{api}/records?art=projekte'",
        ),
        Example(
            "curl-topics",
            _("Alle Themen mit ihren Kennungen"),
            "shell",
            f"curl --fail --silent '{api}/vocabularies/topics'",
        ),
        Example(
            "curl-csv",
            _("Alle Organisationen als Tabelle"),
            "shell",
            f"curl --fail --silent --output organisationen.csv '{base}/feeds/organisationen.csv'",
        ),
        Example(
            "curl-oai",
            _("Alle Projekte für die Bibliothek ernten (OAI-PMH)"),
            "shell",
            f"curl --fail --silent '{base}/oai?verb=ListRecords&metadataPrefix=oai_dc&set=kind:project'",
        ),
    ]


def _python_intro() -> str:
    return str(_("Diese Programme brauchen nur Python selbst, keine Bibliothek."))


def _python(base: str) -> list[Example]:
    return [
        Example("python-all", _("Alle Projekte lesen, Seite für Seite"), "python", ALL.replace("BASE", base)),
        Example("python-sync", _("Die eigene Kopie auffrischen"), "python", SYNC.replace("BASE", base)),
    ]


ALL = """\
import json
from urllib.parse import urlencode
from urllib.request import urlopen

asked = {"art": "projekte", "limit": 100}
while True:
    with urlopen("BASE/api/v1/records?" + urlencode(asked)) as answer:
        page = json.load(answer)
    for record in page["items"]:
        print(record["title"]["de"], record["url"], sep="\\t")
    if page["next"] is None:
        break
    asked["cursor"] = page["next"]
"""
SYNC = """\
import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

folder = Path("kopie")
folder.mkdir(exist_ok=True)
for file in folder.glob("*.json"):
    kept = json.loads(file.read_text("utf-8"))
    host = kept["record"]["hub"].split("://")[1]
    url = f"BASE/api/v1/records/{host}/{kept['record']['number']}"
    try:
        with urlopen(Request(url, headers={"If-None-Match": kept["etag"]})) as answer:
            kept = {"etag": answer.headers["ETag"], "record": json.load(answer)}
            file.write_text(json.dumps(kept), "utf-8")
            print("neu:", file.name)
    except HTTPError as error:
        if error.code == 304:
            continue
        if error.code != 410:
            raise
        file.unlink()
        print("gelöscht:", file.name)
with urlopen("BASE/api/v1/records?art=projekte&limit=100") as answer:
    for record in json.load(answer)["items"]:
        file = folder / f"{record['number']}.json"
        if not file.exists():
            file.write_text(json.dumps({"etag": "", "record": record}), "utf-8")
            print("dazu:", file.name)
"""
