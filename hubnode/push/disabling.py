"""A webhook that has failed for long is disabled, and somebody is told."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.config import Settings
from hubnode.mail import outbox
from hubnode.mail.addresses import BadAddress
from hubnode.mail.rendering import Letter
from hubnode.people import audit
from hubnode.people.models import Account
from hubnode.push.models import Webhook

TEMPLATE = "webhook-disabled"


def disable(session: Session, settings: Settings, row: Webhook, now: datetime) -> None:
    """Send nothing more, note it, and write to whoever made it, or to the hub. Part of the caller's transaction."""
    row.state = "disabled"
    audit.note(session, "webhook.disabled", now, by="node", about=f"webhook:{row.id}", detail={"host": row.host})
    chosen = sa.select(Account.email, Account.language).where(Account.id == row.account_id, Account.active.is_(True))
    found = session.execute(chosen).one_or_none()
    to, language = found if found is not None else (settings.contact_email, "de")
    values = {"name": row.name, "host": row.host, "link": f"/verwaltung/webhooks/{row.id}"}
    try:
        outbox.put(session, Letter(to, language, TEMPLATE, values), now)
    except BadAddress:
        return  # nobody to write to: the page of webhooks says it
