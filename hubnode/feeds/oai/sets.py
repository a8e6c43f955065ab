"""Sets of OAI-PMH: by kind, by topic and by home hub, each named as it is named everywhere else here.

The specs have a colon between sort and name; the colon of a port becomes an underscore, which no host name has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from hubnode.feeds.oai.errors import NO_SUCH_SET, Refused
from hubnode.feeds.oai.listing import Listed, Wanted
from hubnode.feeds.select import Site
from hubnode.records import vocabulary
from hubnode.records.kinds import KINDS

IN_SPEC = str.maketrans(":[]", "_()")
"""How a host is spelled in a set spec, which has few signs (section 4.6)."""


@dataclass(frozen=True, slots=True)
class Set:
    """One set, as ListSets tells it."""

    spec: str
    name: str


def offered(site: Site) -> Iterator[Set]:
    """All sets of this node."""
    yield from (Set(f"kind:{kind.name}", str(kind.plural)) for kind in KINDS.values())
    yield from (Set(_hub(origin), name) for origin, name in site.hubs.items())
    yield from (Set(f"topic:{topic}", vocabulary.label(topic)) for topic in vocabulary.present())


def of(listed: Listed) -> list[str]:
    """The specs of the sets that a record belongs to."""
    return [f"kind:{listed.kind}", _hub(listed.origin), *(f"topic:{topic}" for topic in listed.topics)]


def narrowed(wanted: Wanted, spec: str, site: Site) -> Wanted:
    """`wanted` within the set `spec`; raises `Refused` for a set that there is not."""
    if not spec:
        return wanted
    sort, colon, name = spec.partition(":")
    if sort == "kind" and name in KINDS:
        return replace(wanted, kind=name)
    if sort == "topic" and vocabulary.exists(name):
        return replace(wanted, topic=vocabulary.current(name))
    origin = next((origin for origin in site.hubs if _hub(origin) == spec), None)
    if not colon or origin is None:
        raise Refused(NO_SUCH_SET)
    return replace(wanted, origin=origin)


def _hub(origin: str) -> str:
    return f"hub:{urlsplit(origin).netloc.translate(IN_SPEC)}"
