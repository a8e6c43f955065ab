"""Why a sign-in across hubs is refused; pages have words for each code, and nothing personal is in any of them."""

from __future__ import annotations

from typing import Literal

Why = Literal[
    "unknown-hub",
    "expired",
    "mixed-up",
    "denied",
    "unreachable",
    "refused",
    "bad-token",
    "bad-affiliation",
    "no-account",
]
"""What went wrong, from the person's point of view."""


class SignInRefused(Exception):
    """Nobody is signed in; `why` says why in one word, `detail` to the operator in a sentence without any secret."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(detail or why)
        self.why = why
