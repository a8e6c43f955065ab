"""Finding records by words and facets; the same answers on SQLite and PostgreSQL."""

from hubnode.search.answers import Hits, Match, Place, Query, Similar, Understood
from hubnode.search.highlight import highlight
from hubnode.search.index import Document, index, remove
from hubnode.search.narrowing import place_of
from hubnode.search.query import find
from hubnode.search.similar import similar, similar_to_text
from hubnode.search.suggest import suggest

__all__ = [
    "Document",
    "Hits",
    "Match",
    "Place",
    "Query",
    "Similar",
    "Understood",
    "find",
    "highlight",
    "index",
    "place_of",
    "remove",
    "similar",
    "similar_to_text",
    "suggest",
]
