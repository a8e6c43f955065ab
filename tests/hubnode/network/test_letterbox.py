"""The door for letters, knocked at over HTTP: what is taken, taken once, and every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import Schema
from sqlalchemy.orm import Session

from federation import canonical
from federation.errors import NotMember
from federation.keys import SigningKey
from federation.letters import MAX_LETTERS, MAX_LIFE, Letter, Reply, encode_batch, parse_replies
from federation.signatures import DOCUMENT_TYPE
from hubnode.db import reading, transaction
from hubnode.network import letterbox, postman
from hubnode.network.letter_kinds import KINDS
from hubnode.network.letters import Kind
from hubnode.network.letters_models import LetterIn
from hubnode.network.models import Peer
from hubnode.network.questions_models import Question, QuestionMessage, QuestionQuota
from tests.hubnode.bodies import project
from tests.hubnode.network.pair import STAFF, Pair, make_pair

ID = "01JD9XQ5T0ABCDEFGHJKMNPQ{:02d}"
THREAD = "01JD9XQ5T0ABCDEFGHJKMNPZ00"


@pytest.fixture
def pair(tmp_path: Path, template: Path) -> Iterator[Pair]:
    """Wilster writes, Rendsburg reads."""
    with make_pair(tmp_path, template) as made:
        yield made


@pytest.fixture
def record(pair: Pair) -> str:
    """A record of Rendsburg about which one can ask."""
    return f"{pair.rendsburg.origin}/r/{pair.rendsburg.publish('project', project())}"


def question(pair: Pair, record: str, number: int = 0, **changes: Any) -> Letter:
    """A question of Wilster about a record of Rendsburg."""
    body = {
        "thread": THREAD,
        "record": record,
        "subject": "Mähboot",
        "text": "Wie oft im Jahr?",
        "signed_as": "Bauhof",
        **changes,
    }
    return pair.letter(ID.format(number), kind="question", body=body)


def threads(pair: Pair) -> list[str]:
    """The subjects that Rendsburg holds."""
    with pair.rendsburg.at():
        return list(reading().scalars(sa.select(Question.subject)))


def messages(pair: Pair) -> list[str]:
    """The texts that Rendsburg holds, in their order."""
    with pair.rendsburg.at():
        return list(reading().scalars(sa.select(QuestionMessage.text).order_by(QuestionMessage.number)))


def noted(pair: Pair) -> int:
    """How many letters Rendsburg remembers."""
    with pair.rendsburg.at():
        return reading().scalar(sa.select(sa.func.count()).select_from(LetterIn)) or 0


def slug(answer: Any) -> tuple[int, str]:
    """Status and type of a problem document."""
    return answer.status_code, canonical.decode(answer.data)["type"]


def test_a_letter_is_taken_and_acted_on(pair: Pair, record: str) -> None:
    assert pair.hand_in(question(pair, record)) == [Reply(ID.format(0), "accepted")]
    assert threads(pair) == ["Mähboot"]
    assert noted(pair) == 1


def test_a_second_delivery_changes_nothing_and_gets_the_same_answer(pair: Pair, record: str) -> None:
    batch = [question(pair, record), pair.letter(ID.format(1))]
    first = pair.hand_in(*batch)
    assert first == [Reply(ID.format(0), "accepted"), Reply(ID.format(1), "refused", "unknown-thread")]
    pair.later(minutes=5)
    assert pair.hand_in(*batch) == first
    assert pair.hand_in(*reversed(batch)) == first[::-1]
    assert (len(threads(pair)), len(messages(pair)), noted(pair)) == (1, 1, 2)


def test_an_id_that_comes_with_other_content_is_refused(pair: Pair, record: str) -> None:
    pair.hand_in(question(pair, record))
    changed = question(pair, record, text="Ganz anders")
    assert pair.hand_in(changed) == [Reply(changed.id, "refused", "reused-id")]
    assert messages(pair) == ["Wie oft im Jahr?"]


@pytest.mark.parametrize("claimed", ["sender", "to"])
def test_threat_01_threat_02_a_letter_for_another_hub_or_of_another_is_refused_and_nothing_written(
    pair: Pair, record: str, claimed: str
) -> None:
    """Signed with a valid key of Wilster; the sound letter beside it is not taken either."""
    forged = replace(question(pair, record, 1), **{claimed: "https://other.example"})
    documents = [question(pair, record).to_json(), forged.to_json()]
    answer = pair.post(canonical.encode({"letters": documents}))
    assert slug(answer) == (403, "wrong-origin")
    assert (threads(pair), noted(pair)) == ([], 0)


def test_a_stranger_is_not_heard(pair: Pair, record: str) -> None:
    batch = encode_batch([question(pair, record)])
    answer = pair.post(batch, origin="https://stranger.example", key=SigningKey.generate("k1"))
    assert slug(answer) == (403, "not-member")


@pytest.mark.parametrize("state", ["suspended", "left"])
def test_threat_25_a_suspended_hub_is_not_heard(pair: Pair, record: str, state: str) -> None:
    pair.set_peer(pair.rendsburg, pair.wilster, state=state)
    assert slug(pair.post(encode_batch([question(pair, record)]))) == (403, "not-member")
    assert (threads(pair), noted(pair)) == ([], 0)


def test_a_hub_suspended_between_proof_and_deed_is_not_heard(pair: Pair, record: str) -> None:
    """The suspension falls into the moment after the signature was verified."""
    batch = encode_batch([question(pair, record)])
    proof = pair.proof(batch)
    pair.set_peer(pair.rendsburg, pair.wilster, state="suspended")
    with pair.rendsburg.at() as node, pytest.raises(NotMember):
        letterbox.receive(node, proof, batch, pair.now)
    assert threads(pair) == []


def test_an_unsigned_letter_is_refused(pair: Pair, record: str) -> None:
    client = pair.rendsburg.app.test_client()
    batch = encode_batch([question(pair, record)])
    answer = client.post("/apl/v1/letters", data=batch, base_url=pair.rendsburg.origin, content_type=DOCUMENT_TYPE)
    assert slug(answer) == (401, "bad-signature")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{}", 400, "bad-request"),
        (b'{"letters": []}', 400, "not-canonical"),
        (b'{"letters":[]}', 400, "bad-request"),
    ],
)
def test_what_is_no_batch_is_refused(pair: Pair, body: bytes, status: int, kind: str) -> None:
    assert slug(pair.post(body)) == (status, kind)


def test_one_bad_letter_never_spoils_the_rest(pair: Pair, record: str) -> None:
    spoilt = {**pair.letter(ID.format(1)).to_json(), "kind": "Ein Brief"}
    documents = [pair.letter(ID.format(0), kind="invitation").to_json(), spoilt, question(pair, record, 2).to_json()]
    answer = pair.post(canonical.encode({"letters": documents}))
    assert parse_replies(answer.data, [ID.format(number) for number in range(3)]) == [
        Reply(ID.format(0), "refused", "unknown-kind"),
        Reply(ID.format(1), "refused", "malformed"),
        Reply(ID.format(2), "accepted"),
    ]
    assert threads(pair) == ["Mähboot"]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": ""},
        {"subject": "x" * 121},
        {"text": "x" * 3001},
        {"text": "\x07"},
        {"text": 7},
        {"text": "links\u202erechts"},
        {"signed_as": "a\nb"},
        {"thread": "7"},
        {"mail": "jemand@wilster.example"},
    ],
)
def test_a_body_that_does_not_fit_its_kind_is_refused(pair: Pair, record: str, change: dict[str, Any]) -> None:
    letter = question(pair, record, **change)
    assert pair.hand_in(letter) == [Reply(letter.id, "refused", "malformed")]
    assert threads(pair) == []


def test_a_letter_that_is_too_old_or_from_the_future_is_refused(pair: Pair, record: str) -> None:
    old = replace(question(pair, record, 0), ts=pair.now - timedelta(days=2), expires=pair.now)
    far = pair.now + timedelta(days=3)
    early = replace(question(pair, record, 1), ts=far, expires=far + MAX_LIFE)
    assert [reply.reason for reply in pair.hand_in(old, early)] == ["expired", "from-the-future"]
    assert threads(pair) == []


def stumble(session: Session, letter: Letter, now: datetime) -> None:
    """Begin to act on a letter, and fail for a reason that is not the sender's."""
    session.add(QuestionQuota(account=STAFF, began_at=now, used=1))
    session.flush()
    raise RuntimeError(letter.kind)


def test_a_fault_of_ours_undoes_one_letter_and_asks_for_it_again(pair: Pair, record: str) -> None:
    """What the broken letter had written is gone, the others are there, and it is taken when it comes again."""
    broken = pair.letter(ID.format(1), kind="stumble", body={})
    batch = encode_batch([question(pair, record), broken])
    with pair.rendsburg.at() as node:
        kinds = {**KINDS, "stumble": Kind(Schema(), stumble)}
        answer = letterbox.receive(node, pair.proof(batch), batch, pair.now, kinds)
        assert reading().scalars(sa.select(QuestionQuota)).all() == []
    replies = parse_replies(answer.body, [ID.format(0), ID.format(1)])
    assert replies == [Reply(ID.format(0), "accepted"), Reply(ID.format(1), "again", "internal")]
    assert (len(threads(pair)), noted(pair)) == (1, 1)
    assert pair.hand_in(broken) == [Reply(broken.id, "refused", "unknown-kind")]


def test_who_writes_too_much_is_told_when_to_come_back(pair: Pair, record: str) -> None:
    for start in range(0, letterbox.AN_HOUR, MAX_LETTERS):
        pair.hand_in(
            *(pair.letter(f"01JD9XQ5T0ABCDEFGHJKMN{number:04d}") for number in range(start, start + MAX_LETTERS))
        )
    pair.later(minutes=10)
    answer = pair.post(encode_batch([question(pair, record)]))
    assert slug(answer) == (429, "too-many")
    assert answer.headers["Retry-After"] == str(50 * 60)
    assert noted(pair) == letterbox.AN_HOUR
    again = pair.letter("01JD9XQ5T0ABCDEFGHJKMN0000", ts=pair.now - timedelta(minutes=10))
    again = replace(again, expires=again.ts + timedelta(days=14))
    assert pair.hand_in(again)[0].status == "refused", "what was answered once is answered again"
    pair.later(minutes=51)
    assert pair.hand_in(question(pair, record))[0].status == "accepted"


def test_the_table_of_letters_is_bounded(pair: Pair, record: str) -> None:
    before = pair.now - timedelta(hours=2)
    held = {"peer": pair.wilster.origin, "digest": b"", "status": "accepted", "at": before, "forget_at": before}
    with pair.rendsburg.at(), transaction() as session:
        rows = [{**held, "id": f"01JD9XQ5T0ABCDEFGHJK{number:06d}"} for number in range(letterbox.HELD)]
        session.execute(sa.insert(LetterIn), rows)
    assert slug(pair.post(encode_batch([question(pair, record)]))) == (429, "too-many")
    assert noted(pair) == letterbox.HELD


def test_letters_are_forgotten_when_they_can_not_come_again(pair: Pair, record: str) -> None:
    letter = question(pair, record)
    pair.hand_in(letter)
    pair.later(days=14, hours=12)
    with pair.rendsburg.at() as node:
        postman.tidy(node, pair.now)
    assert noted(pair) == 1, "a slow clock may still send it"
    pair.later(days=1)
    with pair.rendsburg.at() as node:
        postman.tidy(node, pair.now)
    assert noted(pair) == 0
    assert pair.hand_in(letter) == [Reply(letter.id, "refused", "expired")]


def test_what_a_letter_says_is_not_kept_with_its_answer(pair: Pair, record: str) -> None:
    pair.hand_in(question(pair, record, text="Kanarienvogel"))
    with pair.rendsburg.at(), transaction() as session:
        session.execute(sa.delete(QuestionMessage))
        rows = session.execute(sa.text("SELECT * FROM letter_in")).all()
        assert "Kanarienvogel" not in repr(rows)
        assert session.scalar(sa.select(sa.func.count()).select_from(Peer)) == 1
