"""How long entries of other hubs took to arrive, by hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "lag_hour",
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("hour", sa.DateTime(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("worst_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "hour", name="pk_lag_hour"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("lag_hour")
