"""Row 23: a word for each level of visibility, looked for at every address that answers, by everybody who may ask."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from federation import routes
from hubnode.db import reading
from hubnode.network import questions
from hubnode.people.viewer import OPERATOR, Viewer
from hubnode.records import log, service
from hubnode.records import reading as records
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import NOW, Hub, carry
from tests.threats.people import Person, employ
from tests.threats.stage import Reply, Victim

EVERYBODY, INSIDE = {"anybody", "staff", "member"}, {"staff", "member"}
WORDS: dict[str, set[str]] = {
    "Offenkanari": EVERYBODY,
    "Netzkanari": INSIDE,
    "Netzfeldkanari": INSIDE,
    "Freundkanari": INSIDE,
    "Hubkanari": {"staff"},
    "Hubfeldkanari": {"staff"},
    "Hubdateikanari": {"staff"},
    "Entwurfkanari": set(),
    "Ruecknahmekanari": set(),
    "Personkanari": {"staff"},
    "Fragekanari": set(),
    "alice@victim.example": set(),
    "a secret of this test": set(),
}
"""Each word, and who may find it: anybody, staff of the hub, and a member hub that signs its requests."""
COMMON = "Schwarmwort"
"""A word in every record, to search for: what is searched for stands on the page of results anyway."""
Ask = Callable[[str], Reply]


def titled(word: str, **more: object) -> dict[str, object]:
    """A project with this word in its title, its text, and the common word beside it."""
    return project(title=f"{word} {COMMON}", solution={"de": f"{word} steht hier."}, **more)


@pytest.fixture
def told(victim: Victim) -> tuple[list[str], list[str]]:
    """Everything that the victim holds; answers the ids of its records, and the hashes of files."""
    hub, friend = victim.hub, victim.friend
    contents = {name: f"{name}\n".encode() for name in ("Hubdateikanari", "Hubfeldkanari")}
    rows = {name: files.attach(hub, content, f"{name}.txt") for name, content in contents.items()}
    public = titled(
        "Offenkanari",
        funding=[{"programme": "Netzfeldkanari", "status": "planned", "amount_cents": 1}],
        attachments=[rows["Hubfeldkanari"]],
        field_visibility={"attachments": "hub"},
    )
    own = [
        hub.publish("project", public),
        hub.publish("project", titled("Netzkanari"), "network"),
        hub.publish("project", titled("Hubkanari", attachments=[rows["Hubdateikanari"]]), "hub"),
        hub.publish("expertise", expertise(interests={"de": "Personkanari"})),
        hub.publish("project", titled("Ruecknahmekanari")),
    ]
    with hub.at():
        service.withdraw(OPERATOR, own[-1], NOW + timedelta(hours=1))
        draft = service.save_draft(OPERATOR, "project", titled("Entwurfkanari"), level="public", now=NOW)
        seen = service.draft(OPERATOR, own[0])
        changed = seen.body | {"solution": {"de": "Entwurfkanari"}}
        service.save_draft(OPERATOR, "project", changed, id=own[0], level="public", now=NOW)
    theirs = friend.publish("project", titled("Freundkanari"), "network")
    carry(friend, hub)
    return [*own, draft.id, theirs], [hashlib.sha256(content).hexdigest() for content in contents.values()]


def asked(hub: Hub) -> str:
    """A question of somebody else of the staff about a record; answers its id."""
    with hub.at() as node:
        asker = Viewer("hub", "staff", 1, "alice")
        found = records.find(asker, records.Browse(kinds=("project",))).items[0]
        return questions.ask(asker, found, questions.write("Fragekanari?", "Bauhof", "Fragekanari"), node.clock())


def every_address(victim: Victim, ids: list[str], hashes: list[str], question: str) -> Iterator[str]:
    """Every address at which the victim answers a GET, with what it holds filled in."""
    with victim.hub.at():
        log_id = log.own(reading()).log_id
    values: dict[str, list[object]] = {
        "id": [*ids, question],
        "host": [victim.friend.origin.split("://")[1]],
        "sha256": list(hashes),
        "name": ["Datei.txt"],
        "width": [480],
        "number": [1],
        "seq": [0],
    }
    for rule in victim.hub.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static_file":
            yield from _filled(rule, values)
    page = f"log={log_id}&after=0&limit=500"
    yield from (f"{routes.ENTRIES}?{page}", f"{routes.AGAIN}?{page}", f"{routes.DIGEST}?log={log_id}")
    yield from (f"{routes.SEEN}?origin={origin}" for origin in (victim.origin, victim.friend.origin))
    with victim.friend.at():
        theirs = log.own(reading()).log_id
    yield f"{routes.mirror_path(victim.friend.origin)}?log={theirs}&after=0&limit=500"
    for query in (f"q={COMMON}", "q=kanari", "thema=parking-sensors", f"q={COMMON}&sort=title", f"q={COMMON}&seite=2"):
        yield f"/suche?{query}"
        yield f"/projekte?{query}"


def _filled(rule: Rule, values: dict[str, list[object]]) -> Iterator[str]:
    """The addresses of one rule."""
    fixed = {
        "slug": ["alle", "projekte", "expertise"] if rule.endpoint.startswith("feeds") else ["projekte", "expertise"]
    }
    if rule.endpoint == "legal.page":
        fixed["name"] = ["impressum", "datenschutz"]
    names = sorted(rule.arguments - (rule.defaults or {}).keys())
    # Of every other part, such as the token of a link, there is nothing held that could be filled in.
    known = {name: sorted(getattr(part, "items", {"A" * 43})) for name, part in rule._converters.items()}
    for chosen in itertools.product(*({**known, **values, **fixed}[name] for name in names)):
        if (built := rule.build({**(rule.defaults or {}), **dict(zip(names, chosen, strict=True))})) is not None:
            yield built[1]


def test_threat_23_what_is_not_for_somebody_is_at_no_address_for_them(
    victim: Victim, told: tuple[list[str], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    employ(victim, "alice", "admin")
    charlie = Person(victim, "charlie", "staff")
    addresses = list(dict.fromkeys(every_address(victim, *told, asked(victim.hub))))
    assert len(addresses) > 100
    viewers: dict[str, Ask] = {
        "anybody": lambda path: victim.knock("GET", path),
        "staff": charlie.open,
        "member": victim.ask,
    }
    found: dict[str, set[str]] = {word: set() for word in WORDS}
    leaks = []
    for viewer, ask in viewers.items():
        for path in addresses:
            answer = ask(path)
            assert answer.status < 500, (viewer, path)
            for word in singing(answer):
                found[word].add(viewer)
                if viewer not in WORDS[word]:
                    leaks.append((viewer, path, word))
    assert leaks == []
    assert found == WORDS
    assert [word for word in WORDS if word in caplog.text] == []


def singing(answer: Reply) -> list[str]:
    """The words that an answer holds, in its text or its headers."""
    text = answer.body.decode("utf-8", "replace") + repr(answer.headers)
    return [word for word in WORDS if re.search(re.escape(word), text, re.IGNORECASE)]


def test_threat_23_nothing_that_stays_in_the_hub_is_in_what_others_hold(
    victim: Victim, told: tuple[list[str], list[str]]
) -> None:
    """Not a byte of it arrives at another hub, whatever that hub does with it."""
    carry(victim.hub, victim.friend)
    folder: Path = victim.friend.settings.instance
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).lower()
    assert b"netzkanari" in kept
    for word, who in WORDS.items():
        if "member" not in who and word not in ("a secret of this test",):
            assert word.lower().encode() not in kept, word


def test_threat_23_a_word_that_is_hidden_finds_nothing(victim: Victim, told: tuple[list[str], list[str]]) -> None:
    """Nor does a count, a choice or a second page tell that there is something."""
    own, theirs = told[0], victim.friend.origin.split("://")[1]
    for word, who in WORDS.items():
        if word.endswith("kanari") and "anybody" not in who:
            body = victim.knock("GET", f"/suche?q={word}").body.decode()
            assert not [id for id in own if id in body], word
            assert f"/{theirs}/" not in body
