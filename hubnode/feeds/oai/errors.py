"""The refusals that OAI-PMH names (section 3.6 of the protocol)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

Code = Literal[
    "badArgument",
    "badResumptionToken",
    "badVerb",
    "cannotDisseminateFormat",
    "idDoesNotExist",
    "noRecordsMatch",
    "noMetadataFormats",
    "noSetHierarchy",
]


class Refusal(NamedTuple):
    """Why a question can't be answered: the protocol's name for it, and words for people."""

    code: Code
    words: LazyString


class Refused(Exception):
    """A question can't be answered."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


NO_VERB = Refusal("badVerb", _l("Es fehlt „verb“."))
TWO_VERBS = Refusal("badVerb", _l("„verb“ darf nur einmal vorkommen."))
UNKNOWN_VERB = Refusal("badVerb", _l("Dieses „verb“ gibt es in OAI-PMH nicht."))
NO_MATCH = Refusal("noRecordsMatch", _l("Dazu gibt es keine Einträge."))
NO_SUCH_ID = Refusal("idDoesNotExist", _l("Ein öffentlicher Eintrag mit dieser Kennung ist hier nicht bekannt."))
GONE = Refusal("noMetadataFormats", _l("Dieser Eintrag wurde zurückgezogen oder gelöscht."))
NO_FORMAT = Refusal("cannotDisseminateFormat", _l("Dieses „metadataPrefix“ gibt es hier nicht."))
NO_SUCH_SET = Refusal("badArgument", _l("Dieses „set“ gibt es hier nicht; ListSets nennt alle."))
NO_DATE = Refusal(
    "badArgument", _l("Zeiten stehen in UTC, als 2026-11-22 oder als 2026-11-22T09:00:00Z, beide in gleicher Form.")
)
WRONG_ORDER = Refusal("badArgument", _l("„from“ darf nicht nach „until“ liegen."))
FORGED = Refusal("badResumptionToken", _l("Dieses „resumptionToken“ ist nicht von hier."))
EXPIRED = Refusal("badResumptionToken", _l("Dieses „resumptionToken“ ist abgelaufen. Bitte beginnen Sie von vorn."))
OTHER_PAST = Refusal(
    "badResumptionToken", _l("Dieser Hub zählt inzwischen neu. Bitte beginnen Sie die Liste von vorn.")
)


def repeated(name: str) -> Refusal:
    """An argument stands there twice."""
    return Refusal("badArgument", _l("„%(name)s“ darf nur einmal vorkommen.", name=name[:80]))


def unknown(name: str) -> Refusal:
    """There is no such argument for the verb."""
    return Refusal("badArgument", _l("„%(name)s“ gehört nicht zu diesem „verb“.", name=name[:80]))


def missing(name: str) -> Refusal:
    """The verb needs an argument that is not there."""
    return Refusal("badArgument", _l("Es fehlt „%(name)s“.", name=name))


def not_alone(name: str) -> Refusal:
    """A resumption token stands beside other arguments."""
    return Refusal("badArgument", _l("„%(name)s“ muss das einzige Argument sein.", name=name))
