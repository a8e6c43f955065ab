"""Who asks: nobody in particular, or the holder of a token. No cookie is looked at here, so no page can abuse one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Request

from hubnode.people.tokens import Held
from hubnode.people.viewer import ANONYMOUS, Viewer
from hubnode.web import bearer
from hubnode.web.api1.limits import of_address
from hubnode.web.api1.problems import Problem

PROBLEMS = {"invalid_request": "token-place", "invalid_token": "token", "insufficient_scope": "scope"}
"""What refusals of a token are called here."""
DRAFTS = "/api/v1/drafts"
"""Below it only those read who write."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks, what this somebody may see, and what the token was made for."""

    viewer: Viewer
    bucket: str
    """Whose requests are counted together."""
    scopes: frozenset[str] = frozenset()
    token: Held | None = None


def api_viewer(request: Request) -> Caller:
    """Who sent this request; raises `Problem` (RFC 6750) for a token that does not hold here.

    This is the one place that knows of tokens. A wrong one is never read as none: a program that believes it sees
    everything must not take what is public for all there is.
    """
    try:
        held = bearer.held(request, _scope(request))
    except bearer.Refused as refusal:
        raise Problem(PROBLEMS[refusal.error], headers={"WWW-Authenticate": refusal.challenge}) from refusal
    if held is None:
        return Caller(ANONYMOUS, of_address(request.remote_addr or ""))
    return Caller(held.viewer("network:read"), f"token:{held.id}", held.scopes, held)


def _scope(request: Request) -> str:
    """What a token must be made for, so that this address listens to it."""
    writes = request.method not in ("GET", "HEAD") or request.path.startswith(DRAFTS)
    return "records:write" if writes else "records:read"
