"""Attachments, by their hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "media",
        sa.Column("id", big, nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("widths", sa.String(64), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("origin", "sha256", name=op.f("uq_media_origin")),
    )
    op.create_index(op.f("ix_media_sha256"), "media", ["sha256"])
    op.create_index("ix_media_due", "media", ["state", "due_at"])
    op.create_table(
        "media_use",
        sa.Column("record", big, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.id"], name=op.f("fk_media_use_record_record")),
        sa.PrimaryKeyConstraint("record", "sha256", "draft", name=op.f("pk_media_use")),
    )
    op.create_index("ix_media_use_file", "media_use", ["sha256", "origin"])
    op.create_index("ix_media_use_origin", "media_use", ["origin"])


def downgrade() -> None:
    """Take them away; the files stay in the folder until somebody removes it."""
    op.drop_table("media_use")
    op.drop_table("media")
