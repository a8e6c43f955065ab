"""Secrets that must be read again, unlike passwords: kept sealed with a key that is not in the database."""

from __future__ import annotations

from hubnode.mail import sealing
from hubnode.mail.sealing import CantOpen

Unreadable = CantOpen
"""What was sealed can't be opened: with another key, for something else, or changed since."""


def seal(plain: bytes, *, about: str, secret: str) -> bytes:
    """`plain` encrypted and bound to what it is `about`, so that it opens nothing elsewhere."""
    return sealing.seal(plain, secret, about)


def unseal(sealed: bytes, *, about: str, secret: str) -> bytes:
    """What was sealed under the same words with the same secret; raises `Unreadable`."""
    return sealing.unseal(sealed, secret, about)
