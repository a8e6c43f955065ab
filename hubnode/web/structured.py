"""What pages say to programs that read them: schema.org as JSON-LD, in a block of data that no browser runs.

It says only what everybody may read on the page: records are read anew as a stranger sees them, whoever looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from flask import Flask, request
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from hubnode.feeds import licences
from hubnode.feeds.skos import address as topic_address
from hubnode.feeds.text import in_language, rfc3339
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading
from hubnode.records.kinds import KINDS, clock
from hubnode.records.reading import RecordView
from hubnode.web import filters
from hubnode.web.context import current_viewer, hub_at, hub_settings, option, topic_name

Thing = dict[str, Any]
CONTEXT = "https://schema.org"
TERMS = CONTEXT + "/"
LISTS = frozenset(f"records.{kind}" for kind in (*KINDS, "search"))
RECORDS = ("records.own", "records.remote")
PAGES = ("network.overview", "subscribing.page", "help.searching", "legal.page")
STATUS = {"cancelled": "EventCancelled"}
ATTENDANCE = {
    "onsite": "OfflineEventAttendanceMode",
    "online": "OnlineEventAttendanceMode",
    "hybrid": "MixedEventAttendanceMode",
}
AUTHORITIES = ("amt", "stadt", "gemeinde", "kreis", "land", "bund", "zweckverband")
ORGANISATIONS = dict.fromkeys(AUTHORITIES, "GovernmentOrganization") | {
    "hochschule": "CollegeOrUniversity",
    "forschungseinrichtung": "ResearchOrganization",
    "bildungseinrichtung": "EducationalOrganization",
    "stiftung": "NGO",
    "unternehmen": "Corporation",
    "verein": "NGO",
}
THINGS = ("showroom_exhibit", "equipment_loan", "document")
"""Kinds of offers that are things rather than services."""
RESEARCH = ("hochschule", "forschungseinrichtung")
UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""Signs with which a text could end the block and begin something else."""


def init_structured(app: Flask) -> None:
    """Let the frame of all pages ask for the block."""
    app.jinja_env.globals.update(structured=block)


@pass_context
def block(context: Context) -> Markup:
    """The block of this page; nothing on pages that are not for everybody."""
    things = _things(context.get("record"))
    if not things:
        return Markup()
    words = orjson.dumps({"@context": CONTEXT, "@graph": things}).decode().translate(UNSAFE)
    return Markup(f'<script type="application/ld+json">{words}</script>')  # noqa: S704 - nothing in it can end it


def _things(record: RecordView | None) -> list[Thing]:
    endpoint = request.endpoint or ""
    if endpoint == "pages.start":
        return [_site(), _hub()]
    if endpoint in RECORDS and record is not None:
        return _of_record(record)
    if endpoint in LISTS:
        return [_page("CollectionPage")]
    return [_page("WebPage")] if endpoint in PAGES else []


def _base() -> str:
    return hub_settings().base_url


def _site() -> Thing:
    search = {"@type": "EntryPoint", "urlTemplate": f"{_base()}/suche?q={{search_term_string}}"}
    return {
        "@type": "WebSite",
        "@id": f"{_base()}/#website",
        "url": f"{_base()}/",
        "name": hub_settings().name,
        "inLanguage": ["de", "en"],
        "publisher": {"@id": f"{_base()}/#hub"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": search,
            "query-input": "required name=search_term_string",
        },
    }


def _hub() -> Thing:
    settings = hub_settings()
    about = in_language(settings.intro, filters.language())[1]
    said = {"name": settings.name, "url": f"{_base()}/", "description": about, "email": settings.contact_email}
    topics = [_topic(topic) for topic in settings.focus_areas]
    return _thing("GovernmentOrganization", f"{_base()}/#hub", said | {"knowsAbout": topics})


def _page(kind: str) -> Thing:
    return {
        "@type": kind,
        "url": _base() + request.path,
        "inLanguage": filters.language(),
        "isPartOf": {"@id": f"{_base()}/#website"},
        "publisher": {"@id": f"{_base()}/#hub"},
    }


def _of_record(shown: RecordView) -> list[Thing]:
    """What the page of a record is about; nothing if not everybody may see it."""
    view = reading.by_uri(ANONYMOUS, shown.uri) if current_viewer().signed_in else shown
    if view is None or view.level != "public" or view.state != "published":
        return []
    thing = KINDS_SAID[view.kind](view)
    page = _page("WebPage") | {"dateModified": rfc3339(view.updated_at)}
    if not thing:
        return [page]
    page["mainEntity"] = {"@id": view.uri}
    return [page, thing]


def _thing(kind: str, id: str, said: Mapping[str, Any]) -> Thing:
    return {"@type": kind, "@id": id} | {name: value for name, value in said.items() if value not in ("", [], None)}


def _said(texts: Mapping[str, str]) -> str:
    return in_language(texts, filters.language())[1]


def _common(view: RecordView) -> Thing:
    return {
        "name": _said(view.headline),
        "description": _said(view.summary),
        "url": view.home_url,
        "license": licences.url(view.fields.get("license", "")),
    }


def _topic(topic: str) -> Thing:
    return {
        "@type": "DefinedTerm",
        "@id": topic_address(topic),
        "name": topic_name(topic),
        "inDefinedTermSet": f"{_base()}/vocab/topics.jsonld",
    }


def _topics(view: RecordView) -> list[Thing]:
    return [_topic(topic) for topic in view.topics]


def _organisations(uris: Sequence[str]) -> list[Thing]:
    """The organisations that are named, as everybody may see them."""
    known = reading.by_uris(ANONYMOUS, uris)
    return [_thing("Organization", uri, {"name": _said(known[uri].headline)}) for uri in uris if uri in known]


def _home(view: RecordView) -> Thing:
    hub = hub_at(view.origin)
    return _thing("Organization", f"{view.origin}/#hub", {"name": hub.name if hub else view.host, "url": view.origin})


def _event(view: RecordView) -> Thing:
    fields = view.fields
    said = {
        "startDate": _local(fields, "starts_at"),
        "endDate": _local(fields, "ends_at"),
        "eventStatus": TERMS + STATUS.get(fields.get("status", ""), "EventScheduled"),
        "eventAttendanceMode": TERMS + ATTENDANCE[fields["attendance_mode"]],
        "location": _locations(fields),
        "organizer": _organisations(fields.get("hosts", ())) or _home(view),
        "maximumAttendeeCapacity": fields.get("capacity"),
        "offers": _offer(view),
        "about": _topics(view),
        "accessibilitySummary": _said(fields.get("accessibility", {})),
    }
    return _thing("Event", view.uri, _common(view) | said)


def _local(fields: Mapping[str, Any], name: str) -> str:
    """The time with the offset of the place where it happens."""
    then = clock.moment(fields[name], fields["timezone"]) if name in fields else None
    return then.astimezone(ZoneInfo(fields["timezone"])).isoformat() if then else ""


def _locations(fields: Mapping[str, Any]) -> list[Thing]:
    found: list[Thing] = []
    if place := fields.get("location"):
        parts = {"streetAddress": "street", "postalCode": "postcode", "addressLocality": "place"}
        post = {name: place[part] for name, part in parts.items() if part in place} | {"addressCountry": "DE"}
        found.append({"@type": "Place", "name": place["name"], "address": {"@type": "PostalAddress"} | post})
    if "online_url" in fields:
        found.append({"@type": "VirtualLocation", "url": fields["online_url"]})
    return found


def _offer(view: RecordView) -> Thing | None:
    """What it costs to take part, where that is said."""
    cents = view.fields.get("price_cents")
    if cents is None:
        return None
    return {"@type": "Offer", "price": f"{cents / 100:.2f}", "priceCurrency": "EUR", "url": view.home_url}


def _project(view: RecordView) -> Thing:
    fields = view.fields
    lead, partners = [fields["lead_organisation"]] if "lead_organisation" in fields else [], fields.get("partners", ())
    known = reading.by_uris(ANONYMOUS, [*lead, *partners])
    research = any(one.fields.get("kind") in RESEARCH for one in known.values())
    said = {
        "foundingDate": fields.get("start"),
        "dissolutionDate": fields.get("end"),
        "parentOrganization": _organisations(lead) or _home(view),
        "member": _organisations(partners),
        "knowsAbout": _topics(view),
    }
    return _thing("ResearchProject" if research else "Project", view.uri, _common(view) | said)


def _report(view: RecordView) -> Thing:
    """The hub answers for what it says; who wrote it stands on the page."""
    said = {
        "headline": _said(view.headline),
        "datePublished": rfc3339(view.published_at or view.updated_at),
        "dateModified": rfc3339(view.updated_at),
        "author": _home(view),
        "publisher": _home(view),
        "about": _topics(view),
        "inLanguage": list(view.headline),
    }
    return _thing("Article", view.uri, _common(view) | said)


def _grant(view: RecordView) -> Thing:
    """A funding call: schema.org has a word for the money, and none for the asking for it."""
    fields = view.fields
    least, most = fields.get("amount_min_cents"), fields.get("amount_max_cents")
    between = {"minValue": least, "maxValue": most}
    amount = {name: cents / 100 for name, cents in between.items() if cents is not None}
    funder = _thing("Organization", f"{view.uri}#funder", {"name": fields.get("provider_name")})
    said = {
        "funder": funder,
        "amount": {"@type": "MonetaryAmount", "currency": "EUR"} | amount if amount else None,
        "about": _topics(view),
        "sameAs": fields.get("source_url"),
        "isPartOf": _thing("FundingScheme", f"{view.uri}#programme", {"name": fields.get("programme")}),
    }
    return _thing("MonetaryGrant", view.uri, _common(view) | said)


def _demand(view: RecordView) -> Thing:
    fields = view.fields
    said = {
        "availabilityEnds": fields.get("needed_by"),
        "itemOffered": {"@type": "Service", "name": _said(view.headline)},
        "offeredBy": _organisations([fields["organisation"]] if "organisation" in fields else []) or _home(view),
        "inLanguage": fields.get("languages"),
    }
    return _thing("Demand", view.uri, _common(view) | said)


def _offered(view: RecordView) -> Thing:
    fields = view.fields
    thing = "Product" if fields.get("kind") in THINGS else "Service"
    said = {
        "category": option("offer_kind", fields.get("kind")),
        "itemOffered": {"@type": thing, "name": _said(view.headline), "description": _said(view.summary)},
        "offeredBy": _home(view),
        "eligibleQuantity": _seats(fields.get("capacity")),
        "about": _topics(view),
    }
    return _thing("Offer", view.uri, _common(view) | said)


def _seats(capacity: int | None) -> Thing | None:
    return {"@type": "QuantitativeValue", "maxValue": capacity} if capacity else None


def _derived(view: RecordView) -> Thing:
    """What came of it, named by the reuse itself; W3C PROV would say ``wasDerivedFrom``."""
    fields = view.fields
    used = [fields["target_organisation"]] if "target_organisation" in fields else []
    said = {
        "isBasedOn": fields.get("source"),
        "workExample": fields.get("target"),
        "contributor": _organisations(used),
        "publisher": _home(view),
        "creativeWorkStatus": option("reuse_status", fields.get("status")),
        "about": _topics(view),
    }
    return _thing("CreativeWork", view.uri, _common(view) | said)


def _organisation(view: RecordView) -> Thing:
    fields = view.fields
    said = {
        "url": fields.get("homepage") or view.home_url,
        "sameAs": f"https://ror.org/{fields['ror']}" if "ror" in fields else None,
        "knowsAbout": _topics(view),
    }
    return _thing(ORGANISATIONS.get(fields.get("kind", ""), "Organization"), view.uri, _common(view) | said)


def _person(view: RecordView) -> Thing:
    """A person, if everybody may know the name; nothing otherwise: a function alone is nobody."""
    fields = view.fields
    if "display_name" not in fields:
        return {}
    said = {
        "name": fields["display_name"],
        "honorificPrefix": fields.get("academic_title"),
        "jobTitle": _said(fields.get("function", {})),
        "description": _said(view.summary),
        "worksFor": _organisations([fields["organisation"]] if "organisation" in fields else []),
        "knowsAbout": _topics(view),
        "knowsLanguage": fields.get("languages"),
        "sameAs": f"https://orcid.org/{fields['orcid']}" if "orcid" in fields else None,
        "url": view.home_url,
    }
    return _thing("Person", view.uri, said)


KINDS_SAID: Mapping[str, Callable[[RecordView], Thing]] = {
    "project": _project,
    "expertise": _person,
    "event": _event,
    "experience_report": _report,
    "funding_call": _grant,
    "need": _demand,
    "offer": _offered,
    "reuse": _derived,
    "organisation": _organisation,
}
