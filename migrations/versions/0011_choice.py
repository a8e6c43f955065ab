"""What this hub takes and shows of each other hub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and mark what is not taken or not shown; so far everything is both."""
    op.create_table(
        "choice",
        sa.Column("origin", sa.String(255), primary_key=True),
        sa.Column("rule", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "choice_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("rule", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.LargeBinary(), nullable=False),
        sa.Column("restored", sa.LargeBinary(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(64)),
        sa.Column("done_at", sa.DateTime()),
        sa.Column("replaced", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_choice_change_origin", "choice_change", ["origin"])
    with op.batch_alter_table("log_entry") as table:
        table.add_column(sa.Column("untaken", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("record") as table:
        table.add_column(sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("quarantine") as table:
        table.add_column(sa.Column("passed_over_at", sa.DateTime()))


def downgrade() -> None:
    """Take them away; what was not taken stays missing until the copies are fetched anew."""
    with op.batch_alter_table("quarantine") as table:
        table.drop_column("passed_over_at")
    with op.batch_alter_table("record") as table:
        table.drop_column("hidden")
    with op.batch_alter_table("log_entry") as table:
        table.drop_column("untaken")
    op.drop_table("choice_change")
    op.drop_table("choice")
