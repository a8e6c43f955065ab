"""What staff must find in the demo's records over all five hubs, and what nobody may, whatever they try."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import reading as records
from hubnode.records.reading import Browse, Found
from tests.five import Five

EXPECTED = {
    "Parkplatzsensoren": ("prj-008", "off-001", "evt-004", "exp-006"),
    "Bedarfsverkehr": ("prj-009", "exp-007", "fnd-003"),
    "Buergerbus": ("prj-009",),
    "Musterlund Kalender": ("prj-013", "prj-015", "rep-007", "rep-008"),
    "Telemedizin": ("prj-011", "exp-008", "evt-006", "off-006"),
    "Leihräder": ("rep-004", "evt-005"),
    "Lastenräder": ("prj-010",),
    "Fördermittelberatung": ("exp-005", "off-005", "evt-001"),
    "Schul IT": ("prj-003", "exp-003", "off-007", "rep-002"),
}
"""Question to the demo records that must be among the first ten."""
WITHDRAWN = "exp-012"
"""A profile whose consent was withdrawn: published nowhere."""
NAMED_AT_HOME = "exp-008"
"""A profile at Hennstedt whose name, Ocke Demo, only Hennstedt may read."""
PAGES = ("Beispielhaft Datenanalyse", "Beispielhaft", "Kim Beispielhaft", "beispielhfat", "Kim")


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    """The demo hubs; tests only read them."""
    hubs = Five(tmp_path_factory.mktemp("five"))
    yield hubs
    hubs.close()


def found(five: Five, viewer: Viewer, text: str, size: int = 10, hub: str = "wilster") -> Found:
    """The first records that a hub answers."""
    with five.hubs[hub].at():
        return records.find(viewer, Browse(text=text, sort="relevance", size=size))


@pytest.mark.parametrize("viewer", [ANONYMOUS, OPERATOR], ids=["stranger", "staff"])
@pytest.mark.parametrize("text", EXPECTED)
def test_what_must_be_found_is_among_the_first_ten(five: Five, viewer: Viewer, text: str) -> None:
    first = {view.uri for view in found(five, viewer, text).items}
    with five.wilster.at():
        seen = records.by_uris(viewer, [five.ids[id] for id in EXPECTED[text]])
    assert set(seen) - first == set()
    assert len(seen) == len(EXPECTED[text]) or viewer is ANONYMOUS


@pytest.mark.parametrize("text", PAGES)
def test_whose_consent_is_withdrawn_is_found_nowhere(five: Five, text: str) -> None:
    answer = found(five, OPERATOR, text, size=500)
    assert five.ids[WITHDRAWN] not in {view.uri for view in answer.items}
    assert "beispielhaft" not in str(answer.understood.corrected).lower()


@pytest.mark.parametrize("viewer", [ANONYMOUS, OPERATOR], ids=["stranger", "staff"])
@pytest.mark.parametrize("text", ["Ocke", "Ocke Demo", "Okce", "Ock", '"Ocke Demo"'])
def test_a_name_for_one_hub_finds_nobody_at_another(five: Five, viewer: Viewer, text: str) -> None:
    answer = found(five, viewer, text, size=500)
    assert five.ids[NAMED_AT_HOME] not in {view.uri for view in answer.items}
    assert not any("ocke" in word.lower() for words in answer.understood.corrected.values() for word in words)


def test_at_home_the_name_is_found(five: Five) -> None:
    """So the silence elsewhere is not for want of a search."""
    first = found(five, OPERATOR, "Ocke Demo", hub="hennstedt").items[0]
    assert first.uri == five.ids[NAMED_AT_HOME]
