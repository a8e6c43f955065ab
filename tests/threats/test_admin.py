"""Rows 29, 31 and 34: headers that lie about who comes, forms sent for somebody else, and ids of others."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation import routes
from federation.joining import JoinRequest
from hubnode.app import create_app
from hubnode.db import reading, transaction
from hubnode.network import invitations, questions
from hubnode.people import throttle
from hubnode.people.models import SignIn, Throttle
from hubnode.people.viewer import OPERATOR, Viewer
from hubnode.records import reading as records
from hubnode.records import service
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry
from tests.hubnode.web.browsing import PASSWORD
from tests.journeys.liar import Liar
from tests.serving import free_port, served
from tests.threats.people import Person, filled
from tests.threats.stage import Victim

# ----- 29: who comes


def lies(number: int) -> dict[str, str]:
    """Headers by which somebody says that the request comes from elsewhere."""
    address = f"203.0.113.{number}"
    return {
        "X-Forwarded-For": f"{address}, 198.51.100.{number}",
        "X-Real-IP": address,
        "Forwarded": f"for={address}",
        "X-Client-IP": address,
        "CF-Connecting-IP": address,
        "True-Client-IP": address,
    }


def used_up(hub: Hub, address: str) -> None:
    """Let all attempts of one address have been made, at the sign-in and at the door for newcomers."""
    secret = hub.settings.secret_key
    with hub.at(), transaction() as session:
        for key in (throttle.address_key(address, secret), throttle.knock_key(address, secret)):
            row = session.merge(Throttle(key=key.digest, failures=key.free + 5, until=datetime.now(UTC)))
            row.until += timedelta(minutes=5)


def knock_as_newcomer(victim: Victim, liar: Liar, **headers: str) -> int:
    """Ask to join with an invitation that nobody has given; the status."""
    body = JoinRequest("0f" * 16, liar.keyset, liar.log_id, b"0" * 32).to_bytes()
    signed = victim.signed("POST", routes.JOIN, body, key=liar.signing, origin=liar.origin)
    return victim.knock("POST", routes.JOIN, {**signed, **headers}, body).status


def test_threat_29_a_header_of_the_asker_opens_no_new_account_of_attempts(victim: Victim) -> None:
    stranger, visitor = Liar("Fremd"), Person(victim)
    visitor.token = visitor.token_at("/anmelden")
    assert knock_as_newcomer(victim, stranger) == 403
    used_up(victim.hub, "127.0.0.1")
    with victim.hub.at():
        counted = reading().scalar(sa.select(sa.func.count()).select_from(Throttle))
    for number in range(1, 6):
        assert knock_as_newcomer(victim, stranger, **lies(number)) == 429
        form = f"csrf_token={visitor.token}&email=x{number}@victim.example&passwort=x".encode()
        refused = visitor.post("/anmelden", form, "application/x-www-form-urlencoded", **lies(number))
        assert refused.status == 429
    with victim.hub.at():
        reading().rollback()
        assert reading().scalar(sa.select(sa.func.count()).select_from(Throttle)) == counted
    stranger.close()


def test_threat_29_behind_a_server_of_our_own_its_word_counts_and_no_other(victim: Victim) -> None:
    """The last entry is the one that our own server has written; what stood there before came from outside."""
    port, stranger = free_port(), Liar("Fremd")
    settings = replace(victim.hub.settings, proxies=1, base_url=f"http://127.0.0.1:{port}")
    behind = Victim(Hub(victim.hub.app, settings), victim.friend)
    app = create_app(victim.hub.settings)
    used_up(victim.hub, "198.51.100.7")
    with served(create_app(replace(victim.hub.settings, proxies=1)), port):
        host = {"Host": victim.place}
        body = JoinRequest("0f" * 16, stranger.keyset, stranger.log_id, b"0" * 32).to_bytes()
        signed = victim.signed("POST", routes.JOIN, body, key=stranger.signing, origin=stranger.origin)

        def ask(forwarded: str) -> int:
            return behind.knock("POST", routes.JOIN, {**signed, **host, "X-Forwarded-For": forwarded}, body).status

        assert [ask(f"203.0.113.{number}, 198.51.100.7") for number in range(1, 4)] == [429] * 3
        assert ask("198.51.100.7, 203.0.113.1") == 403
    assert app is not victim.hub.app
    stranger.close()


# ----- 31: forms and secrets


def test_threat_31_nothing_in_administration_happens_without_the_token_of_the_form(victim: Victim) -> None:
    alice = Person(victim, "alice", "admin")
    values = {"host": victim.friend.origin.split("://")[1], "number": 1, "seq": 0}
    other = Person(victim).token_at("/anmelden")
    before, tried = victim.rows(), 0
    for rule in victim.hub.app.url_map.iter_rules():
        if rule.rule.startswith("/verwaltung") and "POST" in (rule.methods or ()):
            path = filled(rule, values)
            for token in ("", "x" * 40, other):
                assert alice.send(path, csrf_token=token, passwort=PASSWORD).status in (400, 403), path
            tried += 1
    assert tried >= 12
    assert victim.rows() == before


def test_threat_31_nothing_in_administration_happens_without_the_password_again(victim: Victim) -> None:
    """To be signed in is not enough, for whoever sits at a screen that was left open."""
    alice, host = Person(victim, "alice", "admin"), victim.friend.origin.split("://")[1]
    deeds = ["einladen", "einladungen-zurueckziehen", "verlassen", f"{host}/aussetzen", f"{host}/trennen"]
    paths = [*(f"/verwaltung/hubs/{deed}" for deed in deeds), "/verwaltung/schluessel/erneuern"]
    before = victim.rows()
    for path in paths:
        for typed in ({}, {"passwort": ""}, {"passwort": "x" * 20}):
            assert alice.send(path, **typed).status in (400, 404, 422, 429), path
            now = victim.rows()
            assert now["audit_note"] <= before["audit_note"] + 1  # that somebody guesses is noted, once
            assert now | {"audit_note": 0} == before | {"audit_note": 0}
    with victim.hub.at(), transaction() as session:
        session.execute(sa.delete(Throttle))
    assert alice.send(f"/verwaltung/hubs/{host}/aussetzen", passwort=PASSWORD).status == 303


def test_threat_31_cookies_do_not_come_along_from_other_sites(victim: Victim) -> None:
    person = Person(victim)
    person.token = person.token_at("/anmelden")
    cookies = list(person.open("/anmelden").cookies)
    alice = Person(victim, "alice", "admin")
    cookies += alice.victim.knock("GET", "/anmelden").cookies
    assert cookies
    for cookie in cookies:
        assert re.search(r"; *samesite=(lax|strict)", cookie, re.IGNORECASE), cookie
        assert "httponly" in cookie.lower(), cookie


def test_threat_31_a_token_is_compared_in_constant_time_and_every_refusal_is_the_same(victim: Victim) -> None:
    """The first is read in the source: no measurement on a busy machine can show it."""
    source = ast.parse(Path(invitations.__file__).read_bytes())
    called = {ast.unparse(node.func) for node in ast.walk(source) if isinstance(node, ast.Call)}
    assert "hmac.compare_digest" in called
    stranger, answers = Liar("Fremd"), set()
    for token in (None, bytes(32), b"\xff" * 32):
        body = JoinRequest("0f" * 16, stranger.keyset, stranger.log_id, token).to_bytes()
        answer = victim.tell(routes.JOIN, body, key=stranger.signing, origin=stranger.origin)
        answers.add((answer.status, answer.body))
    stranger.close()
    assert len(answers) == 1
    assert answers.pop()[0] == 403


# ----- 34: ids of others


@pytest.mark.parametrize("role", ["staff", "coordinator", "admin"])
def test_threat_34_an_id_of_another_hub_is_nothing_here(victim: Victim, role: str) -> None:
    row = files.attach(victim.friend, b"Nur bei Freunden\n", "Datei.txt")
    public = victim.friend.publish("project", project(attachments=[row]))
    hidden = victim.friend.publish("project", project(title="Bleibt dort"), "hub")
    carry(victim.friend, victim.hub)
    with victim.friend.at():
        draft = service.save_draft(OPERATOR, "project", project(), level="public", now=NOW).id
    person, before, host = Person(victim, "eva", role), victim.rows(), victim.friend.origin.split("://")[1]
    for id in (public, hidden, draft):
        local = (f"/projekte/{id}", f"/r/{id}", f"/fragen/{id}", f"/fragen/neu/projekte/{id}")
        desk = ("", "/vorschau", "/fassungen", "/loeschen", "/verwerfen", "/zurueckziehen", "/geloescht")
        # Who may not come to a desk at all is told so, whatever the id is.
        closed = {404} if role != "staff" else {403, 404}
        assert {person.open(path).status for path in local} == {404}, id
        assert {person.open(f"/redaktion/{id}{deed}").status for deed in desk} <= closed, id
        for deed in ("", "/loeschen", "/verwerfen", "/zurueckziehen"):
            assert person.send(f"/redaktion/{id}{deed}", aktion="sichern", passwort=PASSWORD).status in closed
        assert person.open(f"/verwaltung/loeschungen/{id}").status == (404 if role == "admin" else 403)
        if id != public:
            assert person.open(f"/projekte/{host}/{id}").status == 404
    assert person.open(f"/medien/{row['sha256']}/Datei.txt").status == 404
    assert victim.ask(f"{routes.MEDIA}/{row['sha256']}").status == 404
    assert victim.rows() == before


def test_threat_34_nobody_ends_the_sign_in_or_reads_the_question_of_somebody_else(victim: Victim) -> None:
    alice, eva = Person(victim, "alice", "admin"), Person(victim, "eva")
    victim.hub.publish("project", project())
    with victim.hub.at() as node:
        asker = Viewer("hub", "admin", 1, "alice")
        found = records.find(asker, records.Browse(kinds=("project",))).items[0]
        thread = questions.ask(asker, found, questions.write("Wie oft?", "Amt", "Frage"), node.clock())
    before = victim.rows()
    for number in victim.column(SignIn.id, SignIn.account_id == 1):
        answer = eva.send(f"/konto/sitzungen/{number}/beenden")
        assert answer.status in (303, 404)
    assert victim.column(SignIn.revoked_at, SignIn.account_id == 1) == [None]
    for path in (f"/fragen/{thread}", f"/fragen/{thread}/loeschen"):
        assert eva.open(path).status == 404
        assert eva.send(path, text="x", signed_as="y").status == 404
    assert victim.rows() == before
    assert alice.open("/konto").status == 200
