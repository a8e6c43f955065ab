"""Finding records by words and facets; the same answers on SQLite and PostgreSQL."""
