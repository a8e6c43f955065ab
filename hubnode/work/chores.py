"""What a node does for itself from time to time, and how one sees beforehand that there is nothing to do.

Most nodes have most of this never: no sign-ins of others, no subscribers, nobody who leaves. So each chore may say a
condition, which the worker asks together with all others (see `hubnode.work.loop`); a chore without one always runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hubnode.db import Base, table_of
from hubnode.mail import outbox
from hubnode.mail.models import MailOut
from hubnode.network import doors, erasure, joining, keys, media, membership, moving, postman, recovery
from hubnode.network.joining_models import Invitation, Joining
from hubnode.network.letters_models import LetterIn, LetterOut
from hubnode.network.models import Nonce, Peer
from hubnode.network.node import Node
from hubnode.network.questions_models import Question, QuestionQuota, VisitorQuota
from hubnode.network.signing_in import tending
from hubnode.network.signing_in.models import HubSession, SignInCode, SignInToken, UsedAssertion, Visitor
from hubnode.network.taking_part import tending as registrations
from hubnode.network.taking_part.models import Registration
from hubnode.people import audit, barriers, feed_keys, invitations, recovering
from hubnode.people.audit_models import AuditNote
from hubnode.people.barrier_models import BarrierReport
from hubnode.people.feed_key_models import FeedKey
from hubnode.people.link_models import AccountLink, PersonInvitation, ResetWish
from hubnode.push import mailing, websub
from hubnode.push.models import MailDigest, WebSub
from hubnode.records import imports, reindexing, retention, scrub
from hubnode.records.import_models import ImportKey
from hubnode.records.models import Log, LogEntry
from hubnode.records.move_models import Move
from hubnode.records.profile_models import Profile, ProfileLink
from hubnode.records.removal_models import Scrub

Condition = Callable[[datetime], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Chore:
    """Work for this node itself, from time to time; it must not matter when two workers do it."""

    name: str
    every: timedelta
    do: Callable[[Node, datetime], object]
    wanted: Condition | None = None
    """That there is anything to do; it may be true where there is nothing, never the other way round."""


def _any(*models: type[Base]) -> Condition:
    """That one of these tables has a row: a chore that only deletes and follows rows has nothing to do without any."""
    return lambda now: sa.or_(*(sa.exists().select_from(table_of(model)) for model in models))  # noqa: ARG005 - one shape


def _leaving(now: datetime) -> sa.ColumnElement[bool]:  # noqa: ARG001 - one shape
    return sa.exists().where(Peer.leaving.is_not(None), Peer.state == "active")


def _uncleared(now: datetime) -> sa.ColumnElement[bool]:  # noqa: ARG001 - one shape
    return sa.exists().where(Scrub.wanted > Scrub.done)


def _unsure(now: datetime) -> sa.ColumnElement[bool]:  # noqa: ARG001 - one shape
    return sa.exists().where(Log.own, Log.state == "checking")


def _taken_back(now: datetime) -> sa.ColumnElement[bool]:  # noqa: ARG001 - one shape
    # As a literal: SQLite prepares a statement anew for each value that decides whether a partial index can be used.
    return sa.exists().where(Log.own, LogEntry.log == Log.id, LogEntry.op != sa.literal_column("'put'"))


def _tidy_people(now: datetime) -> None:
    """Forget links and letters whose time is over."""
    invitations.tidy(now)
    feed_keys.tidy(now)
    recovering.sweep(now)
    outbox.tidy(now)


_LETTERS = _any(LetterIn, LetterOut, Question, QuestionQuota, VisitorQuota)
_PEOPLE = _any(PersonInvitation, FeedKey, ResetWish, AccountLink, MailOut)
_VISITS = _any(UsedAssertion, SignInCode, SignInToken, HubSession, Visitor)

CHORES = (
    Chore("media", timedelta(minutes=5), media.tend),
    Chore("nonces", timedelta(minutes=5), lambda node, now: doors.sweep_nonces(now), _any(Nonce)),  # noqa: ARG005 - one shape
    Chore("joining", timedelta(hours=1), lambda node, now: joining.sweep(now), _any(Joining, Invitation)),  # noqa: ARG005 - one shape
    Chore("leaving", timedelta(seconds=5), lambda node, now: membership.finish_leaving(now), _leaving),  # noqa: ARG005 - one shape
    Chore("scrub", timedelta(seconds=1), lambda node, now: scrub.scrub(now), _uncleared),  # noqa: ARG005 - one shape
    Chore("recovery", timedelta(seconds=1), lambda node, now: recovery.settle(node), _unsure),  # noqa: ARG005 - one shape
    Chore("erasures", timedelta(minutes=10), lambda node, now: erasure.chase(now), _taken_back),  # noqa: ARG005 - one shape
    Chore("letters", timedelta(minutes=1), postman.tidy, _LETTERS),
    Chore("keys", timedelta(seconds=5), keys.tend),
    Chore("moves", timedelta(seconds=5), moving.follow, _any(Move)),
    Chore("people", timedelta(hours=1), lambda node, now: _tidy_people(now), _PEOPLE),  # noqa: ARG005 - one shape
    Chore("audit", timedelta(hours=12), lambda node, now: audit.sweep(now, node.settings.audit_days), _any(AuditNote)),
    Chore(
        "barriers",
        timedelta(hours=12),
        lambda node, now: barriers.sweep(now, node.settings.barriers_kept_days),
        _any(BarrierReport),
    ),
    Chore("token keys", timedelta(minutes=10), lambda node, now: tending.renew(now)),  # noqa: ARG005 - one shape
    Chore("signing in", timedelta(minutes=10), lambda node, now: tending.forget(now), _VISITS),  # noqa: ARG005 - one shape
    Chore("registrations", timedelta(seconds=10), registrations.tend, _any(Registration)),
    Chore("profiles", timedelta(minutes=10), lambda node, now: retention.tend(now), _any(Profile, ProfileLink)),  # noqa: ARG005 - one shape
    Chore("websub", timedelta(minutes=10), lambda node, now: websub.tidy(now), _any(WebSub)),  # noqa: ARG005 - one shape
    Chore("digests", timedelta(minutes=10), lambda node, now: mailing.tend(now), _any(MailOut, MailDigest)),  # noqa: ARG005 - one shape
    Chore("imports", timedelta(minutes=10), lambda node, now: imports.tidy(now), _any(ImportKey)),  # noqa: ARG005 - one shape
    Chore("search", timedelta(seconds=2), lambda node, now: reindexing.tend()),  # noqa: ARG005 - one shape
)
