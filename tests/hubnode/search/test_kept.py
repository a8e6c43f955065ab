"""Counts that are kept: never of another state, another viewer or another question."""

from __future__ import annotations

from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import reading as records
from hubnode.records import service
from hubnode.records.reading import Browse
from hubnode.search.kept import ENTRIES, Kept
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub

COUNTED = Browse(counted=("kind", "hub"))


def test_a_list_counts_what_was_published_a_moment_ago(wilster: Hub) -> None:
    wilster.publish("project", project())
    with wilster.at():
        assert records.find(ANONYMOUS, COUNTED).total == 1
        assert records.find(ANONYMOUS, COUNTED).total == 1
    id = wilster.publish("project", project(title="Zweites"))
    with wilster.at():
        assert records.find(ANONYMOUS, COUNTED).total == 2
        service.withdraw(OPERATOR, id, NOW)
        found = records.find(ANONYMOUS, COUNTED)
        assert (found.total, [value.count for value in found.facets["kind"]]) == (1, [1])


def test_who_sees_less_gets_other_counts(wilster: Hub) -> None:
    wilster.publish("project", project(), level="hub")
    with wilster.at():
        assert records.find(OPERATOR, COUNTED).total == 1
        assert records.find(ANONYMOUS, COUNTED).total == 0


def test_what_is_kept_stays_bounded_and_ends_with_its_state() -> None:
    kept = Kept()
    for key in range(2 * ENTRIES):
        kept.get(1, key, lambda key=key: (key, {}))  # type: ignore[misc]  # a default binds the number
    assert kept.get(1, 2 * ENTRIES - 1, lambda: (-1, {})) == (2 * ENTRIES - 1, {})
    assert kept.get(1, 0, lambda: (-1, {})) == (-1, {})
    assert kept.get(2, 2 * ENTRIES - 1, lambda: (-2, {})) == (-2, {})
