"""Key changes of other hubs, and what they put under review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when a hub's card was asked for, when pages arrived, and the tables of reviews and of moves."""
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("keys_asked_at", sa.DateTime(), nullable=True))
    with op.batch_alter_table("log_page") as table:
        table.add_column(sa.Column("received_at", sa.DateTime(), nullable=True))
    op.create_table(
        "review",
        sa.Column("log", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("learned_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["log"], ["log.id"], name=op.f("fk_review_log_log")),
        sa.PrimaryKeyConstraint("log", name=op.f("pk_review")),
    )
    op.create_table(
        "move",
        sa.Column("before", sa.String(255), nullable=False),
        sa.Column("to", sa.String(255), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("before", name=op.f("pk_move")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("move")
    op.drop_table("review")
    with op.batch_alter_table("log_page") as table:
        table.drop_column("received_at")
    with op.batch_alter_table("peer") as table:
        table.drop_column("keys_asked_at")
