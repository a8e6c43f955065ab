"""Sickle, the client of OAI-PMH that tests harvest with: that Python warns of its source is not our matter."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sickle import Sickle
    from sickle import oaiexceptions as refusals
    from sickle.models import Record as Harvested

__all__ = ["Harvested", "Sickle", "refusals"]
