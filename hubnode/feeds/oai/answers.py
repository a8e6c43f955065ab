"""The answers of OAI-PMH: six verbs, each a pure look at the list and the records as everybody sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lxml import etree

from hubnode.feeds import changes
from hubnode.feeds.oai import asking, dublin_core, errors, listing, own_format, own_schema, sets, tokens
from hubnode.feeds.oai.asking import Asked
from hubnode.feeds.oai.errors import Refused
from hubnode.feeds.oai.listing import Listed, Wanted
from hubnode.feeds.oai.tokens import Place
from hubnode.feeds.oai.xml import SCHEMA_LOCATION, XSI, add
from hubnode.feeds.select import Site
from hubnode.feeds.text import clean, rfc3339
from hubnode.records.reading import RecordView

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
PREFIXES: dict[str, str] = {None: NAMESPACE, "xsi": XSI}  # type: ignore[dict-item]  # the stubs forget the default prefix
PAGE = 100
"""Records in one answer."""
MARGIN = timedelta(seconds=1)
"""Harvesters go on from the time of the answer; whoever notices a change meanwhile may have looked at the clock before.
"""


@dataclass(frozen=True, slots=True)
class Format:
    """A form in which metadata can be had."""

    prefix: str
    namespace: str
    schema: str
    """Its address; a path is one of this node."""
    write: Callable[[RecordView, Site], etree._Element]


FORMATS: Mapping[str, Format] = {
    one.prefix: one
    for one in (
        Format(dublin_core.PREFIX, dublin_core.NAMESPACE, dublin_core.SCHEMA, dublin_core.write),
        Format(own_format.PREFIX, own_schema.NAMESPACE, own_format.PATH, own_format.write),
    )
}


@dataclass(frozen=True, slots=True)
class Repository:
    """What the answers need to know of this node."""

    site: Site
    address: str
    """Of the door itself, as harvesters reach it."""
    name: str
    email: str
    secret: str
    now: datetime
    """When the question came, before anything was looked at."""


def answer(given: Mapping[str, Sequence[str]], here: Repository) -> bytes:
    """The answer to the question in `given`, a refusal too: in OAI-PMH that is an answer like any other."""
    root = etree.Element(f"{{{NAMESPACE}}}OAI-PMH", nsmap=PREFIXES)
    root.set(SCHEMA_LOCATION, f"{NAMESPACE} {SCHEMA}")
    add(root, NAMESPACE, "responseDate", rfc3339(here.now - MARGIN))
    request = add(root, NAMESPACE, "request", here.address)
    try:
        asked = asking.read(given)
        found = VERBS[asked.verb](asked, here)
    except Refused as refused:
        if refused.refusal.code not in ("badVerb", "badArgument"):
            _repeat(request, given)
        add(root, NAMESPACE, "error", str(refused.refusal.words)).set("code", refused.refusal.code)
    else:
        _repeat(request, given)
        root.append(found)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _repeat(request: etree._Element, given: Mapping[str, Sequence[str]]) -> None:
    """The question as it was understood stands in the answer (section 3.2)."""
    for name, values in given.items():
        request.set(name, clean(values[0]))


def _part(verb: str) -> etree._Element:
    return etree.Element(f"{{{NAMESPACE}}}{verb}", nsmap=PREFIXES)


def _identify(asked: Asked, here: Repository) -> etree._Element:
    found = _part(asked.verb)
    for name, text in (
        ("repositoryName", here.name),
        ("baseURL", here.address),
        ("protocolVersion", "2.0"),
        ("adminEmail", here.email),
        ("earliestDatestamp", rfc3339(listing.earliest() or here.now)),
        ("deletedRecord", "persistent"),
        ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
    ):
        add(found, NAMESPACE, name, text)
    return found


def _list_metadata_formats(asked: Asked, here: Repository) -> etree._Element:
    if "identifier" in asked.arguments and _known(asked).view is None:
        raise Refused(errors.GONE)
    found = _part(asked.verb)
    for form in FORMATS.values():
        told = add(found, NAMESPACE, "metadataFormat")
        add(told, NAMESPACE, "metadataPrefix", form.prefix)
        add(told, NAMESPACE, "schema", form.schema if "://" in form.schema else here.site.base_url + form.schema)
        add(told, NAMESPACE, "metadataNamespace", form.namespace)
    return found


def _list_sets(asked: Asked, here: Repository) -> etree._Element:
    if asking.TOKEN in asked.arguments:  # all sets are told at once: no token for them was ever given
        raise Refused(errors.FORGED)
    found = _part(asked.verb)
    for one in sets.offered(here.site):
        told = add(found, NAMESPACE, "set")
        add(told, NAMESPACE, "setSpec", one.spec)
        add(told, NAMESPACE, "setName", one.name)
    return found


def _get_record(asked: Asked, here: Repository) -> etree._Element:
    form, listed = _format(asked.get("metadataPrefix")), _known(asked)
    found = _part(asked.verb)
    _record(found, listed, form, here)
    return found


def _known(asked: Asked) -> Listed:
    listed = listing.of(asked.get("identifier"))
    if listed is None:
        raise Refused(errors.NO_SUCH_ID)
    return listed


def _list_records(asked: Asked, here: Repository) -> etree._Element:
    place = _begin(asked, here)
    form, told = _format(place.prefix), _told(place, here)
    found = _part(asked.verb)
    for listed in told[:PAGE]:
        _record(found, listed, form, here)
    return _finish(found, place, told, here)


def _list_identifiers(asked: Asked, here: Repository) -> etree._Element:
    place = _begin(asked, here)
    _format(place.prefix)
    told, found = _told(place, here), _part(asked.verb)
    for listed in told[:PAGE]:
        _header(found, listed)
    return _finish(found, place, told, here)


def _begin(asked: Asked, here: Repository) -> Place:
    """Where in which list the answer begins."""
    if asking.TOKEN in asked.arguments:
        return tokens.read(asked.get(asking.TOKEN), here.secret, asked.verb, here.now)
    for name, refusal in (("from", errors.NO_DATE), ("until", errors.NO_DATE), ("set", errors.NO_SUCH_SET)):
        if asked.arguments.get(name) == "":
            raise Refused(refusal)
    prefix, spec = asked.get("metadataPrefix"), asked.get("set")
    return Place(asked.verb, prefix, spec, asked.get("from"), asked.get("until"), "", 0, 0, 0)


def _wanted(place: Place, here: Repository) -> Wanted:
    since, until = asking.span(place.since, place.until)
    return sets.narrowed(Wanted(since=since, until=until), place.set, here.site)


def _told(place: Place, here: Repository) -> list[Listed]:
    """What this answer tells, and one more where the list goes on; raises `Refused` for an empty list."""
    try:
        after = changes.number_of(place.cursor)
    except changes.LostCursor:
        raise Refused(errors.OTHER_PAST) from None
    told = listing.listed(_wanted(place, here), after, PAGE + 1)
    if not told and not place.told:
        raise Refused(errors.NO_MATCH)
    return told


def _finish(found: etree._Element, place: Place, told: Sequence[Listed], here: Repository) -> etree._Element:
    """The answer with the token to go on with, an empty one at the end of a list of several answers."""
    goes_on = len(told) > PAGE
    if not goes_on and not place.told:
        return found
    total = place.total or listing.count(_wanted(place, here))
    token = add(found, NAMESPACE, "resumptionToken")
    token.set("cursor", str(place.told))
    token.set("completeListSize", str(max(total, place.told + len(told))))
    if goes_on:
        cursor, expires = changes.cursor_of(told[PAGE - 1].seq), tokens.expiry(here.now)
        following = replace(place, cursor=cursor, told=place.told + PAGE, total=total, expires=expires)
        token.text = tokens.write(following, here.secret)
        token.set("expirationDate", rfc3339(following.expires_at))
    return found


def _record(parent: etree._Element, listed: Listed, form: Format, here: Repository) -> None:
    told = add(parent, NAMESPACE, "record")
    _header(told, listed)
    if listed.view is not None:
        add(told, NAMESPACE, "metadata").append(form.write(listed.view, here.site))


def _header(parent: etree._Element, listed: Listed) -> None:
    header = add(parent, NAMESPACE, "header")
    if listed.view is None:
        header.set("status", "deleted")
    add(header, NAMESPACE, "identifier", listed.uri)
    add(header, NAMESPACE, "datestamp", rfc3339(listed.at))
    for spec in sets.of(listed):
        add(header, NAMESPACE, "setSpec", spec)


def _format(prefix: str) -> Format:
    if prefix not in FORMATS:
        raise Refused(errors.NO_FORMAT)
    return FORMATS[prefix]


VERBS: Mapping[str, Callable[[Asked, Repository], etree._Element]] = {
    "Identify": _identify,
    "ListMetadataFormats": _list_metadata_formats,
    "ListSets": _list_sets,
    "ListIdentifiers": _list_identifiers,
    "ListRecords": _list_records,
    "GetRecord": _get_record,
}
