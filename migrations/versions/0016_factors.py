"""Second factors and fresh confirmations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables; sign-ins of before were made with a password and are confirmed by nothing."""
    with op.batch_alter_table("sign_in") as table:
        table.add_column(sa.Column("how", sa.String(20), nullable=False, server_default="password"))
        table.add_column(sa.Column("confirmed_at", sa.DateTime()))
        table.add_column(sa.Column("confirmed_by", sa.String(20)))
    op.create_table(
        "totp",
        sa.Column("account_id", BIG, nullable=False, autoincrement=False),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime()),
        sa.Column("offered", sa.LargeBinary()),
        sa.Column("offered_at", sa.DateTime()),
        _of_account("totp"),
        sa.PrimaryKeyConstraint("account_id", name="pk_totp"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        _of_account("recovery_code"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_code"),
    )
    _passkeys()
    op.create_table(
        "sign_in_step",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("lasting_s", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        _of_account("sign_in_step"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_step"),
    )
    for table_name in ("recovery_code", "passkey", "passkey_challenge", "sign_in_step"):
        op.create_index(f"ix_{table_name}_account_id", table_name, ["account_id"])
    for table_name in ("passkey_challenge", "sign_in_step"):
        op.create_index(f"ix_{table_name}_until", table_name, ["until"])


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("handle", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_on", sa.Date()),
        _of_account("passkey"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_table(
        "passkey_challenge",
        sa.Column("challenge_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("account_id", BIG),
        sa.Column("handle", sa.LargeBinary()),
        sa.Column("until", sa.DateTime(), nullable=False),
        _of_account("passkey_challenge"),
        sa.PrimaryKeyConstraint("challenge_hash", name="pk_passkey_challenge"),
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["account.id"], name=f"fk_{table}_account_id_account", ondelete="CASCADE"
    )


def downgrade() -> None:
    """Take them away: every second factor is lost, and the password alone signs in again."""
    for table_name in ("sign_in_step", "passkey_challenge", "passkey", "recovery_code", "totp"):
        op.drop_table(table_name)
    with op.batch_alter_table("sign_in") as table:
        table.drop_column("confirmed_by")
        table.drop_column("confirmed_at")
        table.drop_column("how")
