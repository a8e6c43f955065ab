"""How often somebody may ask, who is told so, and the headers and errors that every answer has."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from hubnode.web.api1.kept import EXTENSION
from hubnode.web.api1.limits import MOST, WINDOW_S, Buckets, of_address
from tests.five import Five
from tests.hubnode.hubs import Hub
from tests.hubnode.web.api1.reading import API, PROBLEM, problem


def test_a_bucket_empties_and_fills_again() -> None:
    """As many at once as the quota, then as many as come in by time."""
    buckets = Buckets(6)
    left = [buckets.take("a", 100.0) for _ in range(7)]
    assert [one.granted for one in left] == [True] * 6 + [False]
    assert [one.remaining for one in left] == [5, 4, 3, 2, 1, 0, 0]
    assert left[-1].wait_s == WINDOW_S / 6
    assert buckets.take("b", 100.0).granted
    assert not buckets.take("a", 109.9).granted
    assert buckets.take("a", 120.1).granted


def test_waiting_as_long_as_told_is_enough() -> None:
    """For any quota."""
    for quota in (1, 7, 60, 600):
        buckets = Buckets(quota)
        while (left := buckets.take("a", 0.0)).granted:
            pass
        assert buckets.take("a", float(left.wait_s)).granted


def test_buckets_are_forgotten() -> None:
    """When they are full again, and at a bound in any case: nobody fills the memory with addresses."""
    buckets = Buckets(60)
    for number in range(MOST + 500):
        buckets.take(str(number), 0.0)
    assert len(buckets) == MOST
    buckets.take("later", WINDOW_S + 1.0)
    assert len(buckets) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "unsinn", True),
    ],
)
def test_households_share_a_bucket(one: str, other: str, same: bool) -> None:
    """Of IPv6 the whole network, of which one customer has more addresses than anybody can count."""
    assert (of_address(one) == of_address(other)) is same


def test_who_asks_too_often_is_told_when_to_come_back(hub: Hub) -> None:
    """429 with Retry-After; answers before it say what is left; other addresses go on."""
    hub.app.extensions[EXTENSION].buckets = Buckets(2)
    client = hub.app.test_client()
    first = client.get(f"{API}/hubs")
    assert first.headers["RateLimit-Policy"] == '"standard";q=2;w=60'
    assert first.headers["RateLimit"].startswith('"standard";r=1;t=')
    client.get(f"{API}/records?x=1")
    refused = client.get(f"{API}/hubs")
    problem(refused, 429, "too-many")
    assert 1 <= int(refused.headers["Retry-After"]) <= WINDOW_S
    assert client.get(f"{API}/hubs", environ_overrides={"REMOTE_ADDR": "192.0.2.9"}).status_code == 200
    assert client.options(f"{API}/hubs").status_code == 200
    assert client.get("/api/search").status_code == 200


def test_a_wrong_token_is_refused_and_counted(hub: Hub) -> None:
    """It is never read as none, and guessing is bounded like any asking."""
    hub.app.extensions[EXTENSION].buckets = Buckets(3)
    client = hub.app.test_client()
    for header in ("Bearer falsch", "Basic eDp5", ""):
        answer = client.get(f"{API}/hubs", headers={"Authorization": header})
        problem(answer, 401, "token")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    problem(client.get(f"{API}/hubs", headers={"Authorization": "Bearer noch einer"}), 429, "too-many")


def test_scripts_of_any_page_may_read_and_nothing_more(stranger: FlaskClient) -> None:
    """CORS for reads without credentials."""
    preflight = stranger.options(
        f"{API}/records", headers={"Origin": "https://uni.example", "Access-Control-Request-Method": "GET"}
    )
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" not in preflight.headers["Access-Control-Allow-Methods"]
    answer = stranger.get(f"{API}/records")
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]
    assert "noindex" in answer.headers["X-Robots-Tag"]


@pytest.mark.parametrize(("path", "status"), [("/nirgends", 404), ("/records/", 404), ("/hubs/a/b", 404)])
def test_errors_are_documents_everywhere_below(stranger: FlaskClient, path: str, status: int) -> None:
    """Also where no address is."""
    answer = stranger.get(API + path)
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/records", "/hubs", "/openapi.json"])
def test_other_methods_are_refused_with_those_there_are(stranger: FlaskClient, path: str, method: str) -> None:
    """The header of a 405 is not lost on the way."""
    answer = stranger.open(API + path, method=method)
    assert (answer.status_code, answer.mimetype) == (405, PROBLEM)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_pages_keep_their_errors(stranger: FlaskClient) -> None:
    """The library does not answer for the rest of the node."""
    assert stranger.get("/nirgends").mimetype == "text/html"


def test_an_unforeseen_error_names_nothing(five: Five, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document without a cause."""
    monkeypatch.setattr("hubnode.web.api1.doors.shown_hubs", lambda: 1 / 0)
    answer = five.wilster.app.test_client().get(f"{API}/hubs")
    assert (answer.status_code, answer.mimetype) == (500, PROBLEM)
    assert "division" not in answer.text
