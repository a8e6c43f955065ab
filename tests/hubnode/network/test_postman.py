"""Delivering letters over HTTP on loopback: in order, again until answered, never acted on twice, never too late."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation.letters import PATH, Reply, encode_replies
from federation.signatures import DOCUMENT_TYPE
from hubnode.db import reading, transaction
from hubnode.network import letters, postman
from hubnode.network.letters_models import LetterIn, LetterOut
from tests.hubnode.network.pair import Pair, make_pair, port_of
from tests.serving import served

Start = Callable[..., Any]
THREAD = "01JD9XQ5T0ABCDEFGHJKMNPZ00"


@pytest.fixture
def pair(tmp_path: Path, template: Path) -> Iterator[Pair]:
    """Wilster writes, Rendsburg reads."""
    with make_pair(tmp_path, template) as made:
        yield made


class Stubborn:
    """A hub that answers letters with whatever it is told to; it notes how many letters each request had."""

    def __init__(self, *statuses: int, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.statuses = list(statuses)
        self.headers = list(headers)
        self.batches: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start: Start) -> list[bytes]:
        """Answer one request."""
        self.batches.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        start(f"{status} Answer", [("Content-Type", DOCUMENT_TYPE), *self.headers])
        return [b"{}"]


def closed(pair: Pair, **how: Any) -> str:
    """A letter that Rendsburg refuses, since it has no such thread: enough to see whether and when it comes."""
    return pair.write("closed", {"thread": THREAD}, **how)


def arrived(pair: Pair) -> list[str]:
    """The letters that Rendsburg has answered, in the order in which they came."""
    with pair.rendsburg.at():
        return list(reading().scalars(sa.select(LetterIn.id).order_by(sa.text("rowid"))))


def test_letters_arrive_in_their_order_in_few_requests(pair: Pair) -> None:
    written = [closed(pair) for _ in range(45)]
    with pair.answering():
        assert pair.deliver() == 3
    assert arrived(pair) == written
    assert pair.sent() == [("refused", "unknown-thread")] * 45


def test_long_letters_go_in_several_requests(pair: Pair) -> None:
    for _ in range(9):
        pair.write("novel", {"text": "ä" * 7500})
    with pair.answering():
        assert pair.deliver() == 3
    assert pair.sent() == [("refused", "unknown-kind")] * 9


def test_what_is_settled_keeps_no_body(pair: Pair) -> None:
    closed(pair)
    with pair.answering():
        pair.deliver()
    with pair.wilster.at():
        assert reading().scalars(sa.select(LetterOut.body)).one() is None


def test_a_letter_is_part_of_what_it_belongs_to(pair: Pair) -> None:
    def change() -> None:
        with pair.wilster.at(), transaction() as session:
            letters.send(session, pair.rendsburg.origin, "closed", {"thread": THREAD}, pair.now)
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError, match="the change failed"):
        change()
    assert pair.sent() == []


def test_a_silent_hub_is_tried_again_and_later_each_time(pair: Pair) -> None:
    written = closed(pair)
    pauses = []
    for _ in range(4):
        assert pair.deliver() == 1
        assert pair.deliver() == 0
        pauses.append((pair.route().due_at - pair.now).total_seconds())
        pair.later(seconds=pauses[-1] + 1)
    assert pauses[0] < pauses[1] < pauses[2] < pauses[3]
    assert pair.route().last_error == "unreachable:connect"
    with pair.answering():
        assert pair.deliver() == 1
    assert arrived(pair) == [written]
    assert (pair.route().failures, pair.route().last_error) == (0, None)


def test_the_pause_has_an_end(pair: Pair) -> None:
    closed(pair)
    for _ in range(14):
        pair.deliver()
        pause = (pair.route().due_at - pair.now).total_seconds()
        pair.later(seconds=pause + 1)
    assert 2800 < pause < 4400


def test_a_sign_of_life_opens_the_way_at_once(pair: Pair) -> None:
    """Rendsburg has answered a pull since: nobody waits for the pause to end."""
    written = closed(pair)
    for _ in range(5):
        pair.deliver()
        pair.later(seconds=(pair.route().due_at - pair.now).total_seconds() + 1)
    pair.deliver()
    pair.later(seconds=2)
    assert pair.deliver() == 0
    pair.set_peer(pair.wilster, pair.rendsburg, last_contact_at=pair.now)
    with pair.answering():
        assert pair.deliver() == 1
    assert arrived(pair) == [written]


def test_a_hub_that_asks_for_a_pause_gets_it_whatever_happens(pair: Pair) -> None:
    closed(pair)
    busy = Stubborn(429, headers=[("Retry-After", "1800")])
    with served(busy, port_of(pair.rendsburg)):
        pair.deliver()
        pair.later(minutes=29)
        pair.set_peer(pair.wilster, pair.rendsburg, last_contact_at=pair.now)
        with pair.wilster.at():
            postman.resume(pair.now)
        assert pair.deliver() == 0
        pair.later(minutes=2)
        assert pair.deliver() == 1


@pytest.mark.parametrize("status", [500, 503, 404, 403, 401])
def test_no_error_of_a_hub_loses_a_letter(pair: Pair, status: int) -> None:
    written = closed(pair)
    with served(Stubborn(status), port_of(pair.rendsburg)):
        pair.deliver()
    assert pair.sent() == [("waiting", None)]
    pair.later(hours=1)
    with pair.answering():
        pair.deliver()
    assert arrived(pair) == [written]


def test_an_answer_that_is_none_loses_no_letter(pair: Pair) -> None:
    closed(pair)
    with served(Stubborn(200), port_of(pair.rendsburg)):
        pair.deliver()
    assert (pair.sent(), pair.route().last_error) == ([("waiting", None)], "unreachable:bad_answer")


class Poisoned:
    """Rendsburg behind somebody who refuses every request that has one certain letter in it."""

    def __init__(self, pair: Pair, poison: str) -> None:
        self.app = pair.rendsburg.app
        self.poison = poison.encode()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Refuse or pass on."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if self.poison in body:
            start("413 Too Large", [("Content-Type", "application/problem+json")])
            return [b""]
        return self.app({**environ, "wsgi.input": io.BytesIO(body)}, start)


def test_one_letter_that_spoils_its_request_never_blocks_the_rest(pair: Pair) -> None:
    written = [closed(pair) for _ in range(12)]
    with served(Poisoned(pair, written[3]), port_of(pair.rendsburg)):
        requests = pair.deliver()
        assert arrived(pair) == written[:3] + written[4:]
        assert requests < 12, "after the bad one, batches grow again"
        pair.later(hours=2)
        pair.deliver()
    assert [state for state, _ in pair.sent()].count("waiting") == 1
    pair.later(hours=2)
    with pair.answering():
        pair.deliver()
    assert len(arrived(pair)) == 12


def test_a_letter_put_off_comes_again_and_the_others_go_on(pair: Pair) -> None:
    first, second = closed(pair), closed(pair)

    def busy(environ: dict[str, Any], start: Start) -> list[bytes]:
        start("200 OK", [("Content-Type", DOCUMENT_TYPE)])
        return [encode_replies([Reply(first, "again", "internal"), Reply(second, "accepted")])]

    with served(busy, port_of(pair.rendsburg)):
        assert pair.deliver() == 1
    assert pair.sent() == [("waiting", None), ("accepted", None)]
    pair.later(seconds=10)
    with pair.answering():
        pair.deliver()
    assert arrived(pair) == [first]


def test_an_answer_that_got_lost_is_asked_for_again_and_nothing_happens_twice(pair: Pair) -> None:
    """The worker was killed after the letter had arrived and before the answer was noted."""
    written = closed(pair)
    with pair.answering():
        pair.deliver()
        with pair.wilster.at(), transaction() as session:
            body = b'{"thread":"%s"}' % THREAD.encode()
            session.execute(sa.update(LetterOut).values(state="waiting", reason=None, settled_at=None, body=body))
        pair.deliver()
    assert arrived(pair) == [written]
    assert pair.sent() == [("refused", "unknown-thread")]


def test_what_a_killed_worker_had_claimed_is_delivered_by_the_next(pair: Pair) -> None:
    written = closed(pair)
    with pair.wilster.at(), transaction() as session:
        assert postman.claim(session, pair.now, 8) == [pair.rendsburg.origin]
    assert pair.deliver() == 0, "it is claimed"
    with pair.wilster.at():
        postman.resume(pair.now)
    with pair.answering():
        assert pair.deliver() == 1
    assert arrived(pair) == [written]


def test_of_two_workers_one_delivers(pair: Pair) -> None:
    closed(pair)
    claimed: list[str] = []

    def work() -> None:
        with pair.wilster.at(), transaction() as session:
            claimed.extend(postman.claim(session, pair.now, 8))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert claimed == [pair.rendsburg.origin]


def test_a_letter_that_can_not_be_delivered_in_time_expires(pair: Pair) -> None:
    closed(pair, expires_in=timedelta(days=2))
    pair.deliver()
    pair.later(days=2)
    with pair.answering():
        assert pair.deliver() == 0, "nothing is delivered after it has expired"
    with pair.wilster.at() as node:
        postman.tidy(node, pair.now)
        assert reading().scalars(sa.select(LetterOut.body)).one() is None
    assert pair.sent() == [("expired", None)]
    pair.later(days=31)
    with pair.wilster.at() as node:
        postman.tidy(node, pair.now)
    assert pair.sent() == []


@pytest.mark.parametrize("state", ["suspended", "left"])
def test_threat_25_a_suspended_hub_gets_nothing(pair: Pair, state: str) -> None:
    """Neither what was written before nor anything new; what waited goes on when it is a member again."""
    written = closed(pair)
    pair.set_peer(pair.wilster, pair.rendsburg, state=state)
    with pytest.raises(letters.NoWay):
        closed(pair)
    with pair.answering():
        assert pair.deliver() == 0
        with pair.wilster.at() as node:
            postman.deliver(node, pair.rendsburg.origin)
        assert arrived(pair) == []
        pair.set_peer(pair.wilster, pair.rendsburg, state="active")
        pair.deliver()
    assert arrived(pair) == [written]


def test_nobody_writes_to_a_stranger(pair: Pair) -> None:
    with pytest.raises(letters.NoWay), pair.wilster.at(), transaction() as session:
        letters.send(session, "https://stranger.example", "closed", {"thread": THREAD}, pair.now)


def test_the_path_is_the_one_of_the_protocol(pair: Pair) -> None:
    paths = {rule.rule for rule in pair.rendsburg.app.url_map.iter_rules()}
    assert PATH in paths
