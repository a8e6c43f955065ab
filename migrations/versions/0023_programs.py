"""Programs: imports that were done, and keys in the addresses of feeds."""

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
    op.create_table(
        "feed_key",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("partner", BIG, nullable=True),
        sa.Column("account", BIG, nullable=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(partner IS NULL) <> (account IS NULL)", name=op.f("ck_feed_key_one_owner")),
        sa.ForeignKeyConstraint(["partner"], ["partner.id"], name="fk_feed_key_partner_partner", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_feed_key_account_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_feed_key"),
        sa.UniqueConstraint("key_hash", name="uq_feed_key_key_hash"),
    )
    op.create_index("ix_feed_key_partner", "feed_key", ["partner"])
    op.create_index("ix_feed_key_account", "feed_key", ["account"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("feed_key")
    op.drop_table("import_key")
