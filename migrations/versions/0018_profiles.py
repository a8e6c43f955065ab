"""Profiles that belong to people.

What bodies of expertise claimed until now becomes rows, and leaves the bodies: who wrote such a body could write the
claim as well, so a profile whose address is unknown stays as it is until its review is due, and no longer.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CLAIMS = ("legal_basis", "consent", "confirmed_by_subject_at", "review_due")
PURPOSES = {
    "photo": ("attachments",),
    "personal": ("languages", "orcid", "esco"),
    "public_name": ("display_name", "academic_title"),
}
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and turn what bodies claim into rows."""
    _tables()
    connection = op.get_bind()
    chosen = "SELECT id, state, body, draft FROM record WHERE kind = 'expertise' AND own"
    for record, state, body, draft in connection.execute(sa.text(chosen)).all():
        if state == "published" and body is not None:
            _claimed(connection, record, json.loads(bytes(body)))
        for column, content in (("body", body), ("draft", draft)):
            if content is not None:
                statement = sa.text(f"UPDATE record SET {column} = :content WHERE id = :record")  # noqa: S608 - our own names
                connection.execute(statement, {"content": _without(content), "record": record})
    versions = (
        "SELECT old.record, old.rev, old.body FROM record_version AS old JOIN record ON record.id = old.record"
        " WHERE record.kind = 'expertise'"
    )
    changed = sa.text("UPDATE record_version SET body = :content WHERE record = :record AND rev = :rev")
    for record, rev, body in connection.execute(sa.text(versions)).all():
        connection.execute(changed, {"content": _without(body), "record": record, "rev": rev})


def _claimed(connection: sa.Connection, record: int, body: dict[str, Any]) -> None:
    """The rows of a published profile; one without a date of review is due at once."""
    confirmed = _moment(body.get("confirmed_by_subject_at")) or datetime(2026, 1, 1)  # noqa: DTZ001 - as kept
    due = _moment(body.get("review_due")) or confirmed
    rows = sa.table("profile", *map(sa.column, ("record", "language", "created_at", "confirmed_at", "review_due")))
    kept = {"record": record, "language": "de", "created_at": confirmed, "confirmed_at": confirmed}
    connection.execute(sa.insert(rows).values(**kept, review_due=min(due, confirmed + timedelta(days=365))))
    consent = body.get("consent", {})
    scopes = [scope for scope in ("public", "network", "hub") if scope in consent.get("scope", ())]
    if not scopes or "withdrawn_on" in consent:
        return
    given = sa.table("consent", *map(sa.column, ("record", "purpose", "version", "language", "scope", "given_at")))
    about = {"record": record, "version": str(consent.get("version", ""))[:16], "language": "de", "scope": scopes[0]}
    for purpose, names in PURPOSES.items():
        if any(name in body for name in names) and (purpose != "public_name" or scopes[0] == "public"):
            at = _moment(consent.get("given_on")) or confirmed
            connection.execute(sa.insert(given).values(purpose=purpose, given_at=at, **about))


def _moment(day: str | None) -> datetime | None:
    return datetime.fromisoformat(day) if day else None


def _without(content: bytes) -> bytes:
    body = {name: value for name, value in json.loads(bytes(content)).items() if name not in CLAIMS}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _tables() -> None:
    op.create_table(
        "profile",
        sa.Column("record", BIG, nullable=False),
        sa.Column("account", BIG, nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("language", sa.String(2), nullable=False, server_default="de"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(), nullable=True)
            for name in ("noticed_at", "confirmed_at", "review_due", "reminded_at", "hidden_at")
        ),
        *(sa.Column(name, sa.DateTime(), nullable=True) for name in ("restricted_at", "objected_at")),
        sa.Column("objection", sa.String(1000), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["record"], ["record.id"], name="fk_profile_record_record", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_profile_account_account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("record", name="pk_profile"),
        sa.UniqueConstraint("email", name="uq_profile_email"),
    )
    op.create_index("ix_profile_account", "profile", ["account"])
    op.create_index("ix_profile_review_due", "profile", ["review_due"])
    op.create_table(
        "profile_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("record", BIG, nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["record"], ["profile.record"], name="fk_profile_link_record_profile", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_profile_link"),
    )
    op.create_index("ix_profile_link_record", "profile_link", ["record"])
    op.create_index("ix_profile_link_expires_at", "profile_link", ["expires_at"])
    op.create_table(
        "consent",
        sa.Column("id", BIG, nullable=False),
        sa.Column("record", BIG, nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["record"], ["profile.record"], name="fk_consent_record_profile", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_record", "consent", ["record"])


def downgrade() -> None:
    """Take them away; what was consented to is forgotten, and has to be asked again."""
    op.drop_table("consent")
    op.drop_table("profile_link")
    op.drop_table("profile")
