"""Records, logs, peers and the search index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEARCH_TEXT = {
    "sqlite": ("CREATE VIRTUAL TABLE search_text USING fts5(h0, b0, h1, b1, h2, b2, tokenize = 'ascii')",),
    "postgresql": (
        "CREATE TABLE search_text (doc bigint PRIMARY KEY,"
        " v0 tsvector NOT NULL, v1 tsvector NOT NULL, v2 tsvector NOT NULL)",
        *(f"CREATE INDEX ix_search_text_v{level} ON search_text USING gin (v{level})" for level in range(3)),
    ),
}
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the first tables, and the text index of this database."""
    op.create_table(
        "log",
        sa.Column("id", BIG, nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("log_id", sa.String(length=64), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("edge", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log")),
        sa.UniqueConstraint("origin", "log_id", name=op.f("uq_log_origin")),
    )
    op.create_index(op.f("ix_log_origin"), "log", ["origin"], unique=False)
    op.create_table(
        "network_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_event")),
    )
    op.create_table(
        "nonce",
        sa.Column("keyid", sa.String(length=320), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("keyid", "nonce", name=op.f("pk_nonce")),
    )
    op.create_index(op.f("ix_nonce_expires_at"), "nonce", ["expires_at"], unique=False)
    op.create_table(
        "record",
        sa.Column("id", BIG, nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("rec", sa.String(length=26), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("bh", sa.String(length=64), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("draft_level", sa.String(length=8), nullable=True),
        sa.Column("draft_at", sa.DateTime(), nullable=True),
        sa.Column("draft_token", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.Column("unread_rev", sa.BigInteger(), nullable=True),
        sa.Column("was_public", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint("origin", "rec", name=op.f("uq_record_origin")),
    )
    op.create_index("ix_record_changed", "record", ["updated_at", "id"], unique=False)
    op.create_index("ix_record_shown", "record", ["origin", "state", "kind"], unique=False)
    op.create_table(
        "search_doc",
        sa.Column("doc", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("doc", name=op.f("pk_search_doc")),
    )
    op.create_index(op.f("ix_search_doc_changed_at"), "search_doc", ["changed_at"], unique=False)
    op.create_index("ix_search_doc_kind", "search_doc", ["kind", "level"], unique=False)
    op.create_table(
        "stamp",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stamp")),
    )
    op.create_table(
        "log_entry",
        sa.Column("log", BIG, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rec", sa.String(length=26), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("op", sa.String(length=8), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["log.id"], name=op.f("fk_log_entry_log_log")),
        sa.PrimaryKeyConstraint("log", "seq", name=op.f("pk_log_entry")),
    )
    op.create_index("ix_log_entry_record", "log_entry", ["log", "rec"], unique=False)
    op.create_table(
        "log_page",
        sa.Column("log", BIG, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["log.id"], name=op.f("fk_log_page_log_log")),
        sa.PrimaryKeyConstraint("log", "size", name=op.f("pk_log_page")),
    )
    op.create_table(
        "peer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("keyset", sa.LargeBinary(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.Column("log", BIG, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("pull_due_at", sa.DateTime(), nullable=False),
        sa.Column("pull_failures", sa.Integer(), nullable=False),
        sa.Column("offered_size", sa.BigInteger(), nullable=False),
        sa.Column("last_contact_at", sa.DateTime(), nullable=True),
        sa.Column("silent_since", sa.DateTime(), nullable=True),
        sa.Column("last_error", sa.String(length=64), nullable=True),
        sa.Column("card_checked_at", sa.DateTime(), nullable=True),
        sa.Column("poke_due_at", sa.DateTime(), nullable=False),
        sa.Column("poke_failures", sa.Integer(), nullable=False),
        sa.Column("told_size", sa.BigInteger(), nullable=False),
        sa.Column("acked_size", sa.BigInteger(), nullable=False),
        sa.Column("acked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["log"], ["log.id"], name=op.f("fk_peer_log_log")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer")),
        sa.UniqueConstraint("origin", name=op.f("uq_peer_origin")),
    )
    op.create_table(
        "quarantine",
        sa.Column("log", BIG, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rec", sa.String(length=26), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["log.id"], name=op.f("fk_quarantine_log_log")),
        sa.PrimaryKeyConstraint("log", "seq", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_rec"), "quarantine", ["rec"], unique=False)
    op.create_table(
        "record_version",
        sa.Column("record", BIG, nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.id"], name=op.f("fk_record_version_record_record")),
        sa.PrimaryKeyConstraint("record", "rev", name=op.f("pk_record_version")),
    )
    op.create_table(
        "reference",
        sa.Column("record", BIG, nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=320), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.id"], name=op.f("fk_reference_record_record")),
        sa.PrimaryKeyConstraint("record", "field", "target", name=op.f("pk_reference")),
    )
    op.create_index("ix_reference_target", "reference", ["target", "field"], unique=False)
    op.create_table(
        "search_facet",
        sa.Column("doc", BIG, nullable=False),
        sa.Column("facet", sa.String(length=24), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doc"], ["search_doc.doc"], name=op.f("fk_search_facet_doc_search_doc"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("doc", "facet", "value", name=op.f("pk_search_facet")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_facet_value", "search_facet", ["facet", "value", "doc"], unique=False)
    op.execute("INSERT INTO stamp (id, value) VALUES (1, 0)")
    for statement in SEARCH_TEXT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Take everything away."""
    op.execute("DROP TABLE search_text")
    op.drop_index("ix_search_facet_value", table_name="search_facet")
    op.drop_table("search_facet")
    op.drop_index("ix_reference_target", table_name="reference")
    op.drop_table("reference")
    op.drop_table("record_version")
    op.drop_index(op.f("ix_quarantine_rec"), table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_table("peer")
    op.drop_table("log_page")
    op.drop_index("ix_log_entry_record", table_name="log_entry")
    op.drop_table("log_entry")
    op.drop_table("stamp")
    op.drop_index("ix_search_doc_kind", table_name="search_doc")
    op.drop_index(op.f("ix_search_doc_changed_at"), table_name="search_doc")
    op.drop_table("search_doc")
    op.drop_index("ix_record_shown", table_name="record")
    op.drop_index("ix_record_changed", table_name="record")
    op.drop_table("record")
    op.drop_index(op.f("ix_nonce_expires_at"), table_name="nonce")
    op.drop_table("nonce")
    op.drop_table("network_event")
    op.drop_index(op.f("ix_log_origin"), table_name="log")
    op.drop_table("log")
