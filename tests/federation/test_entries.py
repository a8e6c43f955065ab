"""Entries: one line per change, committed to by its header, refused in every other form."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import canonical
from federation.entries import MAX_LINE, SALT_LENGTH, Entry, commitment, encode_line, make_entry, new_salt, parse_line
from federation.errors import BadEntry, NotCanonical, ProtocolError
from federation.tree import leaf_hash
from tests.federation.cast import KIEL, LOG, NOW, SALT, ULIDS, WILSTER, put, without_body
from tests.federation.test_canonical import KEYS, VALUES, nested

ENTRY = put(3)


def edited(change: Callable[[dict[str, Any]], object], entry: Entry = ENTRY) -> bytes:
    """An entry's line after somebody changed it, spelled canonically again."""
    document = canonical.decode(entry.line)
    change(document)
    return canonical.serialise(document)


def header(**changes: Any) -> Callable[[dict[str, Any]], object]:
    """A change of header fields."""
    return lambda document: document["h"].update(changes)


def test_a_line_is_spelled_like_this() -> None:
    digest = hashlib.sha256(SALT + '{"title":{"de":"Größe 3"}}'.encode()).digest()
    bh = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert ENTRY.line.decode() == (
        '{"b":{"title":{"de":"Größe 3"}},'
        f'"h":{{"bh":"{bh}","id":"{ULIDS[3]}","kind":"project","log":"{LOG}","op":"put",'
        '"origin":"https://wilster.example","rev":1,"seq":3,"ts":"2026-11-22T12:16:03.120Z","v":1,"vis":"public"},'
        '"s":"AAECAwQFBgcICQoLDA0ODw"}'
    )
    assert ENTRY.leaf == leaf_hash(ENTRY.header_bytes)


def test_an_entry_comes_back_from_its_line() -> None:
    back = parse_line(ENTRY.line)
    assert back == ENTRY
    assert back.header_bytes == back.header.to_bytes()
    assert back.body_bytes == canonical.encode(back.body)
    assert back.salt == SALT


@pytest.mark.parametrize("op", ["del", "erase"])
def test_only_a_put_has_a_body(op: str) -> None:
    entry = put(0, op=op, body=None, rev=2)
    assert entry.line.startswith(b'{"b":null,"h":{"bh":null,')
    assert entry.line.endswith(b'"s":null}')
    assert parse_line(entry.line) == entry
    with pytest.raises(BadEntry, match="a put has a body"):
        put(0, op=op)
    with pytest.raises(BadEntry, match="a put has a body"):
        put(0, body=None)


def test_a_put_without_its_body_is_still_the_same_leaf() -> None:
    bare = without_body(ENTRY)
    back = parse_line(bare.line)
    assert back == bare
    assert back.leaf == ENTRY.leaf
    assert back.header.bh == ENTRY.header.bh


def test_a_body_may_be_given_as_its_canonical_bytes() -> None:
    stored = canonical.encode(ENTRY.body)
    assert put(3, body=stored) == ENTRY
    with pytest.raises(NotCanonical):
        put(3, body=stored + b" ")
    with pytest.raises(BadEntry, match="object"):
        put(3, body=b"[]")
    with pytest.raises(BadEntry, match="object"):
        put(3, body=["list"])


def test_a_salt_is_new_each_time() -> None:
    assert put(0, salt=None).salt != put(0, salt=None).salt
    assert len(new_salt()) == SALT_LENGTH == 16
    assert put(0, op="del", body=None, salt=SALT).salt is None


def test_the_commitment_hides_and_binds() -> None:
    assert commitment(SALT, b"{}") != commitment(bytes(16), b"{}") != commitment(bytes(16), b"[]")
    assert commitment(b"", b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def test_an_empty_body_is_a_body() -> None:
    entry = put(0, body={})
    assert parse_line(entry.line) == entry
    assert entry.line.startswith(b'{"b":{},')


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.binary(min_size=16, max_size=16))
def test_any_body_comes_back(body: dict[str, Any], salt: bytes) -> None:
    entry = put(0, body=body, salt=salt)
    back = parse_line(entry.line)
    assert back == entry
    assert back.body == body
    assert (
        encode_line(back.header_bytes, back.body_bytes, back.salt)
        == entry.line
        == canonical.serialise({"b": body, "h": back.header._asdict(), "s": canonical.decode(entry.line, 40)["s"]})
    )


@given(st.data())
def test_a_flipped_byte_is_never_the_same_entry(data: st.DataObject) -> None:
    line = bytearray(ENTRY.line)
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= data.draw(st.integers(1, 255))
    try:
        other = parse_line(bytes(line))
    except ProtocolError:
        return
    assert other.leaf != ENTRY.leaf


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["b"].update(title={"de": "anders"}),
        lambda d: d["b"].update(more=1),
        lambda d: d["b"].clear(),
        lambda d: d.update(s="AAECAwQFBgcICQoLDA0OEA"),
        header(bh=commitment(SALT, b"{}")),
    ],
)
def test_a_body_that_does_not_match_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(BadEntry, match="commits to"):
        parse_line(edited(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(b=None),
        lambda d: d.update(s=None),
        lambda d: d.update(s=""),
        lambda d: d.update(s=d["s"][:-1]),
        lambda d: d.update(s=d["s"] + "AAAA"),
        lambda d: d.update(s=d["s"][:-1] + "x"),
        lambda d: d.update(s=7),
        lambda d: d.update(s=["x"]),
        lambda d: d.update(b=[]),
        lambda d: d.update(b="text"),
        lambda d: d.update(b=False),
        lambda d: d.update(b=0),
        lambda d: d.update(h=None),
        lambda d: d.update(h=[]),
        lambda d: d.update(h={}),
        lambda d: d.update(h="text"),
        lambda d: d.update(x=1),
        lambda d: d.pop("s"),
        lambda d: d.pop("b"),
        lambda d: d.pop("h"),
        lambda d: d["h"].pop("vis"),
        lambda d: d["h"].update(x=1),
        header(v=2),
        header(v=0),
        header(v="1"),
        header(v=True),
        header(seq=-1),
        header(seq="3"),
        header(seq=None),
        header(seq=True),
        header(rev=0),
        header(rev=-1),
        header(rev="1"),
        header(rev=False),
        header(ts="2026-11-22T12:16:03Z"),
        header(ts="2026-02-30T12:16:03.120Z"),
        header(ts="9999-11-22T12:16:03.120Z"),
        header(ts=7),
        header(op="update"),
        header(op="PUT"),
        header(op="del"),
        header(op="erase"),
        header(op=None),
        header(kind=""),
        header(kind="Project"),
        header(kind="_project"),
        header(kind="p" * 33),
        header(kind="project\n"),
        header(kind=7),
        header(id=""),
        header(id=ULIDS[0].lower()),
        header(id=ULIDS[0][:-1]),
        header(id=ULIDS[0] + "0"),
        header(id="8" + ULIDS[0][1:]),
        header(id="0" * 25 + "I"),
        header(id="0" * 25 + "L"),
        header(id="0" * 25 + "O"),
        header(id="0" * 25 + "U"),
        header(id=7),
        header(vis="hub"),
        header(vis="subject"),
        header(vis=""),
        header(vis=None),
        header(origin="https://WILSTER.example"),
        header(origin="https://wilster.example:443"),
        header(origin="https://wilster.example/"),
        header(origin="http://wilster.example"),
        header(origin="wilster.example"),
        header(origin=""),
        header(origin="https://wilster.example\\"),
        header(origin=7),
        header(log="x"),
        header(log=LOG.upper()),
        header(log=LOG + "0"),
        header(log=7),
        header(bh=None),
        header(bh=""),
        header(bh="A" * 42),
        header(bh="A" * 44),
        header(bh="A" * 42 + "B"),
        header(bh=7),
    ],
)
def test_malformed_lines_are_refused(change: Callable[[dict[str, Any]], object]) -> None:
    line = edited(change)
    assert line != ENTRY.line
    with pytest.raises(BadEntry):
        parse_line(line)


@pytest.mark.parametrize("change", [header(bh=ENTRY.header.bh), lambda d: d.update(b={}, s="A" * 22)])
def test_a_deletion_carries_nothing(change: Callable[[dict[str, Any]], object]) -> None:
    for op in ("del", "erase"):
        with pytest.raises(BadEntry):
            parse_line(edited(change, put(0, op=op, body=None)))


def test_a_refusal_names_the_field() -> None:
    with pytest.raises(BadEntry, match=r"^malformed in the header: id, vis$"):
        parse_line(edited(header(id="x", vis="hub")))
    with pytest.raises(BadEntry, match=r"^a header has exactly the fields of version 1$"):
        parse_line(edited(header(x=1)))
    with pytest.raises(BadEntry, match="day"):
        parse_line(edited(header(ts="2026-02-30T12:16:03.120Z")))


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"null", b"{}", b"{", b'"text"', b"7", ENTRY.line + b"\n", ENTRY.line[1:]]
)
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises((BadEntry, NotCanonical)):
        parse_line(line)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.replace(b',"h":', b', "h":'),
        lambda line: line.replace(b'"rev":1', b'"rev":1.0'),
        lambda line: line.replace(b'"rev":1', b'"rev":9007199254740992'),
        lambda line: line.replace(b'"seq":3', b'"seq":9007199254740992'),
        lambda line: line.replace(b'"v":1,', b'"v":1,"v":1,'),
        lambda line: line.replace(b'"op":"put"', b'"op":"p\\u0075t"'),
        lambda line: b'{"s":' + line.split(b',"s":')[1][:-1] + b"," + line.split(b',"s":')[0][1:] + b"}",
    ],
)
def test_second_spellings_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    assert spoil(ENTRY.line) != ENTRY.line
    with pytest.raises(NotCanonical):
        parse_line(spoil(ENTRY.line))


def test_the_largest_numbers_are_taken() -> None:
    largest = put(2**53 - 1, uid=ULIDS[0], rev=2**53 - 1)
    assert parse_line(largest.line) == largest
    for seq, rev in ((2**53, 1), (0, 2**53)):
        with pytest.raises(NotCanonical):
            put(seq, uid=ULIDS[0], rev=rev)


def test_a_body_may_have_32_levels() -> None:
    deepest = nested(31, lambda value: {"a": value})
    entry = put(0, body={"a": deepest})
    assert parse_line(entry.line) == entry
    with pytest.raises(NotCanonical, match="deep"):
        put(0, body={"a": {"a": deepest}})
    deeper = canonical.serialise({"b": {"a": {"a": deepest}}, "h": ENTRY.header._asdict(), "s": "A" * 22})
    with pytest.raises(NotCanonical, match="deep"):
        parse_line(deeper)


def test_a_line_has_at_most_256_kib() -> None:
    room = MAX_LINE - len(put(0, body={"a": ""}).line)
    longest = put(0, body={"a": "x" * room})
    assert len(longest.line) == MAX_LINE == 256 * 1024
    assert parse_line(longest.line) == longest
    with pytest.raises(BadEntry, match="at most"):
        put(0, body={"a": "x" * (room + 1)})
    with pytest.raises(BadEntry, match="at most"):
        parse_line(longest.line + b" ")


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "https://WILSTER.example"},
        {"log": "x"},
        {"rev": 0},
        {"kind": "Project"},
        {"uid": "x"},
        {"vis": "hub"},
        {"vis": "subject"},
        {"op": "update", "body": None},
    ],
)
def test_what_no_peer_would_take_is_never_made(fields: dict[str, Any]) -> None:
    with pytest.raises(BadEntry):
        put(0, **fields)


def test_numbers_count_from_zero() -> None:
    assert put(0).header.seq == 0
    with pytest.raises(BadEntry):
        put(-1, uid=ULIDS[0])


def test_what_is_hub_only_can_not_be_appended() -> None:
    for level in ("hub", "subject", "staff", ""):
        with pytest.raises(BadEntry, match="vis"):
            put(0, vis=level)
    assert put(0, vis="network").header.vis == "network"


def test_the_other_hubs_entries_are_their_own() -> None:
    entry = put(0, hub=KIEL, origin=KIEL.origin)
    assert parse_line(entry.line).header.origin == KIEL.origin != WILSTER.origin


def test_an_entry_takes_the_time_it_is_given() -> None:
    fields = {"origin": WILSTER.origin, "log": LOG, "seq": 0, "op": "del", "kind": "event", "id": ULIDS[0], "rev": 2}
    made = make_entry(**fields, ts=NOW, vis="network")  # type: ignore[arg-type]
    assert made.header.ts == "2026-11-22T12:16:03.120Z"
    with pytest.raises(ValueError, match="zone"):
        make_entry(**fields, ts=NOW.replace(tzinfo=None), vis="network")  # type: ignore[arg-type]
