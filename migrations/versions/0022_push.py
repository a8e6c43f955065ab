"""Push: webhooks, WebSub subscriptions and subscriptions by mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _webhooks()
    _websub()
    _digests()


def downgrade() -> None:
    """Take them away."""
    for table in ("mail_digest", "websub", "webhook_aside", "webhook_held", "webhook"):
        op.drop_table(table)


def _webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("sealed_url", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_old", sa.LargeBinary(), nullable=True),
        sa.Column("old_until", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("cursor", sa.String(64), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("trying", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("failing_since", sa.DateTime(), nullable=True),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused', 'disabled')", name=op.f("ck_webhook_state_known")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_webhook_account_id_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_table(
        "webhook_held",
        sa.Column("webhook", BIG, nullable=False),
        sa.Column("uri", sa.String(320), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook"], ["webhook.id"], name="fk_webhook_held_webhook_webhook", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("webhook", "uri", name="pk_webhook_held"),
    )
    op.create_table(
        "webhook_aside",
        sa.Column("id", BIG, nullable=False),
        sa.Column("webhook", BIG, nullable=False),
        sa.Column("message", sa.String(80), nullable=False),
        sa.Column("uri", sa.String(320), nullable=False),
        sa.Column("error", sa.String(40), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook"], ["webhook.id"], name="fk_webhook_aside_webhook_webhook", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_aside"),
    )
    op.create_index("ix_webhook_aside_webhook", "webhook_aside", ["webhook"])


def _websub() -> None:
    op.create_table(
        "websub",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("sealed_callback", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("wish", sa.String(11), nullable=False),
        sa.Column("wish_lease_s", sa.Integer(), nullable=False),
        sa.Column("wish_sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("failing_since", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_websub"),
        sa.UniqueConstraint("key", name="uq_websub_key"),
    )
    op.create_index("ix_websub_host", "websub", ["host"])
    op.create_index("ix_websub_expires_at", "websub", ["expires_at"])


def _digests() -> None:
    op.create_table(
        "mail_digest",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("sealed_email", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.String(8), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=True),
        sa.Column("token_until", sa.DateTime(), nullable=True),
        sa.Column("wish", sa.String(8), nullable=False),
        sa.Column("cursor", sa.String(64), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("rhythm IN ('instant', 'daily', 'weekly')", name=op.f("ck_mail_digest_rhythm_known")),
        sa.PrimaryKeyConstraint("id", name="pk_mail_digest"),
        sa.UniqueConstraint("key", name="uq_mail_digest_key"),
        sa.UniqueConstraint("token_hash", name="uq_mail_digest_token_hash"),
    )
