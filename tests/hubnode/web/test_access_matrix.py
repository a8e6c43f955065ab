"""Every route, asked by every kind of person, for the own record, somebody else's and another hub's.

What must be is written here a second time, apart from the code: who a rule means, which rules a part of the site may
have, and which doors take a form from strangers. A new route is tried by itself; one without a rule, or with a rule
that its place must not have, fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.routing import Rule as Route
from werkzeug.test import TestResponse

from hubnode.web.access import RULES
from tests.hubnode.hubs import close, make_hub
from tests.hubnode.web.cast import EVERYBODY, Cast
from tests.hubnode.web.desk import password_hash as password_hash

OPEN = {"anybody", "token", "peers"}
ACCOUNTS = {"partner", "expert", "staff", "editor", "coordinator", "admin"}
WHO: Mapping[str, set[str]] = {
    "anybody": set(EVERYBODY),
    "token": set(EVERYBODY),
    "peers": set(EVERYBODY),
    "signed_in": ACCOUNTS,
    "own_profile": ACCOUNTS - {"partner"},
    "members": {"staff", "editor", "coordinator", "admin"},
    "colleagues": {"visitor", "staff", "editor", "coordinator", "admin"},
    "answering": {"visitor", "expert", "staff", "editor", "coordinator", "admin"},
    "visitors": {"visitor"},
    "writers": {"editor", "coordinator", "admin"},
    "publishers": {"coordinator", "admin"},
    "admins": {"admin"},
}
"""Whom each rule means."""
PLACES: Mapping[str, set[str]] = {
    "/verwaltung": {"admins"},
    "/verwaltung/partner": {"admins", "publishers"},
    "/verwaltung/webhooks": {"admins", "publishers"},
    "/redaktion": {"writers", "publishers"},
    "/redaktion/<id>/zurueckziehen": {"publishers"},
    "/redaktion/<id>/loeschen": {"publishers"},
    "/konto": {"signed_in", "own_profile", "members"},
    "/fragen": {"colleagues", "answering"},
    "/anmeldungen": {"colleagues"},
    "/anmeldungen/liste": {"publishers"},
    "/apl": {"peers", "anybody"},
}
"""Which rules a part of the site may have; the longest beginning counts."""
STRANGERS_POST = """
    account.close_session account.open_session barriers.report consent.decide consent.end digests.ask oai.door
    preferences.language preferences.theme recovery.asked second_step.challenge second_step.code second_step.enrol
    second_step.first_code second_step.first_passkey second_step.offer second_step.passkey
    second_step.registration second_step.second_challenge second_step.second_passkey visiting.begin
    visiting.finish visiting.signed_out websub.hub
"""
"""Endpoints that take a form from everybody: each has tests of its own for what it refuses."""
ENDLESS = {"changes.stream"}
"""Answers that never end are not waited for."""
TYPED = {"name": "Neu", "text": "Eine Nachricht.", "signed_as": "Bauhof"}
"""A form in which something stands."""
NEW = {"editing.resembling"}
"""Where a number that does not exist is nothing wrong: it compares what is not saved yet."""
UNKNOWN = "01JZZZZZZZZZZZZZZZZZZZZZZZ"
REFUSED = (403, 404, 410)


class Gate:
    """Notes whether a request got past the table, and stops it there when told to."""

    def __init__(self, app: Flask) -> None:
        self.passed = self.stop = False
        app.before_request_funcs[None].append(self)

    def __call__(self) -> tuple[str, int] | None:
        """Called by Flask after the table, before the view."""
        self.passed = True
        return ("", 204) if self.stop or request.endpoint in ENDLESS else None


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory, template: Path, password_hash: str) -> Iterator[Cast]:
    """One hub for all of it."""
    folder = tmp_path_factory.mktemp("matrix")
    hub = make_hub(folder / "wilster", template, "Wilster", 5991, pages=True)
    neighbour = make_hub(folder / "rendsburg", template, "Rendsburg", 5992)
    hub.app.config["WTF_CSRF_ENABLED"] = False
    made = Cast(hub, neighbour, password_hash)
    yield made
    made.close()
    close(hub)
    close(neighbour)


@pytest.fixture(scope="module")
def gate(cast: Cast) -> Gate:
    """What notes how far a request came."""
    return Gate(cast.hub.app)


def routes(cast: Cast) -> list[tuple[Route, str]]:
    """Every route with every method that it takes."""
    found = [(route, method) for route in cast.hub.app.url_map.iter_rules() for method in sorted(route.methods or ())]
    return [(route, method) for route, method in found if method not in ("HEAD", "OPTIONS")]


def path_of(route: Route, cast: Cast, given: Mapping[str, Any]) -> str:
    """An address of this route: what is `given`, else something plausible for each of its arguments."""
    usual = {
        "id": cast.ids["public"],
        "host": cast.host,
        "sha256": "0" * 64,
        "token": "x" * 43,
        "name": "x",
        "slug": "x",
    }
    values = dict(route.defaults or {})
    for name, converter in route._converters.items():
        choices = sorted(getattr(converter, "items", ()))
        number = 4711 if type(converter).__name__ == "IntegerConverter" else None
        values[name] = given.get(name, choices[0] if choices else number or usual.get(name, "x"))
    built = route.build(values)
    assert built is not None, route
    return built[1]


def test_every_route_has_a_rule_that_its_place_may_have(cast: Cast) -> None:
    """And every door that takes something from strangers is known by name."""
    wrong, strangers = [], set()
    for route, method in routes(cast):
        rule = RULES.get(route.endpoint)
        places = [place for place in PLACES if route.rule == place or route.rule.startswith(place + "/")]
        if rule is None or (places and rule.name not in PLACES[max(places, key=len)]):
            wrong.append(f"{route.endpoint} at {route.rule}: {rule.name if rule else 'no rule'}")
        if method != "GET" and rule is not None and rule.name == "anybody":
            strangers.add(route.endpoint)
    assert wrong == []
    unknown = " ".join(sorted(strangers - set(STRANGERS_POST.split())))
    assert not unknown, f"take something from strangers and are not in STRANGERS_POST: {unknown}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_route_lets_in_whom_its_rule_means_and_nobody_else(cast: Cast, gate: Gate, who: str) -> None:
    """Others are led to sign in or told that they may not, before anything is read into or written.

    Pages are really made for those who are let in; forms are stopped behind the table: what they do has tests enough.
    """
    client, wrong = cast.client(who), list[str]()
    for route, method in routes(cast):
        rule = RULES[route.endpoint]
        gate.stop = method != "GET" or (rule.name in OPEN and who not in ("anonymous", "admin"))
        gate.passed = False
        before = cast.writes()
        answer = client.open(path_of(route, cast, {}), method=method)
        answer.close()
        changed = cast.writes() != before
        let_in = who in WHO[rule.name]
        if gate.passed != let_in or answer.status_code >= 500 or not (let_in or _refused(answer, who, changed)):
            wrong.append(f"{method} {route.rule} as {who}: {answer.status_code} {answer.location or ''}")
    assert wrong == []


def _refused(answer: TestResponse, who: str, changed: bool) -> bool:
    """Whether this is a refusal that has changed nothing: 403, or for strangers the way to sign in."""
    led = who == "anonymous" and answer.status_code == 303 and str(answer.location).startswith("/anmelden")
    return not changed and (led or answer.status_code == 403)


def test_doors_for_programs_and_links_open_to_nobody_without_a_key(cast: Cast, gate: Gate) -> None:
    """Neither to strangers nor to an administrator: a rule that leaves the check to its door must have one there."""
    gate.stop, open_doors = False, []
    for route, method in routes(cast):
        if RULES[route.endpoint].name not in ("token", "peers"):
            continue
        for who in ("anonymous", "admin"):
            before = cast.writes()
            answer = cast.client(who).open(
                path_of(route, cast, {}), method=method, data=TYPED if method != "GET" else None
            )
            if not 400 <= answer.status_code < 500 or cast.writes() != before:
                open_doors.append(f"{method} {route.rule} as {who}: {answer.status_code}")
    cast.restore()
    assert open_doors == []


Which = Callable[[Cast, str], Mapping[str, Any]]
EDITING = """
    editing.edit editing.change editing.preview editing.versions editing.ask_withdraw editing.withdraw
    editing.ask_discard editing.discard editing.ask_erase editing.erase
"""
THREADS = "questions.thread questions.reply questions.close questions.ask_delete questions.delete"
SEATS = "registrations.ask_cancel registrations.cancel"
SEARCHES = "saved.look saved.rename saved.delete"
NOBODY: frozenset[str] = frozenset()
OVERSEERS = frozenset(("coordinator", "admin"))


def foreign(cast: Cast, _who: str) -> Mapping[str, Any]:
    """A record of another hub, of which a copy lies here."""
    return {"id": cast.ids["foreign"]}


def their_thread(cast: Cast, _who: str) -> Mapping[str, Any]:
    """What a colleague has asked."""
    return {"id": cast.ids["thread other staff"]}


def their_seat(cast: Cast, _who: str) -> Mapping[str, Any]:
    """What a colleague has registered for."""
    return {"id": cast.ids["seat other staff"]}


def their_search(cast: Cast, _who: str) -> Mapping[str, Any]:
    """What a colleague has saved."""
    return {"id": cast.ids["search other staff"]}


OWNED: Mapping[str, tuple[Which, Which, frozenset[str]]] = {
    **dict.fromkeys(EDITING.split(), (lambda cast, _: {"id": cast.ids["public"]}, foreign, NOBODY)),
    **dict.fromkeys(THREADS.split(), (lambda cast, who: {"id": cast.ids[f"thread {who}"]}, their_thread, OVERSEERS)),
    **dict.fromkeys(SEATS.split(), (lambda cast, who: {"id": cast.ids[f"seat {who}"]}, their_seat, NOBODY)),
    **dict.fromkeys(SEARCHES.split(), (lambda cast, who: {"id": cast.ids[f"search {who}"]}, their_search, NOBODY)),
    "account.end_session": (
        lambda cast, who: {"sign_in_id": cast.sign_ins[who]},
        lambda cast, who: {"sign_in_id": cast.sign_ins[f"other {who}"]},
        NOBODY,
    ),
}
"""By endpoint: the own thing, somebody else's or another hub's, and who may act on that too."""


@pytest.mark.parametrize("endpoint", OWNED)
def test_own_things_are_reached_and_those_of_others_do_not_exist(cast: Cast, gate: Gate, endpoint: str) -> None:
    """For everybody whom the route lets in; what is refused changes nothing."""
    gate.stop = False
    own, others, overseers = OWNED[endpoint]
    wrong = []
    for route, method in routes(cast):
        for who in sorted(WHO[RULES[endpoint].name]) if route.endpoint == endpoint else ():
            client = cast.client(who)
            for given in (others(cast, who), {name: UNKNOWN if name == "id" else 4711 for name in others(cast, who)}):
                known = UNKNOWN not in given.values() and 4711 not in given.values()
                before = cast.writes()
                answer = client.open(
                    path_of(route, cast, given), method=method, data=TYPED if method == "POST" else None
                )
                refused = answer.status_code in REFUSED and cast.writes() == before
                if refused == (known and who in overseers):
                    wrong.append(f"{method} {route.rule} as {who}, not the own one: {answer.status_code}")
            cast.restore()
            answer = client.open(
                path_of(route, cast, own(cast, who)), method=method, data=TYPED if method == "POST" else None
            )
            if answer.status_code in REFUSED or answer.status_code >= 500:
                wrong.append(f"{method} {route.rule} as {who}, the own one: {answer.status_code}")
            cast.restore()
    assert wrong == []


def test_a_change_is_noticed(cast: Cast, gate: Gate) -> None:
    """What these tests call unchanged is looked at, and put back."""
    gate.stop, before = False, cast.writes()
    path = f"/konto/suchen/{cast.ids['search staff']}/loeschen"
    assert cast.client("staff").post(path).status_code == 303
    assert cast.writes() != before
    cast.restore()
    assert cast.client("staff").post(path).status_code == 303
    cast.restore()


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_record_is_there_for_those_whom_its_level_means(cast: Cast, gate: Gate, who: str) -> None:
    """Own ones of each level, and a copy of another hub's; for all others it does not exist."""
    gate.stop = False
    sees = {"public"} if who in ("anonymous", "partner") else {"public", "network", "foreign"}
    if who in WHO["members"]:
        sees.add("hub")
    client = cast.client(who)
    found = {
        name
        for name in ("public", "network", "hub", "foreign")
        if client.get(f"/projekte/{cast.host + '/' if name == 'foreign' else ''}{cast.ids[name]}").status_code == 200
    }
    assert found == sees


def test_things_that_this_file_does_not_know_are_refused_by_a_wrong_number(cast: Cast, gate: Gate) -> None:
    """Every other route for people that takes an argument: what does not exist is neither shown nor done."""
    gate.stop, wrong = False, []
    for route, method in routes(cast):
        rule = RULES[route.endpoint]
        if rule.name in OPEN or route.endpoint in {*OWNED, *NEW} or not {"id", "number", "visit_id"} & route.arguments:
            continue
        who = sorted(WHO[rule.name])[0]
        answer = cast.client(who).open(path_of(route, cast, {"id": UNKNOWN}), method=method)
        if answer.status_code < 400 and answer.location is None:
            wrong.append(f"{method} {route.rule} as {who}: {answer.status_code}")
    cast.restore()
    assert wrong == []
