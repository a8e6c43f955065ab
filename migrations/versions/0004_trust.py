"""Whether the records of a copy are shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; everything held so far is shown."""
    with op.batch_alter_table("log") as table:
        table.add_column(sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("log") as table:
        table.drop_column("shown")
