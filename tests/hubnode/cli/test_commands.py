"""The `hubnode` command through its own door: what works, and that what is refused says why and changes nothing."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hubnode.cli import main
from tests.hubnode.bodies import project

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on the instance of this test."""

    def command(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(main, ["--instance", str(tmp_path / "hub"), *arguments], input=input)

    return command


@pytest.fixture
def ready(run: Run, tmp_path: Path) -> Run:
    """The same, on an instance that is initialised: a copy of one, because each takes a second."""
    shutil.copytree(_initialised(), tmp_path / "hub")
    return run


@cache
def _initialised() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="initialised-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    answer = init(lambda *words, **_: CliRunner().invoke(main, ["--instance", str(folder / "hub"), *words]))
    assert answer.exit_code == 0, answer.output
    return folder / "hub"


def init(run: Run, base_url: str = "http://127.0.0.1:5971") -> Result:
    """Initialise a hub."""
    return run("init", "--base-url", base_url, "--name", "Digital Hub Wilster", "--place", "Wilster", "--mode", "test")


def documents(tmp_path: Path, *records: Any, lines: bool = False) -> str:
    """A file to import."""
    path = tmp_path / "records.json"
    text = "\n".join(json.dumps(record) for record in records) if lines else json.dumps(list(records), indent=1)
    path.write_text(text, "utf-8")
    return str(path)


def record(**changes: Any) -> dict[str, Any]:
    """A record to import."""
    return {"kind": "project", "visibility": "public", "body": project()} | changes


def test_init_makes_settings_keys_texts_and_database_that_only_the_owner_reads(ready: Run, tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    assert {path.name for path in hub.iterdir()} >= {"settings.toml", "keys", "legal", "hub.db"}
    for secret in (hub / "settings.toml", hub / "keys" / "root.json", hub / "keys" / "signing.json"):
        assert secret.stat().st_mode & 0o077 == 0


def test_init_asks_for_what_it_is_not_told(run: Run, tmp_path: Path) -> None:
    answer = run("init", "--mode", "test", input="http://127.0.0.1:5971\nDigital Hub Kiel\nKiel\n")
    assert answer.exit_code == 0, answer.output
    assert 'place = "Kiel"' in (tmp_path / "hub" / "settings.toml").read_text("utf-8")


def test_init_again_keeps_everything(ready: Run, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "hub" / "keys").iterdir()}
    assert init(ready).exit_code == 0
    assert {path: path.read_bytes() for path in (tmp_path / "hub" / "keys").iterdir()} == before


@pytest.mark.parametrize("address", ["http://127.0.0.1:5971/", "HTTP://Hub.example", "ftp://hub.example", "hub"])
def test_init_refuses_an_address_that_is_no_origin_and_leaves_nothing_behind(
    run: Run, tmp_path: Path, address: str
) -> None:
    answer = init(run, address)
    assert answer.exit_code == 1
    assert "base_url" in answer.output
    assert not (tmp_path / "hub" / "settings.toml").exists()


def test_a_command_without_an_instance_says_what_to_do(run: Run) -> None:
    answer = run("status")
    assert (answer.exit_code, "init" in answer.output) == (1, True)


def test_status_tells_the_fingerprint(ready: Run) -> None:
    report = json.loads(ready("status", "--json").output)
    assert report["origin"] == "http://127.0.0.1:5971"
    assert len(report["fingerprint"].split("-")) == 13
    assert report["logs"][0]["size"] == 0
    assert report["fingerprint"] in ready("status").output


def test_publish_takes_a_list_or_lines_and_export_gives_them_back(ready: Run, tmp_path: Path) -> None:
    answer = ready("publish", documents(tmp_path, record(), record(visibility="hub")))
    assert (answer.exit_code, "2 Datensätze" in answer.output) == (0, True)
    assert ready("publish", documents(tmp_path, record(), lines=True)).exit_code == 0
    exported = [json.loads(line) for line in ready("export").output.splitlines()]
    assert [one["visibility"] for one in exported].count("public") == 2
    again = ready("publish", documents(tmp_path, *exported))
    assert again.exit_code == 0
    assert json.loads(ready("status", "--json").output)["logs"][0]["size"] == 2


def test_publish_names_line_and_field_of_every_error_and_publishes_nothing(ready: Run, tmp_path: Path) -> None:
    bad = record(body=project(phase="P9", title={"de": ""}))
    file = documents(tmp_path, record(), bad, record(visibility="secret"), lines=True)
    answer = ready("publish", file)
    assert answer.exit_code == 1
    assert f"{file}:2: phase:" in answer.output
    assert f"{file}:2: title.de:" in answer.output
    assert f"{file}:3: visibility:" in answer.output
    assert "nichts wurde veröffentlicht" in answer.output
    assert ready("export").output == ""


def test_publish_can_only_check(ready: Run, tmp_path: Path) -> None:
    assert "in Ordnung" in ready("publish", "--check", documents(tmp_path, record())).output
    assert ready("export").output == ""


@pytest.mark.parametrize(
    ("text", "told"), [("{", "Zeile 1"), ("[1]", "JSON-Objekt"), ("", "keinen Datensatz"), ('[{}\n{"a":}]', "Zeile 2")]
)
def test_publish_refuses_what_is_no_json(ready: Run, text: str, told: str) -> None:
    answer = ready("publish", "-", input=text)
    assert answer.exit_code == 1
    assert told in answer.output


def test_user_add_and_list(ready: Run) -> None:
    answer = ready(
        "user", "add", "bob@wilster.example", "--name", "Bob", "--role", "coordinator", "--password-stdin",
        input="Deichgraf reitet Schimmel\n",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert "bob@wilster.example\tcoordinator\taktiv\tBob" in ready("user", "list").output


@pytest.mark.parametrize(
    ("email", "password", "told"), [("bob", "Deichgraf reitet Schimmel", "mail"), ("bob@wilster.example", "kurz", "12")]
)
def test_user_add_refuses_what_is_no_account(ready: Run, email: str, password: str, told: str) -> None:
    answer = ready("user", "add", email, "--name", "Bob", "--password-stdin", input=password + "\n")
    assert answer.exit_code == 1
    assert told in answer.output
    assert ready("user", "list").output == ""


def test_peer_add_refuses_itself_and_who_does_not_answer(ready: Run, free_port: int) -> None:
    own = ready("peer", "add", "http://127.0.0.1:5971", "--fingerprint", "AAAA")
    assert (own.exit_code, "own peer" in own.output) == (1, True)
    silent = ready("peer", "add", f"http://127.0.0.1:{free_port}", "--fingerprint", "AAAA")
    assert (silent.exit_code, "connect" in silent.output) == (1, True)
    assert ready("peer", "list").output.count("\n") == 1


def test_verify_finds_nothing_on_a_sound_node_and_something_on_a_spoiled_one(ready: Run, tmp_path: Path) -> None:
    import sqlite3

    ready("publish", documents(tmp_path, record()))
    assert ready("verify").exit_code == 0
    with sqlite3.connect(tmp_path / "hub" / "hub.db") as database:
        database.execute("UPDATE record SET rev = 7")
    answer = ready("verify")
    assert (answer.exit_code, "the records are not what the log says" in answer.output) == (1, True)


def test_copies_can_be_rebuilt_before_they_are_verified(ready: Run) -> None:
    answer = ready("verify", "--rebuild")
    assert (answer.exit_code, "0 anderen Hubs" in answer.output) == (0, True)


def test_migrate_is_repeatable(ready: Run) -> None:
    assert ready("migrate").exit_code == 0


def test_production_needs_https_and_an_address(run: Run) -> None:
    answer = run("init", "--base-url", "http://hub.example", "--name", "Hub", "--place", "Hub")
    assert (answer.exit_code, "https" in answer.output) == (1, True)


def test_production_does_not_start_with_placeholders_in_its_legal_texts(run: Run) -> None:
    made = run(
        "init", "--base-url", "https://hub.example", "--name", "Hub", "--place", "Hub",
        "--contact-email", "hub@hub.example",
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    answer = run("run")
    assert (answer.exit_code, "Platzhalter" in answer.output) == (1, True)
    assert "impressum" in answer.output
