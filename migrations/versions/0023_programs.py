"""Programs: imports that were done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "import_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("account", BIG, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_import_key_account_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_import_key"),
        sa.UniqueConstraint("key_hash", name="uq_import_key_key_hash"),
    )
    op.create_index("ix_import_key_account", "import_key", ["account"])
    op.create_index("ix_import_key_created_at", "import_key", ["created_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("import_key")
