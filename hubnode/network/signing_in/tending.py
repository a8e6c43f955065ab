"""What sign-in across hubs has to do from time to time: new keys in time, and away with what is past."""

from __future__ import annotations

from datetime import datetime

from hubnode.network.signing_in import ending, grants, hubs, visitors


def renew(now: datetime) -> None:
    """Renew the keys of tokens when it is time."""
    hubs.keys().own.tend(now)


def forget(now: datetime) -> None:
    """Erase visitors, codes, tokens, sessions and used proofs whose time is over."""
    hubs.forget_used(now)
    grants.sweep(now)
    ending.sweep(now)
    visitors.sweep(now)
