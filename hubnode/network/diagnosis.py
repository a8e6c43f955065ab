"""Findings of `hubnode.network.health` in words: what is wrong, why, and what to do, for pages and for the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.network import trouble
from hubnode.network.health import Finding, Weight


class Words(NamedTuple):
    """One kind of finding: what is wrong and why, and what helps."""

    cause: LazyString
    remedy: LazyString


HERE: Mapping[str, Words] = {
    "disk-full": Words(
        _l("Auf der Platte dieses Knotens sind nur noch %(free)s MB frei; %(reserve)s MB sollen frei bleiben."),
        _l(
            "Platz schaffen oder die Platte vergrößern. Bis dahin wird nichts Neues von anderen Hubs übernommen,"
            " alles Vorhandene bleibt abrufbar; danach geht es von selbst weiter."
        ),
    ),
    "no-room": Words(
        _l("Der Abgleich mit diesem Hub ruht, weil auf der Platte dieses Knotens zu wenig Platz ist."),
        _l("Platz schaffen; der Abgleich geht dann von selbst weiter."),
    ),
    "worker-asleep": Words(
        _l("Fällige Arbeit bleibt liegen: Der Abgleich im Hintergrund läuft nicht."),
        _l("Den Dienst prüfen und neu starten (hubnode start, oder hubnode worker) und sein Protokoll ansehen."),
    ),
    "own-door": Words(
        _l("Unter %(address)s antwortet dieser Knoten nicht (%(why)s). So erreichen ihn auch die anderen Hubs nicht."),
        _l(
            "Prüfen, ob der Dienst läuft (hubnode start), ob der Name hierher zeigt"
            " und ob der Webserver davor Anfragen weiterreicht."
        ),
    ),
    "own-log-checking": Words(
        _l("Dieser Knoten fragt gerade die anderen Hubs, ob sein eigenes Protokoll vollständig ist."),
        _l("Warten. Bleibt es so, ist kein anderer Hub erreichbar: Netz und Adressen prüfen."),
    ),
    "own-log-readonly": Words(
        _l("Dieser Knoten veröffentlicht nichts, weil sein Protokoll dem widerspricht, was andere von ihm haben."),
        _l(
            "Auf der Verbundseite nachlesen, was geschehen ist, und erst dann hubnode repair oder hubnode epoch nutzen."
        ),
    ),
    "own-key-ends": Words(
        _l("Der Schlüssel, mit dem dieser Knoten unterschreibt, gilt nur noch %(days)s Tage."),
        _l("Mit hubnode key rotate einen neuen einführen; der alte gilt währenddessen weiter."),
    ),
    "frozen": Words(
        _l("Das Protokoll dieses Hubs widerspricht dem, was er früher unterschrieben hat; er ist angehalten."),
        _l("Dort anrufen, beide Unterschriften vergleichen (Verbundseite), dann hubnode repair mit --resume."),
    ),
    "clock-gap": Words(
        _l("Die Uhren hier und dort gehen um %(seconds)s Sekunden auseinander; ab 30 werden Anfragen abgelehnt."),
        _l("Auf beiden Rechnern die Zeitsynchronisation (NTP) prüfen. Die Reihenfolge der Daten hängt nicht daran."),
    ),
    "slow": Words(
        _l("Der Hub braucht im Mittel %(seconds)s Sekunden für eine Antwort."),
        _l("Dort nachfragen. Der Abgleich mit den anderen Hubs leidet nicht darunter."),
    ),
    "one-way": Words(
        _l("Wir erreichen den Hub, er aber hat uns seit %(hours)s Stunden nichts gefragt."),
        _l(
            "Prüfen, ob dieser Knoten von außen unter seiner Adresse antwortet,"
            " und dort nach dem Hintergrunddienst fragen."
        ),
    ),
    "schema-too-new": Words(
        _l("%(records)s Einträge sind von einer Art, die diese Version noch nicht kennt."),
        _l("Diesen Knoten aktualisieren; danach werden sie von selbst gelesen (hubnode verify mit --rebuild)."),
    ),
    "record-refused": Words(
        _l("%(records)s Einträge entsprechen nicht ihrem Schema und werden zurückgehalten; der Abgleich läuft weiter."),
        _l("Unter „Zurückgehaltene Einträge“ den Grund ansehen und dem Hub sagen, welches Feld es ist."),
    ),
    "digest-differs": Words(
        _l("Unser Bestand dieses Hubs weicht von seinem ab, obwohl beide dasselbe Protokoll haben."),
        _l("Mit hubnode repair den Bestand aus dem Protokoll neu aufbauen; hilft das nicht, den Speicher prüfen."),
    ),
    "key-ends": Words(
        _l("Der letzte Schlüssel des Hubs gilt nur noch %(days)s Tage."),
        _l("Dort an den Schlüsselwechsel erinnern."),
    ),
}
"""By code; all other codes are those of failed pulls, which `trouble` words."""


class Told(NamedTuple):
    """A finding as people read it."""

    weight: Weight
    origin: str
    cause: str
    remedy: str


def told(finding: Finding) -> Told:
    """The finding in the current language."""
    words = HERE.get(finding.code)
    if words is not None:
        return Told(finding.weight, finding.origin, str(words.cause) % dict(finding.facts), str(words.remedy))
    known = trouble.named(finding.code)
    return Told(finding.weight, finding.origin, str(known.what) or finding.code, str(known.todo))
