"""Signing in here with the account of another hub: the way there, and what is asked of the answer before it counts.

Nothing that the other side says decides where anything is sent: all addresses come of its origin (`federation.signin`).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.common.errors import AuthlibBaseError

from federation import signin
from hubnode.network.node import Node
from hubnode.network.signing_in import carrying, hubs
from hubnode.network.signing_in import claims as rules
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.network.signing_in.visitors import Vouched

LIFE = timedelta(minutes=10)
"""How long somebody may take at the home hub."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in that is under way: kept in the signed cookie of the browser that began it, and in no other."""

    issuer: str
    state: str
    nonce: str
    verifier: str
    wanted: str
    until: datetime
    invitation: str = ""
    """The link by which somebody was invited who wants to sign in with an outside provider from now on."""

    def to_json(self) -> list[str]:
        """As it stands in the cookie."""
        secrets_ = [self.state, self.nonce, self.verifier]
        return [self.issuer, *secrets_, self.wanted, self.until.isoformat(), self.invitation]

    @classmethod
    def from_json(cls, kept: object) -> Attempt:
        """What the cookie holds; raises `SignInRefused` where it holds none."""
        if not isinstance(kept, list) or len(kept) != 7:
            raise SignInRefused("expired", "this browser has not begun a sign-in")
        issuer, state, nonce, verifier, wanted, until, invitation = map(str, kept)
        return cls(issuer, state, nonce, verifier, wanted, datetime.fromisoformat(until), invitation)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser brings back: the parameters of the callback, each at most once."""

    code: str = ""
    state: str = ""
    issuer: str = ""
    error: str = ""

    @classmethod
    def of(cls, given: Mapping[str, list[str]]) -> Answer:
        """The answer in the parameters of an address; raises `SignInRefused` where one comes twice."""
        if any(len(values) > 1 or len(values[0]) > 1000 for values in given.values()):
            raise SignInRefused("refused", "a parameter comes twice or is too long")
        one = {name: values[0] for name, values in given.items()}
        return cls(one.get("code", ""), one.get("state", ""), one.get("iss", ""), one.get("error", ""))


def begin(issuer: str, wanted: str, now: datetime, invitation: str = "") -> Attempt:
    """A new attempt with secrets of its own."""
    token = secrets.token_urlsafe
    return Attempt(issuer, token(24), token(24), token(48), wanted, now + LIFE, invitation)


def check(attempt: Attempt, issuer: str, answer: Answer, now: datetime, *, names_issuer: bool = True) -> str:
    """The code of an answer that belongs to this attempt and comes from this issuer; raises `SignInRefused`.

    RFC 9207 against a mix-up: the answer names its issuer, and its address does too. An outside provider that does not
    name itself (`names_issuer`) must at least not name another.
    """
    if not answer.state or not hmac.compare_digest(attempt.state.encode(), answer.state.encode()):
        raise SignInRefused("expired", "the answer belongs to no sign-in of this browser")
    if attempt.issuer != issuer or (answer.issuer != issuer and (names_issuer or answer.issuer)):
        raise SignInRefused("mixed-up", "the answer comes from another hub than the one that was asked")
    if now >= attempt.until:
        raise SignInRefused("expired", "the sign-in took too long")
    if answer.error:
        raise SignInRefused("denied" if answer.error == "access_denied" else "refused", "the home hub said no")
    if not answer.code:
        raise SignInRefused("refused", "the answer has no code")
    return answer.code


def address(node: Node, attempt: Attempt) -> str:
    """Where the browser goes: to the sign-in of the home hub. Raises `SignInRefused` for who is no member."""
    origin = _member(attempt.issuer)
    made = _client(node, origin).create_authorization_url(
        origin + signin.AUTHORIZE, state=attempt.state, code_verifier=attempt.verifier, nonce=attempt.nonce
    )
    return str(made[0])


def finish(node: Node, attempt: Attempt, answer: Answer, issuer: str, now: datetime) -> Vouched:
    """For whom the home hub vouches; raises `SignInRefused`. No transaction may be open: it asks the home hub."""
    code = check(attempt, _member(issuer), answer, now)
    token = _redeemed(node, issuer, code, attempt.verifier, now)
    header, said = hubs.keys().published.verify(token, issuer + signin.JWKS, issuer, now, (signin.ALGORITHM,))
    if header.get("typ") != signin.ID_TOKEN_TYPE:
        raise SignInRefused("bad-token", "this is no ID token")
    rules.check_issued(said, issuer, node.settings.base_url)
    rules.check_times(said, now)
    rules.check_nonce(said, attempt.nonce)
    _member(issuer)  # it may have been suspended while it was asked
    return _vouched(issuer, said)


def _vouched(issuer: str, said: Mapping[str, Any]) -> Vouched:
    subject, name = rules.text(said, "sub", 255), rules.text(said, "name", 120)
    belonging = rules.text(said, "eduperson_scoped_affiliation", 320)
    if not subject or not name:
        raise SignInRefused("bad-token", "the home hub does not say who this is")
    if belonging and not signin.belongs(belonging, issuer):
        raise SignInRefused("bad-affiliation", "the home hub speaks for another organisation")
    return Vouched(issuer, subject, name, belonging, rules.text(said, "sid", 128))


def _redeemed(node: Node, issuer: str, code: str, verifier: str, now: datetime) -> str:
    """The ID token for a code."""
    url = issuer + signin.TOKEN
    try:
        made = _client(node, issuer).fetch_token(
            url,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            client_assertion_type=signin.CLIENT_ASSERTION,
            client_assertion=hubs.proof(node, issuer, now),
        )
    except carrying.NO_ANSWER as error:
        raise SignInRefused("unreachable", "the home hub does not answer") from error
    except (AuthlibBaseError, ValueError, TypeError, KeyError) as error:
        raise SignInRefused("refused", "the home hub does not take the code") from error
    token = made.get("id_token")
    if not isinstance(token, str):
        raise SignInRefused("refused", "the home hub sent no ID token")
    return token


def _client(node: Node, issuer: str) -> Any:
    own = node.settings.base_url
    return carrying.session(
        node.wire,
        issuer,
        own,
        scope=" ".join(signin.SCOPES),
        redirect_uri=signin.callback_of(own, issuer),
        code_challenge_method="S256",
        token_endpoint_auth_method="none",  # noqa: S106 - the proof goes with the request, not with Authlib
    )


def _member(origin: str) -> str:
    if not hubs.is_member(origin):
        raise SignInRefused("unknown-hub", "this hub is no member")
    return origin
