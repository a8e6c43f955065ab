"""The kinds that this node knows, by name and by the word in its addresses."""

from __future__ import annotations

from hubnode.records.kinds import (
    event,
    experience_report,
    expertise,
    funding_call,
    need,
    offer,
    organisation,
    project,
    reuse,
)
from hubnode.records.kinds.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        project.KIND,
        expertise.KIND,
        event.KIND,
        experience_report.KIND,
        funding_call.KIND,
        need.KIND,
        offer.KIND,
        reuse.KIND,
        organisation.KIND,
    )
}
"""All kinds, in the order of menus."""

BY_SLUG: dict[str, Kind] = {kind.slug: kind for kind in KINDS.values()}
"""The same kinds by the word in addresses: "projekte"."""
