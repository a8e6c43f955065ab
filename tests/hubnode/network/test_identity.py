"""A hub's keys: made once, readable by their owner alone, and refused when they don't fit."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hubnode.network import identity

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:5991"


def test_keys_are_made_once_and_loaded_again(tmp_path: Path) -> None:
    made = identity.create(tmp_path / "keys", ORIGIN, NOW)
    assert identity.create(tmp_path / "keys", ORIGIN, NOW).fingerprint == made.fingerprint
    loaded = identity.load(tmp_path / "keys", ORIGIN, NOW)
    assert (loaded.fingerprint, loaded.signing.public) == (made.fingerprint, made.signing.public)


def test_key_files_are_for_their_owner(tmp_path: Path) -> None:
    identity.create(tmp_path / "keys", ORIGIN, NOW)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "keys").iterdir())


def test_the_root_key_may_be_kept_offline(tmp_path: Path) -> None:
    identity.create(tmp_path / "keys", ORIGIN, NOW)
    (tmp_path / "keys" / "root.json").unlink()
    assert identity.load(tmp_path / "keys", ORIGIN, NOW).origin == ORIGIN


def test_two_hubs_never_share_a_key(tmp_path: Path) -> None:
    one, two = (identity.create(tmp_path / name, ORIGIN, NOW) for name in ("a", "b"))
    assert one.fingerprint != two.fingerprint
    assert one.signing.public.raw != two.signing.public.raw


def test_missing_keys_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(identity.BadIdentity, match="init"):
        identity.load(tmp_path, ORIGIN, NOW)


def test_keys_of_another_address_are_refused(tmp_path: Path) -> None:
    identity.create(tmp_path, ORIGIN, NOW)
    with pytest.raises(identity.BadIdentity, match="5992"):
        identity.load(tmp_path, "http://127.0.0.1:5992", NOW)


def test_an_expired_signing_key_is_refused(tmp_path: Path) -> None:
    identity.create(tmp_path, ORIGIN, NOW)
    with pytest.raises(identity.BadIdentity, match="not valid now"):
        identity.load(tmp_path, ORIGIN, NOW + timedelta(days=401))


def test_a_signing_key_that_the_keyset_does_not_name_is_refused(tmp_path: Path) -> None:
    identity.create(tmp_path / "a", ORIGIN, NOW)
    identity.create(tmp_path / "b", ORIGIN, NOW)
    (tmp_path / "a" / "signing.json").write_bytes((tmp_path / "b" / "signing.json").read_bytes())
    with pytest.raises(identity.BadIdentity):
        identity.load(tmp_path / "a", ORIGIN, NOW)


@pytest.mark.parametrize("content", ["", "{}", "[]", json.dumps({"root": 7})])
def test_a_broken_keyset_file_is_refused(tmp_path: Path, content: str) -> None:
    identity.create(tmp_path, ORIGIN, NOW)
    (tmp_path / "keyset.json").write_text(content)
    with pytest.raises(identity.BadIdentity):
        identity.load(tmp_path, ORIGIN, NOW)
