"""The change feed as programs ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin

PATH = "/feeds/aenderungen.ndjson"


@pytest.fixture
def here(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The hub in Wilster, with its pages."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991, pages=True)
    yield hub
    close(hub)


@pytest.fixture
def client(here: Hub) -> FlaskClient:
    """A program at Wilster's door."""
    return here.app.test_client()


def lines(answer: TestResponse) -> tuple[list[dict[str, object]], dict[str, object]]:
    """The changes, and the line that ends the answer."""
    assert (answer.status_code, answer.content_type) == (200, "application/x-ndjson")
    *found, end = [orjson.loads(line) for line in answer.data.splitlines()]
    assert end["op"] == "end"
    return found, end


def test_a_copy_is_kept_with_one_cursor(here: Hub, client: FlaskClient) -> None:
    """Page by page, then only what is new; what is gone is named by its id and nothing else."""
    ids = [here.publish("project", bodies.project()) for _ in range(3)]
    found, end = lines(client.get(f"{PATH}?limit=2"))
    assert [one["id"] for one in found] == [f"{here.origin}/r/{id}" for id in ids[:2]]
    assert found[0]["fields"]["title"] == bodies.project()["title"]  # type: ignore[index]
    assert end["more"] is True
    found, end = lines(client.get(f"{PATH}?limit=2&ab={end['cursor']}"))
    assert ([one["id"] for one in found], end["more"]) == ([f"{here.origin}/r/{ids[2]}"], False)
    assert lines(client.get(f"{PATH}?ab={end['cursor']}")) == ([], end)
    with here.at():
        service.erase(OPERATOR, ids[0], NOW)
    [gone], _end = lines(client.get(f"{PATH}?ab={end['cursor']}"))
    assert (gone.pop("at") is not None, gone) == (True, {"op": "gone", "id": f"{here.origin}/r/{ids[0]}"})


def test_many_changes_come_in_one_answer(here: Hub, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read bit by bit, and each of them once."""
    monkeypatch.setattr("hubnode.web.changes.AT_ONCE", 2)
    ids = {f"{here.origin}/r/{here.publish('project', bodies.project())}" for _ in range(7)}
    found, end = lines(client.get(PATH))
    assert (len(found), {one["id"] for one in found}, end["more"]) == (7, ids, False)
    found, end = lines(client.get(f"{PATH}?limit=5"))
    assert (len(found), end["more"]) == (5, True)


def test_it_can_be_narrowed(here: Hub, client: FlaskClient, tmp_path: Path, template: Path) -> None:
    """To kinds, hubs and topics; what no longer has the topic is gone for whoever asked for it."""
    there = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(here, there)
    remote, own = there.publish("event", bodies.event()), here.publish("project", bodies.project(topics=["ozg"]))
    carry(there, here)
    close(there)
    for asked, expected in (
        ("art=termine", f"{there.origin}/r/{remote}"),
        ("hub=127.0.0.1:5992", f"{there.origin}/r/{remote}"),
        ("hub=127.0.0.1:5991", f"{here.origin}/r/{own}"),
    ):
        assert [one["id"] for one in lines(client.get(f"{PATH}?{asked}"))[0]] == [expected]
    of_topic = lines(client.get(f"{PATH}?thema=ozg"))[0]
    assert {one["id"]: one["op"] for one in of_topic} == {
        f"{there.origin}/r/{remote}": "gone",
        f"{here.origin}/r/{own}": "put",
    }


@pytest.mark.parametrize(
    ("asked", "status", "problem"),
    [
        ("ab=7", 400, "bad-cursor"),
        ("ab=0123456789abcdef-3-0123456789abcdef", 410, "lost-cursor"),
        ("limit=1e9", 400, "bad-limit"),
        ("limit=1000000000", 400, "bad-limit"),
        ("limit=0", 400, "bad-limit"),
        ("limit=5&limit=6", 400, "bad-limit"),
        ("q=Rad", 400, "bad-filter"),
        ("seite=2", 400, "bad-filter"),
        ("wort=Rad", 400, "bad-filter"),
        ("thema=nichts", 404, "bad-filter"),
        ("hub=nirgends.example", 404, "bad-filter"),
    ],
)
def test_what_means_nothing_is_refused_by_name(client: FlaskClient, asked: str, status: int, problem: str) -> None:
    """Before the first line."""
    answer = client.get(f"{PATH}?{asked}")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.get_json(force=True)["type"] == f"urn:x-hubnode:problem:{problem}"


def test_of_people_only_the_function_is_told(here: Hub, client: FlaskClient) -> None:
    """No withdrawn consent calls anything else back."""
    here.publish("expertise", bodies.expertise(field_visibility={"topics": "public", "offers": "public"}))
    [one], _end = lines(client.get(PATH))
    assert set(one["fields"]) <= {"function", "organisation", "topics", "level", "offers"}  # type: ignore[call-overload]
