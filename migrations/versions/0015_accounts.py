"""Invitations, mail and roles of people."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BEFORE = ("admin", "coordinator", "staff")
AFTER = ("admin", "coordinator", "editor", "staff", "expert", "partner")


def upgrade() -> None:
    """More roles, the language of a person, drafts that were handed over."""
    _roles(AFTER, sa.Column("language", sa.String(2), nullable=False, server_default="de"))
    op.add_column("record", sa.Column("handed_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Take them away; who had a role that is unknown then has the least one, and experts and partners can't sign in."""
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
