"""Rows 6 and 18: what a document may say, and in which spelling."""

from __future__ import annotations

import time

from federation import canonical, routes
from hubnode.records.models import LogEntry, Quarantine, Record
from tests.hubnode.bodies import project
from tests.journeys.liar import Liar
from tests.threats.stage import Pretender, Victim


def test_threat_06_no_linked_data_is_ever_processed(victim: Victim, liar: Liar) -> None:
    context = Pretender(lambda _method, _path: (200, {"Content-Type": "application/ld+json"}, b"{}"))
    tricks = (
        {"@context": f"{context.origin}/context"},
        {"@graph": [{"id": victim.friend.origin}]},
        {"@reverse": {"actor": victim.friend.origin}},
        {"@included": [project()]},
        {"@id": f"{victim.friend.origin}/r/01JD000000000000000000000A", "@type": "Delete"},
        {"https://www.w3.org/ns/activitystreams#actor": victim.friend.origin},
    )
    for trick in tricks:
        liar.put("project", project() | trick)
    assert victim.follow(liar.origin) is None
    assert victim.column(Record.id, Record.state == "published") == []
    assert len(victim.column(Quarantine.seq)) == len(tricks)
    for trick in tricks:
        answer = victim.tell(routes.POKE, canonical.encode({"checkpoint": liar.note()} | trick))
        assert (answer.status, answer.problem) == (400, "bad-request")
    assert context.asked == []
    context.close()


def spellings(line: bytes) -> dict[str, bytes]:
    """The same line in other spellings of JSON, which every parser reads and none may be taken."""
    text = line.decode()
    return {
        "space": text.replace('{"b":', '{"b": ', 1).encode(),
        "order": ('{"h":' + text.split(',"h":', 1)[1][:-1] + ',"b":null}').encode(),
        "twice": text.replace('"rev":1', '"rev":1,"rev":1', 1).encode(),
        "fraction": text.replace('"rev":1', '"rev":1.0', 1).encode(),
        "exponent": text.replace('"rev":1', '"rev":1e0', 1).encode(),
        "large": text.replace('"rev":1', '"rev":9007199254740992', 1).encode(),
        "escape": text.replace('"op":"put"', '"op":"\\u0070ut"', 1).encode(),
        "mark": b"\xef\xbb\xbf" + line,
        "utf-16": text.encode("utf-16-le"),
        "deep": text.replace('{"b":{', '{"b":{"x":' + "[" * 33 + "]" * 33 + ",", 1).encode(),
        "brackets": b"[" * 100_000,
        "angles": b"<" * 1_000_000,
    }


def test_threat_18_one_spelling_of_a_line_is_read_and_quickly(victim: Victim, liar: Liar) -> None:
    liar.put("project", project())
    honest = liar._lines[0]
    before = victim.rows()
    refusals: dict[str, float] = {}
    for name, line in spellings(honest).items():
        assert line != honest, name
        liar._lines[0] = line
        begun = time.process_time()
        assert victim.follow(liar.origin) not in (None, "frozen"), name
        refusals[name] = time.process_time() - begun
    assert victim.column(LogEntry.seq, LogEntry.rec == honest.decode().split('"id":"')[1][:26]) == []
    assert {name: count for name, count in victim.rows().items() if name not in ("network_event", "peer")} == {
        name: count for name, count in before.items() if name not in ("network_event", "peer")
    }
    liar._lines[0] = honest
    assert victim.follow(liar.origin) is None


def test_threat_18_a_poke_has_one_spelling_too(victim: Victim, liar: Liar) -> None:
    body = routes.encode_poke(liar.note())
    before = victim.rows()
    for spoiled in (
        body + b"\n",
        b" " + body,
        body.replace(b'":"', b'": "', 1),
        body[:-1] + b',"checkpoint":"x"}',
        b"[" * 2000,
        b"<" * 4000,
        body.decode().encode("utf-16"),
        b"",
    ):
        answer = victim.tell(routes.POKE, spoiled)
        assert answer.status in (400, 401, 413), spoiled[:40]
    assert victim.rows() == before
