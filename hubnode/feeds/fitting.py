"""Which changes belong to a selection: the same question that a list answers, asked of a few records."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from hubnode.db import reading
from hubnode.feeds.changes import Changed
from hubnode.feeds.select import Selection, Site
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records.models import Record
from hubnode.records.reading import Browse, RecordView

MOST = 100_000
"""Records among which those with the words of a selection are looked for."""


def fitting(selection: Selection, site: Site, changed: Iterable[Changed]) -> set[str]:
    """The addresses of those changed records that are to be seen by anybody and fit `selection`."""
    views = [one.view for one in changed if one.view is not None and _fits(selection, site, one.view)]
    if not views or not (selection.text or selection.facets):
        return {view.uri for view in views}
    return _with_words(selection, views)


def _fits(selection: Selection, site: Site, view: RecordView) -> bool:
    """All but words and facets, which the index knows."""
    topics = records.with_narrower(selection.topics)
    return (
        (not selection.kinds or view.kind in selection.kinds)
        and (not selection.hubs or view.origin in selection.hubs)
        and (not topics or bool(set(topics) & set(view.topics)))
        and (not selection.focus or bool(set(selection.focus) & set(site.focus.get(view.origin, ()))))
        and (selection.lang == "de" or selection.lang in view.headline)
    )


def _with_words(selection: Selection, views: Iterable[RecordView]) -> set[str]:
    """Those of `views` that have the words and facets, as the search finds them."""
    browse = Browse(text=selection.text, kinds=selection.kinds, facets=dict(selection.facets), topics=selection.topics)
    found = set(records.numbers(ANONYMOUS, browse, MOST)[0])
    by_origin: dict[str, set[str]] = {}
    for view in views:
        by_origin.setdefault(view.origin, set()).add(view.id)
    same = [sa.and_(Record.origin == origin, Record.rec.in_(recs)) for origin, recs in by_origin.items()]
    rows = reading().execute(sa.select(Record.id, Record.origin, Record.rec).where(sa.or_(*same)))
    return {f"{origin}/r/{rec}" for number, origin, rec in rows if number in found}
