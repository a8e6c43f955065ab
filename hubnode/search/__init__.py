"""Finding records by words and facets; the same answers on SQLite and PostgreSQL."""

from hubnode.search.index import Document, index, remove
from hubnode.search.query import Hits, Query, find

__all__ = ["Document", "Hits", "Query", "find", "index", "remove"]
