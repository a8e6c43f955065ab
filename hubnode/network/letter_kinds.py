"""The kinds of letters that this hub knows; any other is answered ``unknown-kind``."""

from __future__ import annotations

from hubnode.network.letters import Kinds
from hubnode.network.question_letters import QUESTION_KINDS

KINDS: Kinds = {**QUESTION_KINDS}
"""Kind of letter to what it must be, what it does here, and who learns what became of ours."""
