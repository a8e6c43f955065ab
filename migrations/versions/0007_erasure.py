"""What was removed on request, who was given what, and who has confirmed that it is gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WITHDRAWN = """
UPDATE log_entry SET body = NULL, salt = NULL WHERE body IS NOT NULL AND EXISTS (
  SELECT 1 FROM log_entry AS later WHERE later.log = log_entry.log AND later.rec = log_entry.rec
  AND later.seq > log_entry.seq AND later.op IN ('del', 'erase'))
"""
"""Texts of withdrawn versions, which logs kept until now."""
SCRUB = """
INSERT INTO scrub (id, wanted, done, took_ms)
SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM log_entry WHERE op IN ('del', 'erase')) THEN 1 ELSE 0 END, 0, 0
"""
HANDED = """
INSERT INTO handed (origin, log_id, first, until, size, at)
SELECT peer.origin, log.log_id, 0, peer.acked_size, peer.acked_size, peer.added_at
FROM peer JOIN log ON log.own WHERE peer.acked_size > 0
"""
"""What a peer has confirmed to hold, it was given."""


def upgrade() -> None:
    """Make the tables; texts that were withdrawn or erased before are cleared from the files by the worker."""
    _removals()
    _receipts()
    removed = sa.text("op <> 'put'")
    op.create_index("ix_log_entry_removed", "log_entry", ["log", "rec"], sqlite_where=removed, postgresql_where=removed)
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("receipts_due_at", sa.DateTime()))
        table.add_column(sa.Column("receipt_failures", sa.Integer(), nullable=False, server_default="0"))
    for statement in (WITHDRAWN, SCRUB, HANDED):
        op.execute(sa.text(statement))


def _removals() -> None:
    op.create_table(
        "removal",
        sa.Column("log", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rec", sa.String(26), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=False),
        sa.Column("scrub", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("told_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("log", "seq", name="pk_removal"),
        sa.ForeignKeyConstraint(["log"], ["log.id"], name="fk_removal_log_log", ondelete="CASCADE"),
    )
    op.create_table(
        "scrub",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("wanted", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.DateTime()),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
    )


def _receipts() -> None:
    op.create_table(
        "handed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("log_id", sa.String(64), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_handed_hub", "handed", ["origin", "log_id"])
    op.create_table(
        "erasure_receipt",
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("log_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rec", sa.String(26), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.Column("keyset", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "log_id", "seq", name="pk_erasure_receipt"),
    )
    op.create_index("ix_erasure_receipt_record", "erasure_receipt", ["log_id", "rec"])
    op.create_table(
        "overdue_erasure",
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("log_id", sa.String(64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "log_id", "seq", name="pk_overdue_erasure"),
    )


def downgrade() -> None:
    """Take them away; what was cleared stays cleared."""
    with op.batch_alter_table("peer") as table:
        table.drop_column("receipt_failures")
        table.drop_column("receipts_due_at")
    op.drop_index("ix_log_entry_removed", table_name="log_entry")
    for name in ("overdue_erasure", "erasure_receipt", "handed", "scrub", "removal"):
        op.drop_table(name)
