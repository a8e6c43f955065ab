"""The database's history: Alembic revisions that run on SQLite and PostgreSQL."""
