"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest

from hubnode.people import passwords
from hubnode.people.errors import WeakPassword


def test_a_long_sentence_is_taken() -> None:
    passwords.refuse_weak("Deichgraf reitet Schimmel", "bob@wilster.example", "Bob")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Schimmel123", "short"),
        ("x" * 10 + "y" * 250, "long"),
        ("ababababababab", "simple"),
        ("Passwort2026!?", "common"),
        ("QWERTZUIOP2026", "common"),
        ("123456789012", "common"),
        ("maike.petersen", "personal"),
        ("MaikePetersen1", "personal"),
        ("maike.petersen@wilster.example", "personal"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, code: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        passwords.refuse_weak(password, "maike.petersen@wilster.example", "Maike Petersen")
    assert refused.value.code == code


@pytest.mark.usefixtures("dear")
def test_the_hash_follows_the_profile_and_matches_its_password_only() -> None:
    kept = passwords.hashed("Deichgraf reitet Schimmel")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(kept, "Deichgraf reitet Schimmel")
    assert not passwords.matches(kept, "Deichgraf reitet Rappen")


def test_two_spellings_of_an_umlaut_are_one_password() -> None:
    composed, decomposed = "Gr\u00fcnkohl mit Pinkel", "Gru\u0308nkohl mit Pinkel"
    assert passwords.matches(passwords.hashed(composed), decomposed)


def test_nobody_has_no_password() -> None:
    assert not passwords.matches(None, "nobody signs in with this")
    assert not passwords.matches("not a hash", "whatever it may be")


@pytest.mark.parametrize("kept", [None, "!", "", "$2b$12$abcdefghijklmnopqrstuv"])
def test_an_account_without_a_password_costs_what_any_other_costs(
    monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    """One real hash is computed, whatever is kept: nothing tells such an account from one that there is not."""
    computed = []
    real = passwords._hasher

    class Counting:
        def verify(self, hash: str, password: str) -> bool:
            computed.append(hash)
            return real.verify(hash, password)

        hash = staticmethod(real.hash)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not passwords.matches(kept, "nobody signs in with this")
    assert [one.startswith("$argon2id$") for one in computed] == [True]
