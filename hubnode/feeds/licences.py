"""Where a licence that records name by its SPDX id is to be read, and what DCAT-AP.de calls it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

CC, ODC, GOVDATA = "https://creativecommons.org", "https://opendatacommons.org/licenses", "https://www.govdata.de/dl-de"
DCAT = "http://dcat-ap.de/def/licenses/"
OPEN, CLOSED = DCAT + "other-open", DCAT + "other-closed"
"""What DCAT-AP.de calls any other licence that is open, or is not."""

LICENCES: Mapping[str, tuple[str, str]] = {
    "CC-BY-4.0": (f"{CC}/licenses/by/4.0/", "cc-by/4.0"),
    "CC-BY-SA-4.0": (f"{CC}/licenses/by-sa/4.0/", "cc-by-sa/4.0"),
    "CC0-1.0": (f"{CC}/publicdomain/zero/1.0/", "cc-zero"),
    "DL-DE-BY-2.0": (f"{GOVDATA}/by-2-0", "dl-by-de/2.0"),
    "DL-DE-ZERO-2.0": (f"{GOVDATA}/zero-2-0", "dl-zero-de/2.0"),
    "CC-BY-NC-4.0": (f"{CC}/licenses/by-nc/4.0/", "cc-by-nc/4.0"),
    "CC-BY-ND-4.0": (f"{CC}/licenses/by-nd/4.0/", "cc-by-nd/4.0"),
    "CC-BY-NC-SA-4.0": (f"{CC}/licenses/by-nc-sa/4.0/", "other-closed"),
    "CC-BY-NC-ND-4.0": (f"{CC}/licenses/by-nc-nd/4.0/", "other-closed"),
    "CC-BY-3.0-DE": (f"{CC}/licenses/by/3.0/de/", "cc-by-de/3.0"),
    "ODbL-1.0": (f"{ODC}/odbl/1-0/", "odbl"),
    "ODC-By-1.0": (f"{ODC}/by/1-0/", "odby"),
    "PDDL-1.0": (f"{ODC}/pddl/1-0/", "odcpddl"),
    "OGL-UK-3.0": ("https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "other-open"),
}
"""By SPDX id: its text, and its name in the list of DCAT-AP.de (convention 31)."""
NOT_OPEN = {"CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"}


def url(licence: str) -> str:
    """Where the licence is to be read; empty for none, and for one that is not known here."""
    return LICENCES[licence][0] if licence in LICENCES else ""


def for_all(licences: Collection[str]) -> str:
    """What DCAT-AP.de calls the licence of things under these: theirs if it is one, else whether all are open."""
    if len(licences) == 1 and (licence := next(iter(licences))) in LICENCES:
        return DCAT + LICENCES[licence][1]
    return OPEN if licences and all(one in LICENCES and one not in NOT_OPEN for one in licences) else CLOSED
