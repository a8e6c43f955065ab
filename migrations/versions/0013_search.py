"""A search that understands German: other tokens, what they were made of, and a vocabulary of spellings.

The text index starts empty; the worker fills it from the records (or `hubnode search reindex`), the lists stay whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from hubnode.records import reindexing
from hubnode.search.analysis import ANALYSIS_VERSION, tokens
from hubnode.search.engines import ENGINES
from hubnode.search.index import LEVELS

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = {
    "sqlite": ("CREATE VIRTUAL TABLE search_text USING fts5(h0, b0, h1, b1, h2, b2, tokenize = 'ascii')",),
    "postgresql": (
        "CREATE TABLE search_text (doc bigint PRIMARY KEY,"
        " v0 tsvector NOT NULL, v1 tsvector NOT NULL, v2 tsvector NOT NULL)",
        *(f"CREATE INDEX ix_search_text_v{level} ON search_text USING gin (v{level})" for level in range(3)),
    ),
}
_PACKED = (
    "UPDATE search_doc SET facets = coalesce((SELECT {0}, {1}) FROM search_facet f WHERE f.doc = search_doc.doc), '')"
)
_PAIR = "f.level || f.facet || '=' || f.value"
PACK = {
    "sqlite": _PACKED.format(f"group_concat({_PAIR}", "char(31)"),
    "postgresql": _PACKED.format(f"string_agg({_PAIR}", "chr(31)"),
}
_VECTOR = "setweight(to_tsvector('simple', :h{0}), 'A') || setweight(to_tsvector('simple', :b{0}), 'B')"
_VECTORS = ", ".join(_VECTOR.format(level) for level in range(3))
INSERT_BEFORE = {
    "sqlite": "INSERT INTO search_text(rowid, h0, b0, h1, b1, h2, b2) VALUES (:doc, :h0, :b0, :h1, :b1, :h2, :b2)",
    "postgresql": f"INSERT INTO search_text(doc, v0, v1, v2) VALUES (:doc, {_VECTORS})",  # noqa: S608 - our own text
}
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; whoever has records gets them indexed by the worker."""
    op.execute("DROP TABLE search_text")
    for statement in ENGINES[op.get_bind().dialect.name].create:
        op.execute(statement)
    op.create_table(
        "search_entry",
        sa.Column("doc", BIG, primary_key=True, autoincrement=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "search_term",
        sa.Column("folded", _text(64), primary_key=True),
        sa.Column("written", _text(64), primary_key=True),
        sa.Column("ending", _text(8), nullable=False),
        sa.Column("n0", sa.Integer(), nullable=False),
        sa.Column("n1", sa.Integer(), nullable=False),
        sa.Column("n2", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_term_ending", "search_term", ["ending"])
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("reached", BIG, nullable=False),
    )
    op.add_column("search_doc", sa.Column("facets", sa.Text(), nullable=False, server_default=""))
    op.execute(PACK[op.get_bind().dialect.name])
    some = op.get_bind().execute(sa.text("SELECT 1 FROM search_doc LIMIT 1")).scalar()
    state = {"version": "" if some else ANALYSIS_VERSION}
    op.get_bind().execute(sa.text("INSERT INTO search_state VALUES (1, :version, '', 0)"), state)


def downgrade() -> None:
    """Take them away, and build the index as it was: plain words, no German."""
    dialect = op.get_bind().dialect.name
    for statement in ENGINES[dialect].drop:
        op.execute(statement)
    with op.batch_alter_table("search_doc") as docs:
        docs.drop_column("facets")
    for table in ("search_state", "search_term", "search_entry"):
        op.drop_table(table)
    for statement in BEFORE[dialect]:
        op.execute(statement)
    with Session(bind=op.get_bind()) as session:
        for doc, texts in reindexing.texts(session):
            session.execute(sa.text(INSERT_BEFORE[dialect]), {"doc": doc, **_before(texts, dialect)})


def _before(texts: Sequence[tuple[str, str, str]], dialect: str) -> dict[str, str]:
    """The words at each level; on PostgreSQL with those of the lower ones."""
    words = {f"{letter}{level}": "" for level in range(3) for letter in "hb"}
    for name, *both in texts:
        first = LEVELS[name]
        for level in range(first, 3 if dialect == "postgresql" else first + 1):
            for letter, text in zip("hb", both, strict=True):
                words[f"{letter}{level}"] += " ".join(tokens(text)) + " "
    return words
