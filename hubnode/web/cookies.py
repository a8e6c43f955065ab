"""The cookie of a sign-in or a visit: no script reads it, no other site sends it, no plain HTTP carries it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from hubnode.people import sessions
from hubnode.web.context import hub_settings


def token() -> str | None:
    """The token that this browser shows."""
    return request.cookies.get(sessions.cookie_name(hub_settings().base_url))


def keep(answer: Response, value: str, days: int | None) -> None:
    """Give a token to the browser, for so many days or until it is closed."""
    answer.set_cookie(_name(), value, max_age=timedelta(days=days) if days else None, **_kind())


def drop(answer: Response) -> None:
    """Take the token from the browser."""
    answer.delete_cookie(_name(), **_kind())


def _name() -> str:
    return sessions.cookie_name(hub_settings().base_url)


def _kind() -> dict[str, Any]:
    secure = hub_settings().base_url.startswith("https://")
    return {"path": "/", "secure": secure, "httponly": True, "samesite": "Lax"}
