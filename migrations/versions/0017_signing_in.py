"""Sign-in across hubs: consents, codes, tokens, visitors; questions that visitors ask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account"], ["account.id"], name=f"fk_{table}_account_account", ondelete="CASCADE")


def upgrade() -> None:
    """Make the tables; a question may be a visitor's."""
    op.create_table(
        "hub_consent",
        sa.Column("account", BIG, nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(43), nullable=False),
        sa.Column("given_at", sa.DateTime()),
        _account("hub_consent"),
        sa.PrimaryKeyConstraint("account", "client", name="pk_hub_consent"),
        sa.UniqueConstraint("subject", name="uq_hub_consent_subject"),
    )
    _codes_and_tokens()
    _visitors()
    op.create_table(
        "outside_identity",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account", BIG, nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("linked_at", sa.DateTime(), nullable=False),
        _account("outside_identity"),
        sa.PrimaryKeyConstraint("id", name="pk_outside_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_outside_identity_issuer"),
    )
    op.create_index("ix_outside_identity_account", "outside_identity", ["account"])
    with op.batch_alter_table("question") as table:
        table.add_column(sa.Column("visitor", BIG))
        table.add_column(sa.Column("home", sa.String(255)))
        table.create_foreign_key("fk_question_visitor_visitor", "visitor", ["visitor"], ["id"], ondelete="SET NULL")
        table.create_index("ix_question_visitor", ["visitor"])


def _codes_and_tokens() -> None:
    op.create_table(
        "sign_in_code",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("account", BIG, nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("redirect_uri", sa.String(600), nullable=False),
        sa.Column("scope", sa.String(120), nullable=False),
        sa.Column("nonce", sa.String(128), nullable=False),
        sa.Column("challenge", sa.String(128), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        _account("sign_in_code"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_sign_in_code"),
    )
    op.create_table(
        "sign_in_token",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("account", BIG, nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("scope", sa.String(120), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime()),
        _account("sign_in_token"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_token"),
    )
    op.create_table(
        "used_assertion",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_assertion"),
    )
    op.create_index("ix_sign_in_code_account", "sign_in_code", ["account"])
    op.create_index("ix_sign_in_code_expires_at", "sign_in_code", ["expires_at"])
    op.create_index("ix_sign_in_token_account", "sign_in_token", ["account"])
    op.create_index("ix_sign_in_token_code_hash", "sign_in_token", ["code_hash"])
    op.create_index("ix_sign_in_token_expires_at", "sign_in_token", ["expires_at"])
    op.create_index("ix_used_assertion_expires_at", "used_assertion", ["expires_at"])


def _visitors() -> None:
    op.create_table(
        "visitor",
        sa.Column("id", BIG, nullable=False),
        sa.Column("home", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("affiliation", sa.String(320), nullable=False),
        sa.Column("last_sign_in_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_visitor"),
        sa.UniqueConstraint("home", "subject", name="uq_visitor_home"),
    )
    op.create_table(
        "visit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("visitor", BIG, nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["visitor"], ["visitor.id"], name="fk_visit_visitor_visitor", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
        sa.UniqueConstraint("token_hash", name="uq_visit_token_hash"),
    )
    op.create_table(
        "visitor_quota",
        sa.Column("visitor", BIG, nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visitor"], ["visitor.id"], name="fk_visitor_quota_visitor_visitor", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("visitor", name="pk_visitor_quota"),
    )
    op.create_index("ix_visitor_last_sign_in_on", "visitor", ["last_sign_in_on"])
    op.create_index("ix_visit_visitor", "visit", ["visitor"])
    op.create_index("ix_visit_expires_at", "visit", ["expires_at"])


def downgrade() -> None:
    """Take them away; what visitors have asked stays as asked by nobody known."""
    with op.batch_alter_table("question") as table:
        table.drop_index("ix_question_visitor")
        table.drop_constraint("fk_question_visitor_visitor", type_="foreignkey")
        table.drop_column("home")
        table.drop_column("visitor")
    for name in ("outside_identity", "visitor_quota", "visit", "visitor"):
        op.drop_table(name)
    for name in ("used_assertion", "sign_in_token", "sign_in_code", "hub_consent"):
        op.drop_table(name)
