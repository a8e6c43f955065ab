"""Directed messages between hubs, and the questions that travel in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _letters()
    _questions()


def _letters() -> None:
    op.create_table(
        "letter_out",
        sa.Column("number", BIG, nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("peer", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("re", sa.String(26), nullable=True),
        sa.Column("ts", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_letter_out"),
        sa.UniqueConstraint("id", name="uq_letter_out_id"),
    )
    op.create_index("ix_letter_out_waiting", "letter_out", ["state", "peer", "number"])
    op.create_table(
        "letter_in",
        sa.Column("peer", sa.String(255), nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("forget_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("peer", "id", name="pk_letter_in"),
    )
    op.create_index("ix_letter_in_rate", "letter_in", ["peer", "at"])
    op.create_index("ix_letter_in_forget_at", "letter_in", ["forget_at"])
    op.create_table(
        "letter_route",
        sa.Column("peer", sa.String(255), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("peer", name="pk_letter_route"),
    )


def _questions() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("thread", sa.String(26), nullable=False),
        sa.Column("peer", sa.String(255), nullable=True),
        sa.Column("asked_here", sa.Boolean(), nullable=False),
        sa.Column("asker", BIG, nullable=True),
        sa.Column("record", sa.String(320), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["asker"], ["account.id"], name="fk_question_asker_account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        sa.UniqueConstraint("peer", "thread", name="uq_question_peer"),
    )
    op.create_index("ix_question_asker", "question", ["asker"])
    op.create_index("ix_question_changed_at", "question", ["changed_at"])
    op.create_table(
        "question_message",
        sa.Column("number", BIG, nullable=False),
        sa.Column("question", sa.String(26), nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("by_asker", sa.Boolean(), nullable=False),
        sa.Column("signed_as", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(
            ["question"], ["question.id"], name="fk_question_message_question_question", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_question_message"),
    )
    op.create_index("ix_question_message_question", "question_message", ["question"])
    op.create_index("ix_question_message_id", "question_message", ["id"])
    op.create_table(
        "question_quota",
        sa.Column("account", BIG, nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["account.id"], name="fk_question_quota_account_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account", name="pk_question_quota"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("question_quota", "question_message", "question", "letter_route", "letter_in", "letter_out"):
        op.drop_table(table)
