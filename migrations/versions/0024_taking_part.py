"""Taking part: registrations for events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'sent', 'confirmed', 'waiting', 'refused', 'cancelled', 'called_off'"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "registration",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("here", sa.Boolean(), nullable=False),
        sa.Column("peer", sa.String(255), nullable=False),
        sa.Column("event", sa.String(26), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("account", BIG, nullable=True),
        sa.Column("visitor", BIG, nullable=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("state_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("event_rev", sa.BigInteger(), nullable=False),
        sa.Column("letter", sa.String(26), nullable=True),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_registration_state_known")),
        sa.ForeignKeyConstraint(
            ["account"], ["account.id"], name="fk_registration_account_account", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["visitor"], ["visitor.id"], name="fk_registration_visitor_visitor", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_registration"),
        sa.UniqueConstraint("event", "date", "peer", "subject", "here", name="uq_registration_event"),
    )
    for column in ("account", "visitor", "letter", "ends_at"):
        op.create_index(f"ix_registration_{column}", "registration", [column])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("registration")
