"""Alembic's entry: runs on the connection and in the transaction that the runner opened."""

from alembic import context

from hubnode.db import Base
from migrations import tables  # noqa: F401 - registers every table on Base.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    include_name=lambda name, kind, _parents: not (kind == "table" and (name or "").startswith("search_text")),
)
context.run_migrations()
