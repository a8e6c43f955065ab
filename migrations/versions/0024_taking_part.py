"""Taking part: registrations for events, and the end of visits with the sign-in at home."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'sent', 'confirmed', 'waiting', 'refused', 'cancelled', 'called_off'"


def upgrade() -> None:
    """Make the tables and columns."""
    _registrations()
    _sessions()


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_visit_sid", "visit")
    with op.batch_alter_table("visit") as visit:
        visit.drop_column("sid")
    with op.batch_alter_table("sign_in_code") as code:
        code.drop_column("sid")
    op.drop_table("hub_session")
    op.drop_table("registration")


def _sessions() -> None:
    op.create_table(
        "hub_session",
        sa.Column("id", BIG, nullable=False),
        sa.Column("sid", sa.String(43), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(43), nullable=False),
        sa.Column("account", BIG, nullable=True),
        sa.Column("sign_in", BIG, nullable=True),
        sa.Column("begun_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["account.id"], name="fk_hub_session_account_account", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["sign_in"], ["sign_in.id"], name="fk_hub_session_sign_in_sign_in", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_hub_session"),
        sa.UniqueConstraint("sid", name="uq_hub_session_sid"),
    )
    for column in ("account", "sign_in", "expires_at"):
        op.create_index(f"ix_hub_session_{column}", "hub_session", [column])
    op.add_column("sign_in_code", sa.Column("sid", sa.String(43), nullable=True))
    op.add_column("visit", sa.Column("sid", sa.String(128), nullable=True))
    op.create_index("ix_visit_sid", "visit", ["sid"])


def _registrations() -> None:
    op.create_table(
        "registration",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("here", sa.Boolean(), nullable=False),
        sa.Column("peer", sa.String(255), nullable=False),
        sa.Column("event", sa.String(26), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("account", BIG, nullable=True),
        sa.Column("visitor", BIG, nullable=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("state_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("event_rev", sa.BigInteger(), nullable=False),
        sa.Column("letter", sa.String(26), nullable=True),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_registration_state_known")),
        sa.ForeignKeyConstraint(
            ["account"], ["account.id"], name="fk_registration_account_account", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["visitor"], ["visitor.id"], name="fk_registration_visitor_visitor", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_registration"),
        sa.UniqueConstraint("event", "date", "peer", "subject", "here", name="uq_registration_event"),
    )
    for column in ("account", "visitor", "letter", "ends_at"):
        op.create_index(f"ix_registration_{column}", "registration", [column])
