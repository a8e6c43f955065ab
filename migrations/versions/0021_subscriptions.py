"""The change feed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "change_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_change_head"),
    )
    op.create_table(
        "change",
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("rec", sa.String(26), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("bh", sa.String(64), nullable=True),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("widest", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "rec", name="pk_change"),
        sa.UniqueConstraint("seq", name="uq_change_seq"),
    )
    op.create_table(
        "change_run",
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("until", name="pk_change_run"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("change_run", "change", "change_head"):
        op.drop_table(table)
