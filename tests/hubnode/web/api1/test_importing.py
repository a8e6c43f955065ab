"""Many records at once: all or none, once for each key, and every refusal with the place of what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from hubnode.db import reading, transaction
from hubnode.network.node import current_node
from hubnode.people.models import Account
from hubnode.people.viewer import OPERATOR
from hubnode.records import imports, service
from hubnode.records.import_models import ImportKey
from hubnode.records.models import LogEntry, Record
from hubnode.web.api1 import problems
from hubnode.web.api1.kept import EXTENSION
from hubnode.web.api1.limits import Buckets
from hubnode.work.chores import CHORES
from tests.hubnode import bodies, persons
from tests.hubnode.feeds.bodies import event, expertise
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.web.api1.reading import API, problem
from tests.hubnode.web.api1.test_writing import Program, document
from tests.hubnode.web.desk import account
from tests.migrated import migrate

ULID = "01JD00000000000000000000{}"


@pytest.fixture(scope="module")
def wilster(tmp_path_factory: pytest.TempPathFactory, password_hash: str) -> Iterator[Hub]:
    """A hub with a coordinator and an editor, for all tests here; each uses keys of its own."""
    folder = tmp_path_factory.mktemp("imports")
    migrate(f"sqlite:///{folder / 'template.db'}")
    hub = make_hub(folder / "wilster", folder / "template.db", "Wilster", 5991, pages=True)
    with hub.at(), transaction() as session:
        session.add_all(account(*who, password_hash) for who in (("Bob", "coordinator"), ("Dora", "editor")))
    hub.app.extensions[EXTENSION].buckets = Buckets(1_000_000)
    yield hub
    close(hub)


@pytest.fixture(scope="module")
def bob(wilster: Hub) -> Program:
    """A program of the coordinator."""
    return Program(wilster, "coordinator")


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key that no other test uses."""
    return f'"{request.node.name[:150].encode().hex()[:190]}"'


def sent(program: Program, key: str, documents: object, **more: Any) -> TestResponse:
    """An import of these documents."""
    return program.ask("POST", "/records/import", json=documents, headers={"Idempotency-Key": key}, **more)


def state(hub: Hub) -> list[int | None]:
    """How many records, entries of the log and remembered imports there are."""
    counted = [sa.select(sa.func.count()).select_from(one) for one in (Record, LogEntry, ImportKey)]
    with hub.at():
        return [reading().scalar(one) for one in counted]


def test_all_are_published_and_the_answer_says_where(bob: Program, wilster: Hub, key: str) -> None:
    """In the order in which they were sent; what was there already is revised."""
    known = ULID.format("AA")
    first = sent(bob, key, [document(id=known), document(bodies.project("Zweites"))])
    assert first.status_code == 200, first.text
    told = first.get_json()
    assert told["total"] == 2
    assert [one["number"] == known for one in told["items"]] == [True, False]
    stranger, place = wilster.app.test_client(), f"{API}/records/{wilster.origin.split('//')[1]}"
    for one in told["items"]:
        shown = stranger.get(f"{place}/{one['number']}").get_json()
        assert (shown["id"], shown["revision"]) == (one["id"], one["revision"])
    again = sent(bob, f'"{key[1:-1]} 2"', [document(bodies.project("Anders"), id=known)])
    assert again.get_json()["items"][0]["revision"] == 2


def test_lines_are_taken_too(bob: Program, key: str) -> None:
    """Empty ones are none."""
    lines = b"\n".join(orjson.dumps(document(bodies.project(title))) for title in ("Eins", "Zwei")) + b"\n\n"
    headers = {"Idempotency-Key": key}
    made = bob.ask("POST", "/records/import", data=lines, content_type="application/x-ndjson", headers=headers)
    assert made.get_json()["total"] == 2


def test_the_same_request_gets_the_same_answer_and_is_not_done_twice(bob: Program, wilster: Hub, key: str) -> None:
    """As often as it comes."""
    first = sent(bob, key, [document()])
    before = state(wilster)
    assert [sent(bob, key, [document()]).data for _ in range(2)] == [first.data] * 2
    assert state(wilster) == before


def test_a_key_belongs_to_its_content_and_to_its_owner(bob: Program, wilster: Hub, key: str) -> None:
    """Other content is refused, whatever differs; the same key of somebody else is another key."""
    assert sent(bob, key, [document()]).status_code == 200
    before = state(wilster)
    problem(sent(bob, key, [document(visibility="network")]), 422, "key-used")
    as_lines = bob.ask("POST", "/records/import", data=orjson.dumps([document()]),
                       content_type="application/x-ndjson", headers={"Idempotency-Key": key})  # fmt: skip
    problem(as_lines, 422, "key-used")
    assert state(wilster) == before
    with wilster.at():
        row = reading().scalars(sa.select(ImportKey).order_by(ImportKey.id.desc()).limit(1)).one()
        assert key[1:-1] not in f"{row.key_hash} {row.digest} {row.answer.decode()}"
        with transaction() as session:
            session.execute(sa.update(Account).where(Account.role == "editor").values(role="admin"))
    try:
        assert sent(Program(wilster, "admin"), key, [document(visibility="network")]).status_code == 200
    finally:
        with wilster.at(), transaction() as session:
            session.execute(sa.update(Account).where(Account.role == "admin").values(role="editor"))


@pytest.mark.parametrize("spelling", [None, "", "ohne", '""', '"a', '"ä"', '"a"b"', '"' + "x" * 201 + '"', '"a";b=1'])
def test_a_key_is_needed(bob: Program, wilster: Hub, spelling: str | None) -> None:
    """In the spelling of Structured Fields."""
    before = state(wilster)
    headers = {} if spelling is None else {"Idempotency-Key": spelling.encode().decode("latin-1")}
    problem(bob.ask("POST", "/records/import", json=[document()], headers=headers), 400, "key-missing")
    assert state(wilster) == before


def test_while_the_first_runs_the_second_waits(
    bob: Program, wilster: Hub, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused, and gets the answer of the first when that is done; another key is done beside it."""
    inside, go, answers = threading.Event(), threading.Event(), list[TestResponse]()
    publish_all = service.publish_all

    def slow(*args: Any, **more: Any) -> list[str]:
        inside.set()
        assert go.wait(20)
        return publish_all(*args, **more)

    monkeypatch.setattr(imports.service, "publish_all", slow)
    first = threading.Thread(target=lambda: answers.append(sent(bob, key, [document()])))
    first.start()
    try:
        assert inside.wait(20)
        refused = sent(bob, key, [document()])
        problem(refused, 409, "key-running")
        assert refused.headers["Retry-After"] == "1"
        problem(sent(bob, key, [document({"phase": "P9"})]), 409, "key-running")
    finally:
        go.set()
        first.join(20)
    assert sent(bob, key, [document()]).data == answers[0].data


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"body": bodies.project(phase="P9")}, {"/1/body/phase"}),
        ({"body": {}}, {"/1/body/title/de", "/1/body/summary/de", "/1/body/phase"}),
        ({"body": bodies.project(title={"de": 7})}, {"/1/body/title/de"}),
        ({"kind": "fahrrad"}, {"/1/kind"}),
        ({"visibility": "alle"}, {"/1/visibility"}),
        ({"body": 7}, {"/1/body"}),
        ({"extra": 1}, {"/1/extra"}),
        ({"id": "eins"}, {"/1/id"}),
        ({"id": ULID.format("BB")}, {"/1/id"}),
        ({"kind": "expertise", "body": persons.function_only(expertise())}, {"/1/person"}),
    ],
    ids=lambda one: "" if isinstance(one, dict) else "-".join(sorted(one)),
)
def test_one_that_is_wrong_keeps_all_away_and_is_named(
    bob: Program, wilster: Hub, key: str, change: dict[str, Any], pointers: set[str]
) -> None:
    """With its place; the key stays free for the list that is right."""
    before, good = state(wilster), document(id=ULID.format("BB"))
    told = problem(sent(bob, key, [good, document(id=ULID.format("CC")) | change]), 422, "content")
    assert {one["pointer"] for one in told["errors"]} >= pointers
    assert {one["index"] for one in told["errors"]} == {1}
    assert all(one["detail"] for one in told["errors"])
    assert state(wilster) == before


def test_a_key_of_a_refused_import_is_free(bob: Program, key: str) -> None:
    """Nothing was done under it."""
    problem(sent(bob, key, [document({"phase": "P9"})]), 422, "content")
    assert sent(bob, key, [document()]).status_code == 200


def test_what_was_erased_does_not_come_back(bob: Program, wilster: Hub, key: str) -> None:
    """Nor does an id change its kind."""
    erased, other = ULID.format("DD"), ULID.format("EE")
    assert sent(bob, key, [document(id=erased), document(id=other)]).status_code == 200
    with wilster.at():
        service.erase(OPERATOR, erased, datetime.now(UTC))
    another = {"kind": "event", "visibility": "public", "body": event(), "id": other}
    told = problem(sent(bob, f'"{key[1:-1]}2"', [document(id=erased), another]), 422, "content")
    assert [one["pointer"] for one in told["errors"]] == ["/0/id", "/1/id"]


@pytest.mark.parametrize(
    ("content", "status", "name"),
    [(b"[", 400, "not-json"), (b"{}", 422, "content"), (b"[]", 422, "content"), (b"[1]", 422, "content"),
     (b"[NaN]", 400, "not-json"), (b"[" * 5_000, 400, "not-json")],
)  # fmt: skip
def test_what_is_no_list_is_refused(bob: Program, key: str, content: bytes, status: int, name: str) -> None:
    """By name, and what is neither JSON nor lines too."""
    headers = {"Idempotency-Key": key}
    told = bob.ask("POST", "/records/import", data=content, content_type="application/json", headers=headers)
    assert problem(told, status, name)["errors"]
    wrong = bob.ask("POST", "/records/import", data=content, content_type="text/csv", headers=headers)
    problem(wrong, 415, "media-type")


def test_a_broken_line_is_named_by_its_number(bob: Program, wilster: Hub, key: str) -> None:
    """Those before it are not done."""
    before, lines = state(wilster), b"\n\n" + orjson.dumps(document()) + b"\n{\n"
    headers = {"Idempotency-Key": key}
    told = bob.ask("POST", "/records/import", data=lines, content_type="application/x-ndjson", headers=headers)
    [flaw] = problem(told, 400, "not-json")["errors"]
    assert (flaw["index"], flaw["line"]) == (1, 4)
    assert state(wilster) == before


@pytest.mark.parametrize(
    ("content", "mimetype", "name"),
    [
        (lambda: b"[" + b"1," * problems.MOST_RECORDS + b"1]", "application/json", "import-count"),
        (lambda: b"1\n" * (problems.MOST_RECORDS + 1), "application/x-ndjson", "import-count"),
        (lambda: b" " * (problems.MOST_BYTES + 1), "application/json", "import-size"),
    ],
)
def test_too_much_at_once_is_refused(
    bob: Program, key: str, content: Callable[[], bytes], mimetype: str, name: str
) -> None:
    """With the limit in words."""
    headers = {"Idempotency-Key": key}
    answer = bob.ask("POST", "/records/import", data=content(), content_type=mimetype, headers=headers)
    assert any(sign.isdecimal() for sign in problem(answer, 413, name)["detail"])


def test_who_may_not_publish_imports_nothing(wilster: Hub, key: str) -> None:
    """An editor, a token for reading, and nobody at all."""
    before = state(wilster)
    problem(sent(Program(wilster, "editor"), key, [document()]), 403, "role")
    problem(sent(Program(wilster, "coordinator", ("records:read",)), key, [document()]), 403, "scope")
    stranger = wilster.app.test_client()
    nobody = stranger.post(f"{API}/records/import", json=[document()], headers={"Idempotency-Key": key})
    problem(nobody, 401, "token-needed")
    assert state(wilster) == before


def test_a_fault_on_the_way_leaves_nothing_of_it(
    bob: Program, wilster: Hub, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither records nor key: the same request then succeeds, as after a kill."""
    before = state(wilster)
    with monkeypatch.context() as patch:
        patch.setattr("hubnode.web.api1.importing._spelled", lambda _imported: 1 / 0)
        assert sent(bob, key, [document()]).status_code == 500
    assert state(wilster) == before
    assert sent(bob, key, [document()]).status_code == 200


def test_keys_are_forgotten_after_a_day(bob: Program, wilster: Hub, key: str) -> None:
    """By the worker; and what is older counts no more even before."""
    assert sent(bob, key, [document()]).status_code == 200
    [chore] = [one for one in CHORES if one.name == "imports"]
    with wilster.at():
        now = datetime.now(UTC)
        chore.do(current_node(), now + timedelta(hours=23))
        assert reading().scalar(sa.select(sa.func.count()).select_from(ImportKey))
        with transaction() as session:
            session.execute(sa.update(ImportKey).values(created_at=now - timedelta(hours=25)))
    assert sent(bob, key, [document(visibility="network")]).status_code == 200
    with wilster.at():
        chore.do(current_node(), now + timedelta(hours=25))
        assert not reading().scalar(sa.select(sa.func.count()).select_from(ImportKey))
