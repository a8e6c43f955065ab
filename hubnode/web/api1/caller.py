"""Who asks: nobody in particular, or the holder of a token. No cookie is looked at here, so no page can abuse one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request

from hubnode.people.viewer import ANONYMOUS, Viewer
from hubnode.web.api1.limits import of_address
from hubnode.web.api1.problems import Problem

CHALLENGE = 'Bearer realm="hubnode", error="invalid_token"'


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks, what this somebody may see, and what the token was made for."""

    viewer: Viewer
    bucket: str
    """Whose requests are counted together."""
    scopes: frozenset[str] = frozenset()


def api_viewer(request: Request) -> Caller:
    """Who sent this request; raises `Problem` (401, RFC 6750) for a token that does not hold here.

    This is the one place that knows of tokens. A wrong one is never read as none: a program that believes it sees
    everything must not take what is public for all there is.
    """
    if request.headers.get("Authorization") is None:
        return Caller(ANONYMOUS, of_address(request.remote_addr or ""))
    raise Problem("token", headers={"WWW-Authenticate": CHALLENGE})
