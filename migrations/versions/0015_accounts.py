"""Invitations, mail and roles of people."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = ("admin", "coordinator", "staff")
AFTER = ("admin", "coordinator", "editor", "staff", "expert", "partner")


def upgrade() -> None:
    """More roles, the language of a person, drafts that were handed over, letters by mail and the links in them."""
    _roles(AFTER, sa.Column("language", sa.String(2), nullable=False, server_default="de"))
    op.add_column("record", sa.Column("handed_at", sa.DateTime(), nullable=True))
    _mail()
    _links()
    op.create_table(
        "reset_wish",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reset_wish"),
    )


def downgrade() -> None:
    """Take them away; who had a role that is unknown then has the least one, and experts and partners can't sign in."""
    for name in ("reset_wish", "account_link", "person_invitation", "mail_out"):
        op.drop_table(name)
    op.drop_column("record", "handed_at")
    op.execute("UPDATE account SET active = false, role = 'staff' WHERE role IN ('expert', 'partner')")
    op.execute("UPDATE account SET role = 'staff' WHERE role = 'editor'")
    _roles(BEFORE, None)


def _roles(roles: Sequence[str], language: sa.Column[str] | None) -> None:
    """Let accounts have these roles, and give them a language or take it away."""
    with op.batch_alter_table("account") as table:
        table.drop_constraint(op.f("ck_account_role_known"), type_="check")
        table.create_check_constraint(op.f("ck_account_role_known"), sa.column("role").in_(roles))
        if language is not None:
            table.add_column(language)
        else:
            table.drop_column("language")


def _mail() -> None:
    op.create_table(
        "mail_out",
        sa.Column("id", BIG, nullable=False),
        sa.Column("template", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(20), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'dead', 'kept')", name=op.f("ck_mail_out_state_known")),
        sa.PrimaryKeyConstraint("id", name="pk_mail_out"),
    )
    op.create_index("ix_mail_out_due_at", "mail_out", ["due_at"])


def _links() -> None:
    op.create_table(
        "person_invitation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_invitation"),
        sa.UniqueConstraint("email", name="uq_person_invitation_email"),
        sa.UniqueConstraint("token_hash", name="uq_person_invitation_token_hash"),
    )
    op.create_index("ix_person_invitation_expires_at", "person_invitation", ["expires_at"])
    op.create_table(
        "account_link",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("new_email", sa.String(254), nullable=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("purpose IN ('reset', 'mail')", name=op.f("ck_account_link_purpose_known")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_link_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_link"),
        sa.UniqueConstraint("account_id", "purpose", name="uq_account_link_account_id"),
        sa.UniqueConstraint("token_hash", name="uq_account_link_token_hash"),
    )
    op.create_index("ix_account_link_expires_at", "account_link", ["expires_at"])
