"""What a harvester asks: the verb with its arguments, each known, each once, the required ones there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hubnode.feeds.oai import errors

SECONDS, DAYS = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"
FORMS = {
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII): SECONDS,
    re.compile(r"\d{4}-\d\d-\d\d", re.ASCII): DAYS,
}
TOKEN = "resumptionToken"  # noqa: S105 - the name of an argument
LISTING = ("from", "until", "set")


@dataclass(frozen=True, slots=True)
class Verb:
    """The arguments of one verb; with `resumes` a token may stand alone instead of all others."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    resumes: bool = False


VERBS: Mapping[str, Verb] = {
    "Identify": Verb(),
    "ListMetadataFormats": Verb(optional=("identifier",)),
    "ListSets": Verb(resumes=True),
    "ListIdentifiers": Verb(("metadataPrefix",), LISTING, resumes=True),
    "ListRecords": Verb(("metadataPrefix",), LISTING, resumes=True),
    "GetRecord": Verb(("identifier", "metadataPrefix")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in order: its verb and arguments."""

    verb: str
    arguments: Mapping[str, str]

    def get(self, name: str) -> str:
        """The argument `name`; empty where it is not there."""
        return self.arguments.get(name, "")


def read(given: Mapping[str, Sequence[str]]) -> Asked:
    """The question in `given`, which maps each name to its values; raises `Refused`."""
    verbs = given.get("verb", ())
    if len(verbs) != 1:
        raise errors.Refused(errors.TWO_VERBS if verbs else errors.NO_VERB)
    verb = VERBS.get(verbs[0])
    if verb is None:
        raise errors.Refused(errors.UNKNOWN_VERB)
    arguments = {name: values[0] for name, values in given.items() if name != "verb"}
    for name, values in given.items():
        if len(values) != 1:
            raise errors.Refused(errors.repeated(name))
    _check(verb, arguments)
    return Asked(verbs[0], arguments)


def _check(verb: Verb, arguments: Mapping[str, str]) -> None:
    known = (*verb.required, *verb.optional, *((TOKEN,) if verb.resumes else ()))
    for name in arguments:
        if name not in known:
            raise errors.Refused(errors.unknown(name))
    if TOKEN in arguments:
        if len(arguments) > 1:
            raise errors.Refused(errors.not_alone(TOKEN))
        return
    for name in verb.required:
        if not arguments.get(name):
            raise errors.Refused(errors.missing(name))


def span(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """The times of ``from`` and ``until``, both inclusive, in whole seconds; raises `Refused`.

    Both are days or both are seconds (section 3.3.1); a day as ``until`` means its last second.
    """
    if since and until and len(since) != len(until):
        raise errors.Refused(errors.NO_DATE)
    first, last = (_moment(text) if text else None for text in (since, until))
    if last is not None and len(until) == len("2026-11-22"):
        last += timedelta(days=1, seconds=-1)
    if first is not None and last is not None and first > last:
        raise errors.Refused(errors.WRONG_ORDER)
    return first, last


def _moment(text: str) -> datetime:
    for form, spelled in FORMS.items():
        if form.fullmatch(text):
            try:
                return datetime.strptime(text, spelled).replace(tzinfo=UTC)
            except ValueError:  # the 30th of February
                break
    raise errors.Refused(errors.NO_DATE)
