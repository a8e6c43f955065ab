"""The keys that other hubs publish for their tokens: fetched over the guarded wire, kept, seldom asked for."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from federation.errors import ProtocolError, Unreachable
from federation.wire import Wire
from hubnode.network.signing_in.errors import SignInRefused

KEPT = timedelta(minutes=10)
"""After which a set of keys is fetched anew: so long a key that its hub has dropped may still be believed."""
PAUSE = timedelta(seconds=30)
"""Between two fetches because of a key that is not in the set, or of a hub that did not answer."""
DEADLINE_S = 5.0
MAX_BYTES = 64 * 1024
MAX_TOKEN = 16 * 1024
"""Characters of the longest token that is read."""


@dataclass(frozen=True, slots=True)
class Held:
    """The keys of one address, by their names."""

    keys: KeySet
    names: frozenset[str]
    fetched_at: datetime


class PublishedKeys:
    """What this process holds of the keys that others publish; safe for several threads."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._held: dict[str, Held] = {}
        self._failed: dict[str, datetime] = {}

    def verify(
        self, token: str, url: str, origin: str, now: datetime, algorithms: Collection[str]
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """Header and claims of a token signed by a key published at `url`; raises `SignInRefused`.

        The algorithm is one of `algorithms`, whatever the token says of itself; its key is named, and of that kind.
        """
        if len(token) > MAX_TOKEN:
            raise SignInRefused("bad-token", "the token is too long")
        header = header_of(token)
        if header.get("alg") not in algorithms:
            raise SignInRefused("bad-token", "the token is not signed as agreed")
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise SignInRefused("bad-token", "the token names no key")
        held = self._with(kid, url, origin, now)
        try:
            read = jwt.decode(token, held.keys, list(algorithms))
        except (JoseError, ValueError, TypeError) as error:
            raise SignInRefused("bad-token", "the signature does not fit") from error
        return read.header, read.claims

    def _with(self, kid: str, url: str, origin: str, now: datetime) -> Held:
        """A set that has this key; fetched anew once where the one held is old or lacks it."""
        held = self._held.get(url)
        if held and kid in held.names and now - held.fetched_at < KEPT:
            return held
        if held and now - held.fetched_at < PAUSE:
            raise SignInRefused("bad-token", "the key is not among the published ones")
        fetched = self._fetched(url, origin, now)
        if kid not in fetched.names:
            raise SignInRefused("bad-token", "the key is not among the published ones")
        return fetched

    def _fetched(self, url: str, origin: str, now: datetime) -> Held:
        """Ask for the keys, unless they were asked for in vain just now: strangers must not make this node wait."""
        if now < self._failed.get(url, now - PAUSE) + PAUSE:
            raise SignInRefused("unreachable", "the keys were asked for in vain just now")
        try:
            fetched = self._fetch(url, origin, now)
        except SignInRefused:
            self._failed[url] = now
            raise
        with self._lock:
            self._held[url] = fetched
            self._failed.pop(url, None)
        return fetched

    def _fetch(self, url: str, origin: str, now: datetime) -> Held:
        document = fetch_json(self._wire, url, origin)
        found = document.get("keys")
        public = [one for one in found if _usable(one)] if isinstance(found, list) else []
        try:
            return Held(KeySet.import_key_set({"keys": public}), frozenset(one["kid"] for one in public), now)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise SignInRefused("unreachable", "the published keys can't be read") from error


def fetch_json(wire: Wire, url: str, origin: str) -> dict[str, Any]:
    """The object at an address of `origin`; raises `SignInRefused`."""
    try:
        answer = wire.request(
            "GET", url, {"Accept": "application/json"}, None, origin=origin, deadline_s=DEADLINE_S, cap_bytes=MAX_BYTES
        )
    except (Unreachable, ProtocolError) as error:
        raise SignInRefused("unreachable", f"{origin} does not answer") from error
    if answer.status != 200:
        raise SignInRefused("unreachable", f"{origin} answered with status {answer.status}")
    try:
        document = json.loads(answer.body)
    except ValueError as error:
        raise SignInRefused("unreachable", f"{origin} answered with what is no JSON") from error
    if not isinstance(document, dict):
        raise SignInRefused("unreachable", f"{origin} answered with what is no object")
    return document


def header_of(token: str) -> dict[str, Any]:
    """What a token says of itself, not yet verified; raises `SignInRefused` for what is no compact JWS."""
    if token.count(".") != 2:
        raise SignInRefused("bad-token", "no compact signature")
    return _part(token, 0)


def claims_of(token: str) -> dict[str, Any]:
    """What a token claims, not verified: good for nothing but finding out whose keys to ask for."""
    if token.count(".") != 2:
        raise SignInRefused("bad-token", "no compact signature")
    return _part(token, 1)


def _part(token: str, number: int) -> dict[str, Any]:
    part = token.split(".")[number]
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError as error:
        raise SignInRefused("bad-token", "no compact signature") from error
    if not isinstance(found, dict):
        raise SignInRefused("bad-token", "no compact signature")
    return found


def _usable(key: object) -> bool:
    """A public key with a name that is not said to be for something else; a shared secret is none."""
    return (
        isinstance(key, dict)
        and isinstance(key.get("kid"), str)
        and key.get("kty") in ("EC", "RSA", "OKP")
        and "d" not in key
        and key.get("use", "sig") == "sig"
    )
