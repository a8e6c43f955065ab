"""What a hub remembers to notice that it, or another hub, was restored, and to audit its copies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PEER = ("acked_most", "doubted_at", "compare_due_at", "digest_due_at", "digest_matched_at", "digest_differs_at")
LOG = ("hidden_for", "epoch", "relisting")


def upgrade() -> None:
    """Add the columns; the highest cursor known so far is the present one, and what is hidden was suspended."""
    with op.batch_alter_table("log") as table:
        table.add_column(sa.Column("hidden_for", sa.String(length=64), nullable=False, server_default=""))
        table.add_column(sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"))
        table.add_column(sa.Column("relisting", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("acked_most", sa.BigInteger(), nullable=False, server_default="0"))
        for name in PEER[1:]:
            table.add_column(sa.Column(name, sa.DateTime(), nullable=True))
    op.execute("UPDATE peer SET acked_most = acked_size")
    op.execute(sa.text("UPDATE log SET hidden_for = 'suspended' WHERE NOT shown"))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("peer") as table:
        for name in reversed(PEER):
            table.drop_column(name)
    with op.batch_alter_table("log") as table:
        for name in reversed(LOG):
            table.drop_column(name)
