"""What is measured of the way to each other hub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "peer_vital",
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("clock_gap_ms", sa.BigInteger(), nullable=True),
        sa.Column("answer_ms", sa.BigInteger(), nullable=True),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("origin", name="pk_peer_vital"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("peer_vital")
