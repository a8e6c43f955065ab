"""What the room of push holds about somebody: the webhooks that this person has made."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from hubnode.db import reading
from hubnode.people.accounts import Person
from hubnode.people.held import DUTY, Part, moment, provides
from hubnode.push.models import Webhook


@provides("webhooks", "webhook")
def _webhooks(person: Person, _now: datetime) -> Part:
    chosen = sa.select(Webhook).where(Webhook.account_id == person.id).order_by(Webhook.id)
    rows = [
        {"name": row.name, "host": row.host, "created_at": moment(row.created_at)} for row in reading().scalars(chosen)
    ]
    return Part(
        "webhooks",
        _l("Webhooks, die Sie angelegt haben"),
        _l("Ihnen Bescheid sagen, wenn eine Zustellung dauernd scheitert."),
        DUTY,
        _l("bis der Webhook gelöscht wird; mit dem Konto verliert er den Bezug zu Ihnen"),
        rows,
    )
