"""Records for programs: what is given, page by page, and every refusal."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from hubnode.db import transaction
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from hubnode.records.models import Log
from hubnode.web.api1.items import BY_NAME, PARTS
from hubnode.web.api1.kept import EXTENSION
from hubnode.web.api1.limits import Buckets
from tests.five import Five
from tests.hubnode import bodies
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web.api1.reading import API, asked, problem, walked


@pytest.fixture(autouse=True)
def _no_haste(request: pytest.FixtureRequest) -> None:
    """Nobody is asked to wait, except where that is tried."""
    for name in {"five", "hub"} & set(request.fixturenames):
        found = request.getfixturevalue(name)
        app = found.wilster.app if isinstance(found, Five) else found.app
        app.extensions[EXTENSION].buckets = Buckets(1_000_000)


@pytest.mark.parametrize(
    "query", ["", "q=Parkplatz", "art=projekte&phase=P4", "art=termine&sort=bald", "sort=titel", "thema=focus-mobility"]
)
def test_programs_get_what_the_search_finds(stranger: FlaskClient, query: str) -> None:
    """The same parameters mean the same, in the same order."""
    search = stranger.get(f"/api/search?{query}").get_json()
    page = asked(stranger, f"/records?{query}")
    assert [record["id"] for record in page["items"]] == [hit["id"] for hit in search["items"]]
    assert page["total"] == search["total"] > 0


@pytest.mark.parametrize("query", ["limit=7", "limit=7&sort=titel", "limit=2&art=termine&sort=bald", "limit=1&q=Amt"])
def test_pages_lead_through_the_whole_list(stranger: FlaskClient, query: str) -> None:
    """Every record is met once, in every order."""
    ids = [record["id"] for record in walked(stranger, query)]
    assert len(ids) == len(set(ids)) == asked(stranger, f"/records?{query}")["total"]
    one_page = asked(stranger, f"/records?{query.replace(query.split('&')[0], 'limit=100')}")
    assert [record["id"] for record in one_page["items"]] == ids


def test_what_is_added_meanwhile_moves_nothing(hub: Hub) -> None:
    """A new record before the cursor neither repeats nor hides one behind it."""
    client = hub.app.test_client()
    for number in range(4):
        hub.publish("project", bodies.project(f"Vorhaben {number}"), now=NOW + timedelta(minutes=number))
    first = asked(client, "/records?limit=2")
    hub.publish("project", bodies.project("Ganz neu"), now=NOW + timedelta(hours=1))
    second = asked(client, f"/records?limit=2&cursor={first['next']}")
    titles = [record["title"]["de"] for page in (first, second) for record in page["items"]]
    assert titles == ["Vorhaben 3", "Vorhaben 2", "Vorhaben 1", "Vorhaben 0"]
    assert second["next"] is None


def test_a_record_says_all_that_may_be_seen(stranger: FlaskClient, five: Five) -> None:
    """By hub and number, and by its global id, here and from another hub."""
    for record in asked(stranger, "/records?limit=100")["items"]:
        assert set(record) == set(PARTS)
        host = record["hub"].split("://")[1]
        assert asked(stranger, f"/records/{host}/{record['number']}") == record
        assert asked(stranger, f"/records/by-id?id={quote(record['id'])}") == record
        assert stranger.get(record["url"].removeprefix(five.wilster.origin)).status_code == 200


def test_people_appear_by_function(stranger: FlaskClient) -> None:
    """No name, title, number or portrait of a person, whatever the person has opened on pages."""
    found = asked(stranger, "/records?art=expertise&limit=100")["items"]
    assert found
    for record in found:
        assert record["title"] == record["body"]["function"]
        assert BY_NAME.isdisjoint(record["body"])


def test_a_cookie_shows_no_more(coordinator: FlaskClient, stranger: FlaskClient) -> None:
    """Only tokens count here, so no page can use somebody's sign-in."""
    assert asked(coordinator, "/records?limit=100") == asked(stranger, "/records?limit=100")


def test_only_what_was_asked_for(stranger: FlaskClient) -> None:
    """Members by name, fields of the body with a dot; the id is always there."""
    for record in asked(stranger, "/records?art=projekte&fields=title,body.phase")["items"]:
        assert set(record) == {"id", "title", "body"}
        assert set(record["body"]) == {"phase"}
    (one, *_) = asked(stranger, "/records?limit=1")["items"]
    assert set(asked(stranger, f"/records/by-id?id={one['id']}&fields=url")) == {"id", "url"}


def test_an_unchanged_answer_is_not_sent_again(hub: Hub) -> None:
    """304 for lists, records and hubs until something changes."""
    client = hub.app.test_client()
    id = hub.publish("project", bodies.project())
    paths = ("/records", f"/records/127.0.0.1:5991/{id}", f"/records/127.0.0.1:5991/{id}/versions", "/hubs", "/kinds")
    tags = {path: client.get(API + path).headers["ETag"] for path in paths}
    for path, tag in tags.items():
        again = client.get(API + path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    hub.revise(id, contact_role={"de": "Bauhof"})
    for path in paths[:3]:
        changed = client.get(API + path, headers={"If-None-Match": tags[path]})
        assert changed.status_code == 200
    assert asked(client, paths[1])["revision"] == 2
    assert [one["revision"] for one in asked(client, paths[2])["items"]] == [2]


def test_a_kept_page_shows_no_older_version(hub: Hub) -> None:
    """Bytes are kept by version: a change is in the next answer, and nothing of the former is held any more."""
    client = hub.app.test_client()
    ids = [hub.publish("project", bodies.project(f"Vorhaben {number}")) for number in range(3)]
    asked(client, "/records")
    pieces = hub.app.extensions[EXTENSION].pieces
    assert len(pieces) == 3
    hub.revise(ids[0], title={"de": "Umbenannt"})
    assert asked(client, "/records")["items"][0]["title"] == {"de": "Umbenannt"}
    assert len(pieces) == 3
    with hub.at():
        service.erase(OPERATOR, ids[1], NOW + timedelta(hours=2))
    assert len(asked(client, "/records")["items"]) == len(pieces) == 2


def test_what_was_withdrawn_is_gone_and_what_never_was_public_is_nowhere(hub: Hub) -> None:
    """410 tells a program to let go of its copy; a record of the hub alone does not even say that it is there."""
    client = hub.app.test_client()
    public, inner = hub.publish("project", bodies.project()), hub.publish("project", bodies.project(), "hub")
    problem(client.get(f"{API}/records/127.0.0.1:5991/{inner}"), 404, "not-found")
    with hub.at():
        service.withdraw(OPERATOR, public, NOW + timedelta(hours=1))
        service.withdraw(OPERATOR, inner, NOW + timedelta(hours=1))
    for path in (f"/records/127.0.0.1:5991/{public}", f"/records/by-id?id={hub.origin}/r/{public}"):
        problem(client.get(API + path), 410, "gone")
    problem(client.get(f"{API}/records/127.0.0.1:5991/{public}/versions"), 410, "gone")
    problem(client.get(f"{API}/records/127.0.0.1:5991/{inner}"), 404, "not-found")
    assert asked(client, "/records")["items"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("farbe=blau", "farbe"),
        ("seite=2", "seite"),
        ("art=fahrraeder", "art"),
        ("hub=gibtsnicht.example", "hub"),
        ("thema=gibtsnicht", "thema"),
        ("phase=P1", "phase"),
        ("art=projekte&phase=P99", "phase"),
        ("sort=treffer", "sort"),
        ("zeit=vergangen", "zeit"),
        ("q=a%00b", "q"),
        ("limit=1000000000", "limit"),
        ("limit=1e9", "limit"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=5&limit=6", "limit"),
        ("fields=", "fields"),
        ("fields=title,", "fields"),
        ("fields=passwort", "fields"),
        ("fields=body.nichts", "fields"),
        ("cursor=a&cursor=b", "cursor"),
    ],
)
def test_a_flaw_of_the_address_is_named(stranger: FlaskClient, query: str, parameter: str) -> None:
    """Nothing is passed over, so no answer is taken for one to another question."""
    told = problem(stranger.get(f"{API}/records?{query}"), 400, "address")
    assert [error["parameter"] for error in told["errors"]] == [parameter]


@pytest.mark.parametrize("cursor", ["", "abc", "x" * 3_000, "ä", "%00", "AAAA" * 20])
def test_a_broken_cursor_is_refused(stranger: FlaskClient, cursor: str) -> None:
    """By name."""
    problem(stranger.get(f"{API}/records?cursor={cursor}"), 400, "cursor-broken")


def test_an_altered_cursor_is_refused(stranger: FlaskClient) -> None:
    """Each sign of it counts."""
    cursor = asked(stranger, "/records?limit=1")["next"]
    for place in range(0, len(cursor), 9):
        other = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        problem(stranger.get(f"{API}/records?limit=1&cursor={other}"), 400, "cursor-broken")


@pytest.mark.parametrize("query", ["limit=1&q=Amt", "limit=1&art=projekte", "limit=1&sort=titel"])
def test_a_cursor_of_other_filters_is_refused(stranger: FlaskClient, query: str) -> None:
    """It would answer a question that nobody asked."""
    cursor = asked(stranger, "/records?limit=1")["next"]
    problem(stranger.get(f"{API}/records?{query}&cursor={cursor}"), 400, "cursor-filters")


def test_a_cursor_goes_on_with_another_size_of_page(stranger: FlaskClient) -> None:
    """Filters are bound, the size of a page and the fields are not."""
    first = asked(stranger, "/records?limit=3&art=projekte")
    second = asked(stranger, f"/records?limit=100&art=projekte&fields=id&cursor={first['next']}")
    assert len(second["items"]) == second["total"] - 3


def test_a_cursor_of_another_epoch_is_refused(hub: Hub) -> None:
    """After the log has begun anew, nobody goes on as if nothing had happened."""
    client = hub.app.test_client()
    for number in range(2):
        hub.publish("project", bodies.project(f"Vorhaben {number}"))
    cursor = asked(client, "/records?limit=1")["next"]
    with hub.at(), transaction() as session:
        session.execute(sa.update(Log).where(Log.own).values(log_id="0" * 32))
    problem(client.get(f"{API}/records?limit=1&cursor={cursor}"), 400, "cursor-epoch")


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/records/by-id", "id"),
        ("/records/by-id?id=x&id=y", "id"),
        ("/records/by-id?id=x&art=projekte", "art"),
        ("/records/hub.example/01KBD3S9T2Q4W6Y8A0C2E4G6H8?fields=nichts", "fields"),
        ("/records/hub.example/01KBD3S9T2Q4W6Y8A0C2E4G6H8/versions?fields=id", "fields"),
        ("/hubs?art=projekte", "art"),
        ("/hubs/hub.example?x=", "x"),
        ("/vocabularies?lang=en", "lang"),
        ("/vocabularies/topics?lang=en", "lang"),
        ("/kinds?q=", "q"),
    ],
)
def test_every_address_refuses_what_it_does_not_know(stranger: FlaskClient, path: str, parameter: str) -> None:
    """By name, before anything is looked for."""
    told = problem(stranger.get(API + path), 400, "address")
    assert parameter in [error["parameter"] for error in told["errors"]]


@pytest.mark.parametrize(
    "path",
    [
        "/records/hub.example/01KBD3S9T2Q4W6Y8A0C2E4G6H8",
        "/records/hub.example/01KBD3S9T2Q4W6Y8A0C2E4G6H8/versions",
        "/records/by-id?id=https://hub.example/r/01KBD3S9T2Q4W6Y8A0C2E4G6H8",
        "/records/by-id?id=quatsch",
        "/hubs/hub.example",
        "/vocabularies/nichts",
    ],
)
def test_what_is_not_here_is_not_found(stranger: FlaskClient, path: str) -> None:
    """Whether it never was or may not be seen."""
    problem(stranger.get(API + path), 404, "not-found")


def test_hubs_say_how_fresh_their_copy_is(stranger: FlaskClient, five: Five) -> None:
    """State and counts of each, as the caller may see them."""
    hubs = {one["id"]: one for one in asked(stranger, "/hubs")["items"]}
    assert set(hubs) == set(five.origins.values())
    assert hubs[five.origins["hennstedt"]]["state"] == "down"
    assert hubs[five.wilster.origin]["here"] is True
    for origin, one in hubs.items():
        assert asked(stranger, f"/hubs/{one['host']}") == one
        listed = asked(stranger, f"/records?hub={origin.split('://')[1]}&art=projekte")
        assert listed["total"] == one["records"]["project"]


def test_vocabularies_name_what_fields_and_filters_take(stranger: FlaskClient) -> None:
    """Topics with what is above them, and the values of every choice, in both languages."""
    names = asked(stranger, "/vocabularies")["items"]
    assert {"topics", "phase", "offer"} <= set(names)
    for name in names:
        concepts = asked(stranger, f"/vocabularies/{name}")["concepts"]
        assert all(set(one["name"]) == {"de", "en"} for one in concepts)
    topics = {one["id"]: one for one in asked(stranger, "/vocabularies/topics")["concepts"]}
    assert all(one["broader"] in topics for one in topics.values() if one["broader"])


def test_kinds_name_filters_that_work(stranger: FlaskClient) -> None:
    """Each value of each filter that they name is accepted."""
    for kind in asked(stranger, "/kinds")["items"]:
        for one in kind["filters"]:
            for value in one["values"][:2] or ["01061"]:
                asked(stranger, f"/records?art={kind['art']}&{one['name']}={value}")
        assert {"de", "en"} == set(kind["label"])


def test_any_tag_is_no_way_around_the_reading(stranger: FlaskClient) -> None:
    """A star asks whether there is anything; for a wrong address there is not."""
    star = {"If-None-Match": "*"}
    assert stranger.get(f"{API}/records", headers=star).status_code == 304
    problem(stranger.get(f"{API}/records?limit=0", headers=star), 400, "address")
