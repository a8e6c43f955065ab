"""Access of partners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "partner",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("scopes", sa.String(100), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_partner"),
        sa.UniqueConstraint("client_id", name="uq_partner_client_id"),
    )
    op.create_table(
        "partner_secret",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("partner", NUMBER, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_partner_secret"),
        sa.UniqueConstraint("secret_hash", name="uq_partner_secret_secret_hash"),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="fk_partner_secret_partner_partner", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_partner_secret_partner", "partner_secret", ["partner"])
    _tokens()
    op.create_table(
        "partner_read",
        sa.Column("partner", NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("partner", "day", "kind", name="pk_partner_read"),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="fk_partner_read_partner_partner", ondelete="CASCADE"
        ),
    )


def _tokens() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("partner", NUMBER),
        sa.Column("account", NUMBER),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("scopes", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime()),
        sa.Column("last_used_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_access_token"),
        sa.UniqueConstraint("token_hash", name="uq_access_token_token_hash"),
        sa.ForeignKeyConstraint(
            ["partner"], ["partner.id"], name="fk_access_token_partner_partner", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account"], ["account.id"], name="fk_access_token_account_account", ondelete="CASCADE"
        ),
        sa.CheckConstraint("(partner IS NULL) <> (account IS NULL)", name="ck_access_token_one_owner"),
    )
    op.create_index("ix_access_token_partner", "access_token", ["partner"])
    op.create_index("ix_access_token_account", "access_token", ["account"])
    op.create_index("ix_access_token_expires_at", "access_token", ["expires_at"])


def downgrade() -> None:
    """Take them away."""
    for name in ("partner_read", "access_token", "partner_secret", "partner"):
        op.drop_table(name)
