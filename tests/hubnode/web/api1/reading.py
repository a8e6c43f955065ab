"""How tests of the interface ask."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

API = "/api/v1"
PROBLEM = "application/problem+json"


def asked(client: FlaskClient, path: str) -> dict[str, Any]:
    """What comes back for a request without flaws."""
    answer = client.get(API + path)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def walked(client: FlaskClient, query: str) -> list[dict[str, Any]]:
    """All records of a list, page after page."""
    page = asked(client, f"/records?{query}")
    found = page["items"]
    while page["next"] is not None:
        page = asked(client, f"/records?{query}&cursor={page['next']}")
        found += page["items"]
    return list(found)


def problem(answer: TestResponse, status: int, name: str) -> dict[str, Any]:
    """A problem document (RFC 9457) of this name."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == PROBLEM
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["status"] == status
    assert told["title"]
    assert told["type"].endswith(f"/api#{name}")
    return told
