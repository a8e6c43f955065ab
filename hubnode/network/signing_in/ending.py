"""Signing out everywhere: whose sign-in here has ended is signed out at the hubs that were visited with it.

OpenID Connect Back-Channel Logout 1.0. That a sign-in has ended is derived from it, so nobody who ends one has to think
of it: signed out, ended from the list, deactivated, erased, agreement taken back. The worker tells the other hub, in no
request of a person, again until it answers, with a new token each time.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import signin
from federation.errors import ProtocolError, Unreachable
from hubnode.db import reading, transaction
from hubnode.network.node import Node
from hubnode.network.signing_in import claims as rules
from hubnode.network.signing_in import hubs, visitors
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.network.signing_in.models import HubConsent, HubSession
from hubnode.people.models import Account, SignIn

TOKEN_LIFE = timedelta(minutes=2)
"""How long a logout token may be used (Back-Channel Logout 1.0, 2.4: two minutes or less)."""
LEASE = timedelta(seconds=30)
PAUSES = tuple(timedelta(seconds=one) for one in (5, 30, 120, 300, 900))
"""After each try in vain; the last one is repeated until the visit has ended by itself."""
DEADLINE_S = 5.0
CAP_BYTES = 16 * 1024
TOKEN_FIELDS = frozenset({"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"})


def begin(session: Session, account_id: int, client: str, sign_in: int | None, now: datetime) -> str:
    """Remember that a code for another hub comes of this sign-in; the ``sid``. Part of the caller's transaction.

    Until `redeemed` nobody is told of its end, since nobody has been let in by it.
    """
    subject = sa.select(HubConsent.subject).where(HubConsent.account == account_id, HubConsent.client == client)
    sid = secrets.token_urlsafe(32)
    session.add(
        HubSession(
            sid=sid, client=client, subject=session.scalars(subject).one(), account=account_id, sign_in=sign_in,
            begun_at=None, expires_at=now + visitors.LASTING, due_at=now, attempts=0,
        )
    )  # fmt: skip
    return sid


def redeemed(session: Session, sid: str, now: datetime) -> None:
    """Note that the other hub has let the person in; part of the caller's transaction."""
    lasting = now + visitors.LASTING + rules.LEEWAY
    session.execute(sa.update(HubSession).where(HubSession.sid == sid).values(begun_at=now, expires_at=lasting))


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That another hub has to be told of an end, as a condition."""
    return sa.exists(_due(now))


def _due(now: datetime) -> sa.Select[int]:
    consent = sa.and_(HubConsent.account == HubSession.account, HubConsent.client == HubSession.client)
    ended = sa.or_(
        SignIn.id.is_(None), SignIn.revoked_at.is_not(None), SignIn.expires_at <= now,
        Account.id.is_(None), Account.active.is_(False), HubConsent.given_at.is_(None),
    )  # fmt: skip
    return (
        sa.select(HubSession.id)
        .outerjoin(SignIn, SignIn.id == HubSession.sign_in)
        .outerjoin(Account, Account.id == HubSession.account)
        .outerjoin(HubConsent, consent)
        .where(HubSession.begun_at.is_not(None), HubSession.due_at <= now, ended)
    )


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Take up to so many, by number; of two workers only one gets each. Part of the caller's transaction."""
    found = session.scalars(_due(now).order_by(HubSession.due_at).limit(limit)).all()
    return [str(number) for number in found if _claimed(session, number, now)]


def _claimed(session: Session, number: int, now: datetime) -> bool:
    mine = sa.update(HubSession).where(HubSession.id == number, HubSession.due_at <= now)
    taken = mine.values(due_at=now + LEASE, attempts=HubSession.attempts + 1).returning(HubSession.id)
    return session.scalar(taken) is not None


def tell(node: Node, number: int, now: datetime) -> bool:
    """Tell the other hub that a sign-in has ended; whether that is done with. No transaction is open meanwhile."""
    row = reading().get(HubSession, number)
    if row is None:
        return True
    client, attempts, over = row.client, row.attempts, row.expires_at <= now
    if not over and hubs.is_member(client):
        over = _post(node, client, token_of(node, client, row.subject, row.sid, now))
    elif not over:  # its visits count for nothing while it is no member; it may come back
        over = False
    with transaction() as session:
        it = HubSession.id == number
        if over:
            session.execute(sa.delete(HubSession).where(it))
        else:
            pause = PAUSES[min(attempts, len(PAUSES)) - 1]
            session.execute(sa.update(HubSession).where(it).values(due_at=now + pause))
    return over


def token_of(node: Node, client: str, subject: str, sid: str, now: datetime) -> str:
    """A logout token (Back-Channel Logout 1.0, 2.4), signed as ID tokens are."""
    issued = int(now.timestamp())
    said = {
        "iss": node.settings.base_url, "aud": client, "sub": subject, "sid": sid, "iat": issued,
        "exp": issued + int(TOKEN_LIFE.total_seconds()), "jti": secrets.token_urlsafe(16),
        "events": {signin.LOGOUT_EVENT: {}},
    }  # fmt: skip
    return hubs.keys().own.sign(said, signin.LOGOUT_TYPE, now)


def _post(node: Node, client: str, token: str) -> bool:
    """Hand the token over; whether the other hub has taken it, or will never."""
    body = urlencode({"logout_token": token}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    url = client + signin.BACKCHANNEL
    try:
        answer = node.wire.request(
            "POST", url, headers, body, origin=client, deadline_s=DEADLINE_S, cap_bytes=CAP_BYTES
        )
    except (Unreachable, ProtocolError):
        return False
    # 404 comes of a hub that does not know this yet; there the visit ends by itself.
    return answer.status in (200, 204, 404)


def hear(node: Node, token: str, now: datetime) -> int:
    """End the visits that a logout token of a home hub names; answers how many. Raises `SignInRefused`.

    Transactions of its own. A token is used up by this; of another hub's people none is touched.
    """
    issuer = hubs.claimed_issuer(token)
    header, said = hubs.keys().published.verify(token, issuer + signin.JWKS, issuer, now, (signin.ALGORITHM,))
    if header.get("typ") != signin.LOGOUT_TYPE:
        raise SignInRefused("bad-token", "this is no logout token")
    rules.check_issued(said, issuer, node.settings.base_url)
    expires = rules.check_times(said, now, TOKEN_LIFE)
    _check_event(said)
    sid, subject = rules.text(said, "sid", 128), rules.text(said, "sub", 255)
    if not sid or not subject:
        raise SignInRefused("bad-token", "the token does not say who and which sign-in")
    hubs.use_up("logout " + issuer, rules.text(said, "jti", hubs.MAX_JTI), expires + rules.LEEWAY)
    return visitors.end_of(issuer, subject, sid, now)


def _check_event(said: Mapping[str, Any]) -> None:
    """Raise `SignInRefused` unless this is about signing out: an ID token has a nonce and no event."""
    events = said.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(signin.LOGOUT_EVENT), dict):
        raise SignInRefused("bad-token", "the token is about no sign-out")
    if set(said) - TOKEN_FIELDS:
        raise SignInRefused("bad-token", "the token says more than a logout token does")


def sweep(now: datetime) -> None:
    """Forget what has ended by itself. A transaction of its own, where there is any."""
    if reading().scalar(sa.select(HubSession.id).where(HubSession.expires_at < now).limit(1)) is None:
        return
    with transaction() as session:
        session.execute(sa.delete(HubSession).where(HubSession.expires_at < now))
