"""Invitations, and hubs that ask to join."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "invitation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("bound_origin", sa.String(length=255), nullable=True),
        sa.Column("bound_root", sa.String(length=80), nullable=True),
        sa.Column("used_by", sa.String(length=255), nullable=True),
        sa.Column("used_root", sa.String(length=80), nullable=True),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_expires_at"), "invitation", ["expires_at"], unique=False)
    op.create_table(
        "joining",
        sa.Column("id", BIG, nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("ask", sa.String(length=32), nullable=False),
        sa.Column("root", sa.String(length=80), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("invitation", BIG, nullable=True),
        sa.Column("vouches", sa.Integer(), nullable=False),
        sa.Column("via", sa.String(length=255), nullable=False),
        sa.Column("introduce", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation"], ["invitation.id"], name=op.f("fk_joining_invitation_invitation"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joining")),
        sa.UniqueConstraint("direction", "origin", name=op.f("uq_joining_direction")),
    )
    op.create_index(op.f("ix_joining_ask"), "joining", ["ask"], unique=False)
    op.create_index(op.f("ix_joining_due_at"), "joining", ["due_at"], unique=False)
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("leaving", sa.String(length=8), nullable=True))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("peer") as table:
        table.drop_column("leaving")
    op.drop_index(op.f("ix_joining_due_at"), table_name="joining")
    op.drop_index(op.f("ix_joining_ask"), table_name="joining")
    op.drop_table("joining")
    op.drop_index(op.f("ix_invitation_expires_at"), table_name="invitation")
    op.drop_table("invitation")
