"""Other hubs as clients and as issuers: who is one, and the proof by which a client shows that it is one."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError

from federation.signin import ALGORITHM, ASSERTION_LIFE_S, ASSERTION_TYPE, JWKS
from hubnode.db import reading, transaction
from hubnode.network import peers
from hubnode.network.node import Node, current_node
from hubnode.network.signing_in import claims as rules
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.network.signing_in.jwks import PublishedKeys, claims_of
from hubnode.network.signing_in.models import UsedAssertion
from hubnode.network.signing_in.tokenkeys import TokenKeys

EXTENSION = "hubnode.signing_in"
MAX_JTI = 128


@dataclass(frozen=True, slots=True)
class Keys:
    """What a node needs to sign tokens and to read those of others."""

    own: TokenKeys
    published: PublishedKeys


def keys() -> Keys:
    """The keys of the node at work, made ready at the first use."""
    node = current_node()
    found = current_app.extensions.get(EXTENSION)
    if not isinstance(found, Keys):
        found = Keys(TokenKeys(node.settings.instance / "keys"), PublishedKeys(node.wire))
        current_app.extensions[EXTENSION] = found
    return found


def is_member(origin: str) -> bool:
    """Whether the hub at `origin` is an active member, neither suspended nor left nor unknown."""
    return peers.active(reading(), origin) is not None


def proof(node: Node, audience: str, now: datetime, client_id: str = "") -> str:
    """The proof of this hub as a client, for one use at the provider `audience` (RFC 7523, 2.2).

    Hubs know each other by their origins; an outside provider may have given this one another `client_id`.
    """
    client = client_id or node.settings.base_url
    made = {
        "iss": client,
        "sub": client,
        "aud": audience,
        "jti": secrets.token_urlsafe(16),
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + ASSERTION_LIFE_S,
    }
    return keys().own.sign(made, ASSERTION_TYPE, now)


@dataclass(frozen=True, slots=True)
class Proven:
    """That the hub at `origin` itself sends this request; `prove` makes it."""

    origin: str


def prove(node: Node, assertion: str, now: datetime) -> Proven:
    """The member who sends this assertion, which is used up by it; raises `SignInRefused`. Transactions of its own."""
    origin = _claimed(assertion, "sub")
    header, said = keys().published.verify(assertion, origin + JWKS, origin, now, (ALGORITHM,))
    if header.get("typ") != ASSERTION_TYPE or said.get("sub") != said.get("iss"):
        raise SignInRefused("bad-token", "this is no proof of a client")
    if said.get("aud") not in (node.settings.base_url, [node.settings.base_url]):
        raise SignInRefused("bad-token", "the proof is for somebody else")
    rules.check_issued(said, origin, node.settings.base_url)
    expires = rules.check_times(said, now, timedelta(minutes=5))
    use_up(origin, rules.text(said, "jti", MAX_JTI), expires + rules.LEEWAY)
    return Proven(origin)


def claimed_issuer(token: str) -> str:
    """The member that a token claims to be from, not verified; raises `SignInRefused` for everybody else."""
    return _claimed(token, "iss")


def _claimed(token: str, claim: str) -> str:
    origin = claims_of(token).get(claim)
    if not isinstance(origin, str) or not is_member(origin):
        raise SignInRefused("unknown-hub", "the client is no member")
    return origin


def use_up(origin: str, jti: str, expires: datetime) -> None:
    """Remember a token that proves once, or raise `SignInRefused` for one that has been used. Its own transaction."""
    if not jti:
        raise SignInRefused("bad-token", "the proof has no name")
    digest = hashlib.sha256(f"{origin}\0{jti}".encode()).hexdigest()
    try:
        with transaction() as session:
            session.add(UsedAssertion(digest=digest, expires_at=expires))
    except IntegrityError as error:
        raise SignInRefused("bad-token", "the proof was used before") from error


def forget_used(now: datetime) -> None:
    """Delete what could not be used again anyway. A transaction of its own."""
    if reading().scalar(sa.select(UsedAssertion.digest).where(UsedAssertion.expires_at < now).limit(1)):
        with transaction() as session:
            session.execute(sa.delete(UsedAssertion).where(UsedAssertion.expires_at < now))
