"""`hubnode key …` through its own door: what changes, and that what is refused says why and changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import Result

from hubnode.network import identity
from tests.hubnode.cli.test_commands import Run, init
from tests.hubnode.cli.test_commands import ready as ready
from tests.hubnode.cli.test_commands import run as run


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The folder of the keys."""
    return tmp_path / "hub" / "keys"


def signer(keys: Path) -> str:
    """The id of the key that signs."""
    return identity.read_key(keys / "signing.json").id


def shown(run: Run) -> str:
    """What `key show` says."""
    answer: Result = run("key", "show")
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_rotation_announces_a_key_and_show_names_both(ready: Run, keys: Path) -> None:
    before = signer(keys)
    answer = ready("key", "rotate")
    assert answer.exit_code == 0, answer.output
    assert signer(keys) == before
    text = shown(ready)
    assert re.search(rf"{before}\t.*unterschreibt", text)
    assert re.search(rf"{before}-2\t.*angekündigt", text)
    assert "Schlüsselsatz 2" in text


def test_a_second_rotation_waits_for_the_first(ready: Run) -> None:
    ready("key", "rotate")
    answer = ready("key", "rotate")
    assert answer.exit_code == 1
    assert "announced already" in answer.output


def test_a_root_key_in_the_vault_is_named_by_its_file(ready: Run, keys: Path, tmp_path: Path) -> None:
    vault = tmp_path / "vault.json"
    (keys / "root.json").rename(vault)
    answer = ready("key", "rotate")
    assert answer.exit_code == 1
    assert "root.json is missing" in answer.output
    assert "nicht auf diesem Rechner" in shown(ready)
    assert ready("key", "rotate", "--root", str(vault), "--overlap-hours", "2").exit_code == 0


def test_a_lost_key_is_replaced_at_once(ready: Run, keys: Path) -> None:
    lost = signer(keys)
    answer = ready("key", "compromise", lost, "--since", "2026-01-01T10:00")
    assert answer.exit_code == 0, answer.output
    assert signer(keys) != lost
    assert re.search(rf"{lost}\t.*abgelaufen", shown(ready))


@pytest.mark.parametrize(
    ("key_id", "since", "says"),
    [("k9", "2026-01-01T10:00", "has no key k9"), ("", "gestern", "2026-11-22T09:00"), ("", "2999-01-01", "past")],
)
def test_a_loss_that_makes_no_sense_changes_nothing(ready: Run, keys: Path, key_id: str, since: str, says: str) -> None:
    answer = ready("key", "compromise", key_id or signer(keys), "--since", since)
    assert answer.exit_code != 0
    assert says in answer.output
    assert "Schlüsselsatz 1" in shown(ready)


def test_a_new_root_changes_the_fingerprint(ready: Run, tmp_path: Path) -> None:
    before = shown(ready).split()[1]
    answer = ready("key", "new-root", "--new-root", str(tmp_path / "new.json"))
    assert answer.exit_code == 0, answer.output
    assert before not in shown(ready)
    assert ready("key", "rotate").exit_code == 1
    assert ready("key", "rotate", "--root", str(tmp_path / "new.json")).exit_code == 0


@pytest.mark.parametrize("options", [(), ("--fingerprint", "A", "--vouches", "1")])
def test_a_hub_is_repinned_by_a_fingerprint_or_by_vouches(ready: Run, options: tuple[str, ...]) -> None:
    answer = ready("key", "repin", "http://127.0.0.1:9", *options)
    assert answer.exit_code == 2
    assert "genau eines" in answer.output


def test_only_a_known_hub_is_repinned(ready: Run) -> None:
    answer = ready("key", "repin", "http://127.0.0.1:9", "--fingerprint", "AAAA")
    assert answer.exit_code == 1
    assert "not among the hubs" in answer.output


def test_a_node_without_keys_says_what_to_do(run: Run, keys: Path) -> None:
    init(run)
    (keys / "keyset.json").unlink()
    answer = run("key", "rotate")
    assert answer.exit_code == 1
    assert "hubnode init" in answer.output


def test_a_hub_moves_with_one_command_before_and_after_its_settings_change(ready: Run, tmp_path: Path) -> None:
    new = "http://127.0.0.1:5972"
    answer = ready("key", "move", "--to", new)
    assert "0 von 0 Hubs" in answer.output
    settings = tmp_path / "hub" / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace("http://127.0.0.1:5971", new), "utf-8")
    assert ready("status").exit_code == 1
    answer = ready("key", "move", "--to", new)
    assert answer.exit_code == 0, answer.output
    assert f"Dieser Hub ist jetzt {new}" in answer.output
    assert ready("verify").exit_code == 0
    assert "Schlüsselsatz 2" in shown(ready)


@pytest.mark.parametrize("to", ["http://127.0.0.1:5971/", "ftp://new.example", "http://new.example"])
def test_only_to_an_address_of_a_hub_one_moves(ready: Run, to: str) -> None:
    answer = ready("key", "move", "--to", to)
    assert answer.exit_code == 1
    assert "Error" in answer.output
