"""Audit trail, agreements and barrier reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQLITE = (
    """
CREATE TRIGGER audit_note_stays BEFORE UPDATE ON audit_note
BEGIN SELECT RAISE(ABORT, 'audit notes are never changed'); END
""",
    """
CREATE TRIGGER audit_note_kept BEFORE DELETE ON audit_note
WHEN NOT EXISTS (SELECT 1 FROM audit_note AS sweep WHERE sweep.act = 'audit.swept' AND sweep.until > OLD.at)
BEGIN SELECT RAISE(ABORT, 'audit notes are deleted only after a note that says so'); END
""",
    """
CREATE TRIGGER audit_note_added BEFORE INSERT ON audit_note
WHEN EXISTS (SELECT 1 FROM audit_note AS known WHERE known.id = NEW.id)
  OR (NEW.until IS NOT NULL AND julianday(NEW.until) > julianday(NEW.at) - 29)
BEGIN SELECT RAISE(ABORT, 'audit notes are never replaced, and kept for 30 days'); END
""",
)
"""Without the last one ``INSERT OR REPLACE`` would delete in silence: SQLite runs no delete trigger then."""
POSTGRESQL = (
    """
CREATE FUNCTION audit_note_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.until IS NOT NULL AND NEW.until > NEW.at - interval '29 days' THEN
      RAISE EXCEPTION 'audit notes are kept for 30 days';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM audit_note AS sweep WHERE sweep.act = 'audit.swept' AND sweep.until > OLD.at) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit notes are deleted only after a note that says so';
  END IF;
  RAISE EXCEPTION 'audit notes are never changed';
END $$
""",
    """
CREATE TRIGGER audit_note_guarded BEFORE INSERT OR UPDATE OR DELETE ON audit_note
FOR EACH ROW EXECUTE FUNCTION audit_note_guard()
""",
    """
CREATE TRIGGER audit_note_not_emptied BEFORE TRUNCATE ON audit_note
FOR EACH STATEMENT EXECUTE FUNCTION audit_note_guard()
""",
)


def upgrade() -> None:
    """Make the tables. Hubs that are known have no agreement yet: from now on they are given public data only."""
    _audit()
    _agreements()
    op.create_table(
        "barrier_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("page", sa.String(300), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(254), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_barrier_report"),
        sa.UniqueConstraint("number", name="uq_barrier_report_number"),
    )
    op.create_index("ix_barrier_report_created_at", "barrier_report", ["created_at"])


def _audit() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit_note",
        sa.Column("id", number, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("actor", sa.String(20), nullable=False),
        sa.Column("account", number),
        sa.Column("about", sa.String(255), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_note"),
    )
    op.create_index("ix_audit_note_at", "audit_note", ["at"])
    op.create_index("ix_audit_note_act", "audit_note", ["act"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(sa.text(statement))


def _agreements() -> None:
    op.create_table(
        "agreement",
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_agreement"),
    )
    with op.batch_alter_table("handed") as table:
        table.add_column(sa.Column("public_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("again_due_at", sa.DateTime()))


def downgrade() -> None:
    """Take them away."""
    op.drop_table("barrier_report")
    with op.batch_alter_table("peer") as table:
        table.drop_column("again_due_at")
    with op.batch_alter_table("handed") as table:
        table.drop_column("public_only")
    op.drop_table("agreement")
    op.drop_table("audit_note")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(sa.text("DROP FUNCTION audit_note_guard()"))
