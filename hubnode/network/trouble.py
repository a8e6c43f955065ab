"""What is the matter with a hub, in plain words: what happened, what to do, and whether one needs to do anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from hubnode.network.peers import HubView

SILENT = _l("%(hub)s ist nicht erreichbar")
UNWELCOME = _l("%(hub)s nimmt unsere Anfragen nicht an")
UNUSABLE = _l("Daten aus %(hub)s mussten abgelehnt werden")
HALTED = _l("%(hub)s ist angehalten")

WAIT = _l("Sie müssen nichts tun. Dauert es länger als einen Tag, rufen Sie beim Hub an.")
CERTIFICATE = _l("Rufen Sie dort an: Das Zertifikat muss der Hub selbst erneuern.")
OWN_ADDRESS = _l("Rufen Sie dort an: Der Hub muss unter seiner eingetragenen Adresse antworten.")
ALLOW = _l("Wer diesen Knoten betreibt, prüft die Adresse und die Einstellung private_origins.")
ADMIT = _l("Rufen Sie dort an: Dieser Hub muss dort aufgenommen werden.")
CLOCKS = _l("Wer diesen Knoten betreibt, prüft die Uhr hier und lässt die Uhr dort prüfen.")
OWN_KEY = _l("Wer diesen Knoten betreibt, prüft den eigenen Schlüssel und den Webserver und ruft dort an.")
READMIT = _l("Rufen Sie dort an und lassen Sie sich sagen, warum, bevor Sie etwas ändern.")
NEWER = _l("Rufen Sie dort an; meist hilft dort oder hier eine neuere Version.")
COMPARE = _l("Rufen Sie dort an und vergleichen Sie den Fingerabdruck, der unten auf dieser Seite steht.")
BACKUP = _l(
    "Rufen Sie dort an, bevor Sie etwas ändern:"
    " Es kann ein Fehler beim Einspielen einer Sicherung sein oder ein Angriff."
)


class Trouble(NamedTuple):
    """One kind of trouble: its headline, what happened, what to do."""

    title: LazyString
    what: LazyString | str
    todo: LazyString

    @property
    def answers(self) -> bool:
        """Whether the hub can be reached at all."""
        return self.title is UNWELCOME or self.title is UNUSABLE


UNREACHABLE: Mapping[str, Trouble] = {
    "dns": Trouble(SILENT, _l("Unter seinem Namen ist im Internet zurzeit kein Rechner zu finden."), WAIT),
    "connect": Trouble(
        SILENT, _l("Sein Rechner nimmt keine Verbindung an: Er ist ausgeschaltet oder wird gewartet."), WAIT
    ),
    "timeout": Trouble(
        SILENT, _l("Sein Rechner hat nicht rechtzeitig geantwortet: Er ist überlastet oder das Netz ist gestört."), WAIT
    ),
    "reset": Trouble(SILENT, _l("Die Verbindung ist mitten in der Antwort abgebrochen."), WAIT),
    "tls": Trouble(
        SILENT,
        _l("Die verschlüsselte Verbindung kam nicht zustande. Oft ist dort ein Zertifikat abgelaufen."),
        CERTIFICATE,
    ),
    "address": Trouble(
        SILENT, _l("Seine Adresse führt in ein Netz, in das dieser Knoten keine Verbindung aufbauen darf."), ALLOW
    ),
    "redirect": Trouble(
        SILENT, _l("Seine Adresse leitet auf eine andere weiter. Dorthin folgen wir nicht."), OWN_ADDRESS
    ),
    "bad_answer": Trouble(
        SILENT, _l("Unter seiner Adresse antwortet etwas anderes als ein Hub, zum Beispiel eine Wartungsseite."), WAIT
    ),
    "too_large": Trouble(UNUSABLE, _l("Seine Antwort war größer, als vereinbart ist."), NEWER),
}
"""By the reasons of `federation.errors.Unreachable`."""

ANSWERED: Mapping[str, Trouble] = {
    "not-member": Trouble(UNWELCOME, _l("Der Hub kennt diesen Knoten nicht oder hat ihn ausgesetzt."), ADMIT),
    "clock-skew": Trouble(UNWELCOME, _l("Die Uhren beider Rechner gehen zu weit auseinander."), CLOCKS),
    "unknown-key": Trouble(
        UNWELCOME, _l("Der Hub kennt den Schlüssel nicht, mit dem dieser Knoten unterschreibt."), OWN_KEY
    ),
    "bad-signature": Trouble(UNWELCOME, _l("Der Hub erkennt die Unterschrift dieses Knotens nicht an."), OWN_KEY),
    "gone-epoch": Trouble(
        UNWELCOME, _l("Der Hub hat sein Protokoll neu begonnen. Das bisherige gibt es dort nicht mehr."), READMIT
    ),
    "checking": Trouble(
        UNWELCOME,
        _l("Der Hub prüft gerade, ob sein eigener Bestand vollständig ist, und antwortet bis dahin nicht."),
        WAIT,
    ),
    "too-many": Trouble(UNWELCOME, _l("Der Hub bekommt gerade zu viele Anfragen und bittet um eine Pause."), WAIT),
}
"""By the ``type`` of the problem document that the hub answered with."""

REFUSED: Mapping[str, Trouble] = {
    "bad-entry": Trouble(
        UNUSABLE, _l("Ein Eintrag in seinem Protokoll verstößt gegen die vereinbarten Regeln."), NEWER
    ),
    "bad-checkpoint": Trouble(UNUSABLE, _l("Die Unterschrift unter seinem Protokoll gilt nicht."), COMPARE),
    "bad-keyset": Trouble(
        UNUSABLE,
        _l("Seine Schlüssel sind nicht mit dem Wurzelschlüssel unterschrieben, den wir von ihm kennen."),
        COMPARE,
    ),
    "bad-epoch": Trouble(
        UNUSABLE,
        _l("Er hat sein Protokoll neu begonnen, kann das aber nicht mit seinem Wurzelschlüssel belegen."),
        READMIT,
    ),
    "root-mismatch": Trouble(
        UNUSABLE, _l("Die Einträge, die er geschickt hat, sind nicht die, die er unterschrieben hat."), COMPARE
    ),
}
"""By the ``type`` of what this node refused to take."""

FROZEN = Trouble(
    HALTED,
    _l(
        "Das Protokoll dieses Hubs widerspricht dem, was er früher unterschrieben hat."
        " Wir zeigen den letzten geprüften Stand und übernehmen nichts Neues."
    ),
    BACKUP,
)
OTHERWISE_UNUSABLE = Trouble(
    UNUSABLE, _l("Was der Hub geschickt hat, entspricht nicht dem vereinbarten Aufbau."), NEWER
)
DISTURBED = Trouble(SILENT, _l("Sein Webserver meldet eine Störung."), WAIT)
OTHERWISE_UNWELCOME = Trouble(UNWELCOME, _l("Der Hub hat unsere Anfrage mit einer Fehlermeldung beantwortet."), NEWER)
UNKNOWN = Trouble(SILENT, "", WAIT)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One box on top of the page: hubs with the same trouble that needs the same to be done."""

    title: str
    danger: bool
    todo: LazyString
    hubs: Sequence[tuple[HubView, Trouble]]

    @property
    def passes(self) -> bool:
        """Whether it ends by itself, without anybody changing anything."""
        return self.todo is WAIT


def of(hub: HubView) -> Trouble | None:
    """What is the matter with `hub`; None where all is well or one failure may be a hiccup."""
    if hub.state == "frozen":
        return FROZEN
    return named(hub.last_error or "") if hub.state in ("down", "refused") else None


def named(slug: str) -> Trouble:
    """The trouble behind what a failed pull noted: ``unreachable:dns``, ``answered:403:not-member``, ``bad-entry``."""
    how, _, rest = slug.partition(":")
    if how == "unreachable":
        return UNREACHABLE.get(rest, UNKNOWN)
    if how == "answered":
        status, _, kind = rest.partition(":")
        return ANSWERED.get(kind) or (DISTURBED if status.startswith("5") else OTHERWISE_UNWELCOME)
    return REFUSED.get(slug, OTHERWISE_UNUSABLE) if slug else UNKNOWN


def alarms(hubs: Sequence[HubView]) -> list[Alarm]:
    """The boxes for these hubs; several hubs that are silent, with the same to be done, share one."""
    troubled = [(hub, trouble) for hub in hubs if (trouble := of(hub)) is not None]
    grouped: dict[tuple[str, str], list[tuple[HubView, Trouble]]] = {}
    for hub, trouble in troubled:
        grouped.setdefault((str(trouble.todo), "" if trouble.title is SILENT else hub.origin), []).append(
            (hub, trouble)
        )
    return [_alarm(group) for group in grouped.values()]


def _alarm(group: Sequence[tuple[HubView, Trouble]]) -> Alarm:
    hub, trouble = group[0]
    title = str(trouble.title) % {"hub": hub.place or hub.name}
    if len(group) > 1:
        title = ngettext("%(num)s Hub ist nicht erreichbar", "%(num)s Hubs sind nicht erreichbar", len(group))
    return Alarm(title, trouble is FROZEN, trouble.todo, group)


class Told(NamedTuple):
    """How an event is told: colour, icon, words after the hub's name."""

    look: str
    icon: str
    words: LazyString | str


EVENTS: Mapping[str, Told] = {
    "joined": Told("ok", "add", _l("ist dem Verbund beigetreten")),
    "silent": Told("down", "error", _l("antwortet nicht mehr")),
    "suspended": Told("warn", "pause", _l("ist hier ausgesetzt; seine Einträge sind verborgen")),
    "resumed": Told("ok", "play_arrow", _l("ist nicht mehr ausgesetzt")),
    "left": Told("warn", "logout", _l("hat den Verbund verlassen")),
    "parted": Told("warn", "logout", _l("ist hier nicht mehr Mitglied")),
    "agreed": Told("ok", "check_circle", _l("hat hier jetzt eine Vereinbarung und bekommt, was für den Verbund ist")),
    "unagreed": Told("warn", "warning", _l("hat hier keine Vereinbarung mehr und bekommt nur Öffentliches")),
    "dropped": Told("warn", "delete", _l("ist kein Mitglied mehr; sein Archiv ist hier gelöscht")),
    "back": Told("ok", "check_circle", _l("ist wieder erreichbar")),
    "media": Told("warn", "warning", _l("hat eine Datei geschickt, die nicht das ist, was ihr Eintrag sagt")),
    "quarantined": Told("warn", "warning", _l("hat einen Eintrag geschickt, der zurückgehalten wird")),
    "frozen": Told("down", "shield", _l("wurde angehalten: sein Protokoll widerspricht sich")),
    "erasure-overdue": Told("warn", "warning", _l("hat eine Löschung nach drei Tagen noch nicht bestätigt")),
    "erasure-confirmed": Told("ok", "check_circle", _l("hat eine überfällige Löschung bestätigt")),
    "halted": Told(
        "down", "shield", _l("darf nichts veröffentlichen: Die anderen haben widersprechende Einträge von ihm")
    ),
    "returned": Told("ok", "sync", _l("hat eigene Einträge zurückgeholt, die in der Sicherung fehlten")),
    "lost": Told("warn", "warning", _l("hat die letzten Einträge verloren; kein anderer Hub hatte sie schon")),
    "restored": Told("warn", "history", _l("wurde aus einer Sicherung wiederhergestellt und holt auf")),
    "caught-up": Told("ok", "check_circle", _l("hat nach der Wiederherstellung alles aufgeholt")),
    "thawed": Told("ok", "sync", _l("wird wieder abgeglichen")),
    "epoch": Told("warn", "history", _l("hat sein Protokoll neu begonnen")),
    "relisted": Told("ok", "check_circle", _l("ist nach dem Neubeginn vollständig gelesen")),
    "mended": Told("ok", "check_circle", _l("wich ab und wurde aus dem gespeicherten Protokoll neu aufgebaut")),
    "differs": Told("warn", "warning", _l("weicht ab, obwohl beide dasselbe Protokoll haben")),
    "refused": Told("warn", "warning", _l("hat Daten geschickt, die dieser Hub ablehnen musste")),
    "unheard": Told("warn", "warning", _l("hat eine Bitte um Löschung nicht erhalten; sagen Sie es dort telefonisch")),
    "keys": Told("ok", "key", _l("hat einen neuen Schlüsselsatz")),
    "root": Told("warn", "key", _l("hat einen neuen Wurzelschlüssel; der alte hat ihn bestätigt")),
    "repinned": Told("warn", "key", _l("ist nach dem Verlust seines Wurzelschlüssels unter einem neuen bekannt")),
    "bad-keys": Told("warn", "warning", _l("nennt Schlüssel, für die sein Wurzelschlüssel nicht bürgt")),
    "moving": Told("ok", "arrow_forward", _l("zieht an eine andere Adresse um")),
    "moved": Told("ok", "check_circle", _l("ist umgezogen; alle Datensätze sind unter der neuen Adresse da")),
    "bad-move": Told("warn", "warning", _l("nennt einen Umzug, für den sein Wurzelschlüssel nicht bürgt")),
    "review": Told("down", "shield", _l("hat einen Schlüssel verloren; was seitdem kam, wird geprüft")),
    "review-accepted": Told("ok", "check_circle", _l("ist geprüft: was zurückgehalten war, ist angenommen")),
    "review-dropped": Told("warn", "undo", _l("ist geprüft: was zurückgehalten war, ist verworfen")),
    "chosen": Told("ok", "checklist", _l("wird nach einer neuen Auswahl übernommen")),
    "rechosen": Told("ok", "check_circle", _l("ist jetzt so übernommen, wie es ausgewählt wurde")),
}
TURNED_AWAY = Told("down", "error", _l("nimmt unsere Anfragen nicht mehr an"))


def told(what: str, detail: str) -> Told:
    """The words for an event of the network, with what its detail adds."""
    if what == "silent" and named(detail).title is UNWELCOME:
        return TURNED_AWAY
    if what == "quarantined" and detail.isdecimal() and int(detail) > 1:
        several = ngettext(
            "hat %(num)s Eintrag geschickt, der zurückgehalten wird",
            "hat %(num)s Einträge geschickt, die zurückgehalten werden",
            int(detail),
        )
        return EVENTS[what]._replace(words=several)
    return EVENTS.get(what, Told("warn", "info", what))
