"""The files of a hub's keys: they change one after the other, and after each of them the node can start."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from federation.keys import SigningKey
from hubnode.network import identity, keyfiles
from hubnode.people.confirming import OPERATOR_CONFIRMED

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:5991"
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The keys of a new hub."""
    identity.create(tmp_path / "keys", ORIGIN, NOW - 100 * DAY)
    return tmp_path / "keys"


def rotated(folder: Path, now: datetime = NOW, overlap: timedelta = keyfiles.OVERLAP) -> str:
    """Announce a new key; answers its id."""
    root = keyfiles.root_key(folder)
    return keyfiles.rotate(OPERATOR_CONFIRMED, folder, ORIGIN, root, now, overlap).signing[-1].key.id


def signer(folder: Path, now: datetime = NOW) -> str:
    """The id of the key that signs."""
    return identity.load(folder, ORIGIN, now).signing.id


def test_a_new_key_is_announced_before_it_signs(folder: Path) -> None:
    before = signer(folder)
    new = rotated(folder)
    held = identity.load(folder, ORIGIN, NOW)
    assert (held.signing.id, held.keyset.n) == (before, 2)
    assert {key.id for key in held.keyset.keys_at(NOW)} == {before, new}
    assert keyfiles.begin(folder, ORIGIN, NOW)
    assert signer(folder) == new
    assert not keyfiles.begin(folder, ORIGIN, NOW)


def test_the_key_before_is_valid_for_the_overlap_and_not_longer(folder: Path) -> None:
    before = signer(folder)
    rotated(folder, overlap=timedelta(hours=2))
    keyset = identity.load(folder, ORIGIN, NOW).keyset
    assert keyset.key_at(before, NOW + timedelta(hours=1, minutes=59)) is not None
    assert keyset.key_at(before, NOW + timedelta(hours=2)) is None


def test_the_announced_key_signs_by_itself_where_nobody_let_it_begin(folder: Path) -> None:
    new = rotated(folder)
    assert signer(folder, NOW + 2 * DAY) == new


def test_a_second_key_is_not_announced_while_the_first_waits(folder: Path) -> None:
    rotated(folder)
    with pytest.raises(keyfiles.CantChange, match="announced already"):
        rotated(folder)


def test_two_keys_of_one_day_have_different_ids(folder: Path) -> None:
    one = rotated(folder)
    keyfiles.begin(folder, ORIGIN, NOW)
    assert rotated(folder) != one


def test_a_hub_whose_key_has_run_out_gets_a_new_one(folder: Path) -> None:
    late = NOW + 400 * DAY
    with pytest.raises(identity.BadIdentity, match="not valid now"):
        identity.load(folder, ORIGIN, late)
    new = rotated(folder, late)
    assert signer(folder, late) == new


def test_after_many_years_the_oldest_keys_leave_the_keyset(folder: Path) -> None:
    for year in range(12):
        now = NOW + year * 365 * DAY
        rotated(folder, now)
        keyfiles.begin(folder, ORIGIN, now)
    keyset = identity.load(folder, ORIGIN, now).keyset
    assert (keyset.n, len(keyset.signing)) == (13, 8)


def test_more_keys_than_a_keyset_holds_are_refused(folder: Path) -> None:
    for _ in range(7):
        rotated(folder)
        keyfiles.begin(folder, ORIGIN, NOW)
    with pytest.raises(keyfiles.CantChange, match="at most 8"):
        rotated(folder)


def test_only_the_own_root_announces_a_key(folder: Path) -> None:
    with pytest.raises(keyfiles.CantChange, match="not the root key"):
        keyfiles.rotate(OPERATOR_CONFIRMED, folder, ORIGIN, SigningKey.generate("root"), NOW, DAY)
    assert identity.load(folder, ORIGIN, NOW).keyset.n == 1


def test_a_root_key_that_is_elsewhere_is_asked_for(folder: Path, tmp_path: Path) -> None:
    vault = tmp_path / "vault.json"
    (folder / "root.json").rename(vault)
    assert not keyfiles.root_here(folder)
    with pytest.raises(keyfiles.NoRoot, match="--root"):
        keyfiles.root_key(folder)
    assert keyfiles.root_key(folder, vault).public.raw == identity.read_keyset(folder, ORIGIN).root.raw


def test_a_file_that_is_no_key_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    with pytest.raises(keyfiles.CantChange, match=r"photo\.jpg"):
        keyfiles.root_key(folder, tmp_path / "photo.jpg")


@pytest.mark.parametrize("change", ["rotate", "compromise", "new root"])
def test_whatever_breaks_off_leaves_files_with_which_the_node_starts(
    folder: Path, tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power fails before each single write, and after each renaming, of each change; the next attempt succeeds."""

    class PowerFailure(Exception):
        """The machine is gone."""

    steps = ("write", "write_key", "sync_folder")
    real = {name: getattr(keyfiles, name) for name in steps}
    for last in range(1, 8):
        copy = tmp_path / f"{last}"
        shutil.copytree(folder, copy)
        left = [last]

        def failing(name: str, left: list[int] = left) -> object:
            def step(*arguments: object) -> None:
                left[0] -= 1
                if left[0] == 0:
                    raise PowerFailure
                real[name](*arguments)

            return step

        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(keyfiles, name, failing(name))
            try:
                changed(copy, change)
            except PowerFailure:
                pass
            else:
                assert last > 1
                break
        held = identity.load(copy, ORIGIN, NOW)
        assert held.keyset.n in (1, 2)
        assert keyfiles.root_key(copy).public.raw == held.keyset.root.raw
        keyfiles.new_root(OPERATOR_CONFIRMED, copy, ORIGIN, keyfiles.root_key(copy), None)
        assert keyfiles.root_key(copy).public.raw == identity.read_keyset(copy, ORIGIN).root.raw
    else:
        pytest.fail("the change never came to its end")


def changed(folder: Path, change: str) -> None:
    """Make one change and let it take effect."""
    root = keyfiles.root_key(folder)
    if change == "rotate":
        keyfiles.rotate(OPERATOR_CONFIRMED, folder, ORIGIN, root, NOW, DAY)
        keyfiles.begin(folder, ORIGIN, NOW)
    elif change == "compromise":
        keyfiles.compromise(OPERATOR_CONFIRMED, folder, ORIGIN, root, signer(folder), NOW - DAY, NOW)
    else:
        keyfiles.new_root(OPERATOR_CONFIRMED, folder, ORIGIN, root, None)


def test_a_lost_key_is_over_since_then_and_another_signs_at_once(folder: Path) -> None:
    lost = signer(folder)
    root = keyfiles.root_key(folder)
    keyset = keyfiles.compromise(OPERATOR_CONFIRMED, folder, ORIGIN, root, lost, NOW - DAY, NOW)
    assert keyset.key_at(lost, NOW - DAY) is None
    assert keyset.key_at(lost, NOW - DAY - timedelta(minutes=1)) is not None
    assert signer(folder) != lost


def test_an_announced_key_is_lost_with_the_one_beside_it(folder: Path) -> None:
    lost, beside = signer(folder), rotated(folder)
    root = keyfiles.root_key(folder)
    keyset = keyfiles.compromise(OPERATOR_CONFIRMED, folder, ORIGIN, root, lost, NOW - DAY, NOW)
    assert keyset.key_at(beside, NOW) is None
    assert signer(folder) not in (lost, beside)


def test_an_announced_key_that_is_lost_never_signs(folder: Path) -> None:
    signs, lost = signer(folder), rotated(folder)
    root = keyfiles.root_key(folder)
    keyfiles.compromise(OPERATOR_CONFIRMED, folder, ORIGIN, root, lost, NOW - DAY, NOW)
    assert signer(folder) == signs
    assert not keyfiles.begin(folder, ORIGIN, NOW)


@pytest.mark.parametrize(("key_id", "since"), [("k9", NOW - DAY), ("", NOW + DAY)])
def test_a_key_that_is_not_there_and_a_time_to_come_are_refused(folder: Path, key_id: str, since: datetime) -> None:
    root = keyfiles.root_key(folder)
    with pytest.raises(keyfiles.CantChange):
        keyfiles.compromise(OPERATOR_CONFIRMED, folder, ORIGIN, root, key_id or signer(folder), since, NOW)
    assert identity.load(folder, ORIGIN, NOW).keyset.n == 1


def test_a_new_root_is_introduced_by_the_old_one_and_signs_the_next_keyset(folder: Path) -> None:
    old = keyfiles.root_key(folder)
    keyset = keyfiles.new_root(OPERATOR_CONFIRMED, folder, ORIGIN, old, None)
    assert keyset.root.raw != old.public.raw
    assert keyset.prev_root_sig is not None
    assert keyfiles.root_key(folder).public.raw == keyset.root.raw
    rotated(folder)
    assert identity.load(folder, ORIGIN, NOW).keyset.n == 3


def test_a_new_root_for_the_vault_is_not_kept_here(folder: Path, tmp_path: Path) -> None:
    (folder / "root.json").rename(tmp_path / "old.json")
    old = keyfiles.root_key(folder, tmp_path / "old.json")
    keyfiles.new_root(OPERATOR_CONFIRMED, folder, ORIGIN, old, tmp_path / "new.json")
    assert not keyfiles.root_here(folder)
    with pytest.raises(keyfiles.CantChange, match="exists already"):
        keyfiles.new_root(OPERATOR_CONFIRMED, folder, ORIGIN, old, tmp_path / "new.json")


def test_a_running_node_has_the_new_key_as_soon_as_the_files_have_it(folder: Path) -> None:
    ring = identity.Keyring(folder, ORIGIN, NOW)
    before = ring.at(NOW)
    assert ring.at(NOW) is before
    new = rotated(folder)
    keyfiles.begin(folder, ORIGIN, NOW)
    assert ring.at(NOW).signing.id == new
    assert ring.at(NOW) is ring.at(NOW)


def test_a_running_node_goes_on_with_what_it_has_when_the_files_are_spoilt(folder: Path) -> None:
    ring = identity.Keyring(folder, ORIGIN, NOW)
    before = ring.at(NOW)
    (folder / "keyset.json").write_text("{}")
    assert ring.at(NOW) == before
    with pytest.raises(identity.BadIdentity):
        identity.load(folder, ORIGIN, NOW)
