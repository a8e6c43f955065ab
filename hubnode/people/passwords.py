"""Passwords: how they are kept (argon2id) and which new ones are taken."""

from __future__ import annotations

import functools
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hubnode.people.errors import WeakPassword

MIN_LENGTH = 12
MAX_LENGTH = 256
MIN_DIFFERENT = 5

# OWASP Password Storage Cheat Sheet, first argon2id profile: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

# Long enough to pass the length rule, and in every guessing list. Compared without case, digits and signs at the ends.
_LIST = """
passwort passwortpasswort meinpasswort neuespasswort geheimespasswort passwordpassword mypassword password
adminadminadmin administrator administration adminpassword benutzername standardpasswort startpasswort
anfangspasswort initialpasswort changeme changemenow letmein letmeinplease willkommen willkommenzurueck
herzlichwillkommen iloveyouforever ichliebedich ichliebedichsehr schatzimausi sonnenschein sommersonne
qwertzuiop qwertzuiopü qwertzuiopasdfghjkl qwertyuiop qwertyuiopasdfghjkl asdfghjklöä asdfghjkl yxcvbnm zxcvbnm
qwertzqwertz qwertyqwerty abcdefghijkl abcdefghijklm abcdefghijklmnop abcabcabcabc testtesttest testpasswort
hallohallo hallohallohallo internetpasswort computerpasswort windowspasswort schleswigholstein schleswig-holstein
digitalhub digitalhubs digital-hub deutschland fussballfussball trustnoone superpasswort supergeheim
streng-geheim strenggeheim correcthorsebatterystaple correct-horse-battery-staple
"""
_COMMON = frozenset(_LIST.split())
_RUNS = ("0123456789" * 30, "9876543210" * 30, "1234567890" * 30, "0987654321" * 30)


def spelled(password: str) -> str:
    """The one Unicode spelling of a password, whatever keyboard or system it was typed on."""
    return unicodedata.normalize("NFKC", password)


def refuse_weak(password: str, *personal: str) -> None:
    """Raise `WeakPassword` unless the password may be used by a person with these names and addresses."""
    text = spelled(password)
    if len(text) < MIN_LENGTH:
        raise WeakPassword("short", f"the password needs at least {MIN_LENGTH} characters")
    if len(text) > MAX_LENGTH:
        raise WeakPassword("long", f"the password may have at most {MAX_LENGTH} characters")
    plain = text.casefold()
    if len(set(plain)) < MIN_DIFFERENT:
        raise WeakPassword("simple", f"the password needs at least {MIN_DIFFERENT} different characters")
    if plain.strip("0123456789!?.,-_#*+ ") in _COMMON or any(plain in run for run in _RUNS):
        raise WeakPassword("common", "the password is in every list of common passwords")
    if any(plain.strip("0123456789!?.,-_#*+ ") == word for word in _own_words(personal)):
        raise WeakPassword("personal", "the password is the person's own name or mail address")


def _own_words(personal: tuple[str, ...]) -> set[str]:
    words = {text.casefold() for text in personal}
    return words | {text.split("@")[0] for text in words} | {text.replace(" ", "") for text in words}


def hashed(password: str) -> str:
    """The argon2id hash to keep. Takes about 30 ms and 19 MiB: never inside a write transaction."""
    return _hasher.hash(spelled(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. Without a hash, or with none of ours, it is no and takes as long."""
    given = spelled(password)[: MAX_LENGTH + 1]
    ours = password_hash is not None and password_hash.startswith("$argon2id$")
    try:
        return _hasher.verify(password_hash if ours and password_hash else _nobody(), given) and ours
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@functools.cache
def _nobody() -> str:
    """A hash that no password belongs to in practice, so that an unknown address costs what a known one costs."""
    return _hasher.hash("nobody signs in with this")
