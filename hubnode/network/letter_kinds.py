"""The kinds of letters that this hub knows; any other is answered ``unknown-kind``."""

from __future__ import annotations

from hubnode.network.letters import Kinds
from hubnode.network.question_letters import QUESTION_KINDS
from hubnode.network.taking_part.by_letter import REGISTRATION_KINDS

KINDS: Kinds = {**QUESTION_KINDS, **REGISTRATION_KINDS}
"""Kind of letter to what it must be, what it does here, and who learns what became of ours."""
