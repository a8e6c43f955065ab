"""Rows 32 and 33: which doors there are, what each asks for, and that none leads to settings, keys or code."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from federation import routes
from federation.letters import PATH as LETTERS
from federation.receipts import PATH as RECEIPTS
from federation.signatures import DOCUMENT_TYPE
from hubnode.cli import main
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading
from hubnode.network.models import Peer
from hubnode.people.models import Account
from hubnode.records import log
from tests.hubnode.bodies import project
from tests.journeys.liar import Liar
from tests.threats.people import Person, filled
from tests.threats.stage import Victim

HASH, ASK, ULID = "0" * 64, "0f" * 16, "01JD000000000000000000000A"
RULES: dict[str, tuple[str, str, str]] = {
    "apl.card": ("GET", routes.CARD, "open"),
    "apl.checkpoint": ("GET", routes.CHECKPOINT, "open"),
    "apl.epoch": ("GET", routes.EPOCH, "open"),
    "apl.entries": ("GET", f"{routes.ENTRIES}?log={{log}}&after=0&limit=1", "member"),
    "apl.entries_again": ("GET", f"{routes.AGAIN}?log={{log}}&after=0&limit=1", "member"),
    "apl.seen": ("GET", f"{routes.SEEN}?origin={{origin}}", "member"),
    "apl.mirror": ("GET", f"{routes.MIRROR}/{{place}}/entries?log={{log}}&after=0&limit=1", "member"),
    "apl.digest": ("GET", f"{routes.DIGEST}?log={{log}}", "member"),
    "apl.file": ("GET", f"{routes.MEDIA}/{HASH}", "member"),
    "apl.poke": ("POST", routes.POKE, "member"),
    "apl.letters": ("POST", LETTERS, "member"),
    "apl.take_receipts": ("POST", RECEIPTS, "member"),
    "apl.join": ("POST", routes.JOIN, "invited"),
    "apl.confirm": ("POST", routes.join_confirm(ASK), "asked"),
}
"""Every door for hubs: how it is knocked at, and who may: everybody, members, who was invited, who was asked."""
PEOPLE = ("/konto", "/redaktion", "/fragen", "/verwaltung")
"""Below these addresses nobody is who has not signed in."""


def doors(victim: Victim) -> Iterator[tuple[str, str, str]]:
    """Each door as it is knocked at: method, path, rule."""
    with victim.hub.at():
        log_id = log.own(reading()).log_id
    for method, path, rule in RULES.values():
        yield method, path.format(log=log_id, place=victim.place, origin=victim.origin), rule


def test_threat_33_every_door_for_hubs_declares_who_may_knock(victim: Victim) -> None:
    rules = list(victim.hub.app.url_map.iter_rules())
    for_hubs = {
        rule.endpoint: (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for rule in rules
        if rule.rule.startswith(("/apl", "/.well-known/apl")) or rule.endpoint.startswith("apl.")
    }
    assert for_hubs == {endpoint: {method} for endpoint, (method, _path, _rule) in RULES.items()}


def test_threat_33_every_door_keeps_its_rule(victim: Victim, liar: Liar) -> None:
    """Without a signature, and with a good one of a hub that is no member."""
    stranger = Liar("Fremd")
    before = victim.rows()
    for method, path, rule in doors(victim):
        body = b"" if method == "GET" else b"{}"
        bare = victim.knock(method, path, {"Content-Type": DOCUMENT_TYPE}, body)
        signed = victim.signed(method, path, body or None, key=stranger.signing, origin=stranger.origin)
        strange = victim.knock(method, path, signed, body)
        if rule == "open":
            assert {bare.status, strange.status} <= {200, 404}, path
        elif rule == "member":
            assert (bare.status, bare.problem) == (401, "bad-signature"), path
            assert (strange.status, strange.problem) == (403, "not-member"), path
        else:
            assert {bare.status, strange.status} <= {400, 403, 404}, path
    stranger.close()
    assert victim.rows() == before


def test_threat_33_no_other_spelling_of_a_door_goes_round_its_rule(victim: Victim) -> None:
    before = victim.rows()
    for method, path, rule in doors(victim):
        if rule != "member":
            continue
        place, _, query = path.partition("?")
        last = place.rpartition("/")[2]
        spellings = (
            f"{place}/",
            f"/{place}",
            place.upper(),
            place.replace("/apl/", "/apl/./"),
            place.replace("/apl/", "/static/../apl/"),
            place.replace("/apl/", "/%61pl/"),
            place.replace("/v1/", "//v1/"),
            place.replace(last, f"{last};x"),
            place.replace(last, f"{last}%2f"),
            place.replace(last, f"{last}%00"),
            f"{victim.origin}{place}",
            f"/.well-known/apl/..{place}",
        )
        for spelling in spellings:
            for verb in (method, "HEAD"):
                answer = victim.knock(verb, f"{spelling}?{query}", body=b"{}" if verb == "POST" else b"")
                assert answer.status in (308, 400, 401, 404, 405), (verb, spelling, answer.status)
        assert victim.knock("HEAD", path).status in (400, 401, 405)
    assert victim.rows() == before


UNKNOWN = (
    "/apl",
    "/apl/",
    "/apl/v1",
    "/apl/v2/entries",
    "/apl/v1/config",
    "/apl/v1/settings",
    "/apl/v1/keys",
    "/apl/v1/admin",
    "/apl/v1/peers",
    "/_config",
    "/_session",
    "/_utils",
    "/.env",
    "/hub.db",
    "/settings.toml",
    "/keys/root.json",
    "/instance/keys/root.json",
    "/console",
    "/debug",
    "/metrics",
)


def test_threat_33_what_is_no_door_is_not_found(victim: Victim) -> None:
    for path in UNKNOWN:
        assert victim.knock("GET", path).status == 404, path
        assert victim.ask(path).status == 404, path


def test_threat_33_pages_for_people_of_the_hub_lead_a_stranger_to_sign_in(victim: Victim) -> None:
    """A good signature of a member is no sign-in."""
    visitor = Person(victim)
    visitor.token = visitor.token_at("/anmelden")
    for rule in victim.hub.app.url_map.iter_rules():
        if rule.rule.startswith(PEOPLE) and "GET" in (rule.methods or ()):
            values = {"id": ULID, "host": "hub.example", "slug": "projekte", "number": 1, "seq": 1}
            path = str(rule.build({name: values[name] for name in rule.arguments})[1])  # type: ignore[index]
            for answer in (victim.knock("GET", path), victim.ask(path)):
                assert answer.status == 303, path
                assert answer.headers["Location"].startswith("/anmelden"), path


def test_threat_33_forms_for_people_of_the_hub_do_nothing_for_a_stranger(victim: Victim) -> None:
    visitor = Person(victim)
    visitor.token = visitor.token_at("/anmelden")
    before = victim.rows()
    tried = 0
    for rule in victim.hub.app.url_map.iter_rules():
        if rule.rule.startswith(PEOPLE) and "POST" in (rule.methods or ()):
            path = filled(rule, {"id": ULID, "host": "h", "slug": "projekte", "number": 1, "seq": 1})
            answer = visitor.send(path, passwort="x", text="x")
            assert answer.status in (303, 403, 404, 405), path
            assert answer.headers.get("Location", "/anmelden").startswith("/anmelden"), path
            tried += 1
    assert tried > 20
    assert victim.rows() == before


def state_of(folder: Path) -> dict[str, str]:
    """What a hub is told and owns: its settings and keys, by their hashes."""
    own = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("hub.db")]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in own}


def test_threat_32_no_door_changes_settings_or_keys(victim: Victim, liar: Liar) -> None:
    victim.hub.publish("project", project())
    folder, settings = victim.hub.settings.instance, victim.hub.settings
    victim.entries()
    before, rows = state_of(folder), victim.rows()
    orders = [{"secret_key": "x" * 40, "mode": "demo", "metrics_token": "x" * 40}, {"exec": "id"}, {"$set": {}}, []]
    for _method, path, _rule in doors(victim):
        for method in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND", "COPY"):
            for order in orders if method == "POST" else orders[:1]:
                body = json.dumps(order, separators=(",", ":"), sort_keys=True).encode()
                answer = victim.tell(path, body) if method == "POST" else victim.knock(method, path, {}, body)
                assert 400 <= answer.status < 500, (method, path, answer.status)
    assert victim.hub.app.extensions["hubnode.settings"] == settings
    assert (state_of(folder), victim.rows()) == (before, rows)


def test_threat_32_no_door_gives_a_secret(victim: Victim) -> None:
    victim.hub.publish("project", project())
    folder = victim.hub.settings.instance / "keys"
    secrets = [victim.hub.settings.secret_key]
    for name in ("signing.json", "root.json"):
        secrets += [value for value in json.loads((folder / name).read_text()).values() if len(str(value)) > 40]
    assert len(secrets) >= 3
    given = b""
    for method, path, _rule in doors(victim):
        given += victim.ask(path).body if method == "GET" else victim.tell(path, b"{}").body
    for path in ("/", "/verbund", "/metrics", *UNKNOWN):
        given += victim.knock("GET", path).body
    assert b"127.0.0.1" in given
    for secret in secrets:
        assert str(secret).encode() not in given


def test_threat_32_a_new_hub_has_no_account_no_known_secret_and_listens_to_itself_alone(tmp_path: Path) -> None:
    secrets = []
    for name in ("eins", "zwei"):
        folder = tmp_path / name
        told = ["--base-url", "http://127.0.0.1:5971", "--name", "Hub", "--place", "Ort", "--mode", "test"]
        done = CliRunner().invoke(main, ["--instance", str(folder), "init", *told])
        assert done.exit_code == 0, done.output
        settings = Settings.load(folder, {})
        assert (settings.host, settings.metrics_token, settings.vouches_needed) == ("127.0.0.1", "", 0)
        keys = [(folder / "keys" / key).read_text() for key in ("root.json", "signing.json")]
        secrets += [tomllib.loads((folder / "settings.toml").read_text())["secret_key"], *keys]
        with create_core(settings).app_context():
            for table in (Account, Peer):
                assert reading().scalar(sa.select(sa.func.count()).select_from(table)) == 0
            reading().get_bind().dispose()  # type: ignore[union-attr]
    assert len(set(secrets)) == len(secrets)
    assert all(len(secret) >= 43 for secret in secrets)


@pytest.mark.parametrize("spoiled", [{"secret_key": "short"}, {"mode": "production"}, {"metrics_token": "guessable"}])
def test_threat_32_a_hub_does_not_start_with_unsafe_settings(tmp_path: Path, spoiled: dict[str, str]) -> None:
    given = {"base_url": "http://127.0.0.1:5971", "name": "Hub", "place": "Ort", "secret_key": "x" * 40, "mode": "test"}
    text = "".join(f'{name} = "{value}"\n' for name, value in (given | spoiled).items())
    (tmp_path / "settings.toml").write_text(text)
    done = CliRunner().invoke(main, ["--instance", str(tmp_path), "start"])
    assert done.exit_code != 0
    assert next(iter(spoiled)) in done.output or "base_url" in done.output
