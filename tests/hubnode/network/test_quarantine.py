"""What an older version could not read is read at the start after its update, without anybody's doing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hubnode.network import quarantine
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import kinds, reading
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry
from tests.hubnode.records.kinds.examples import OFFER
from tests.hubnode.records.test_replica import append_raw, quarantined

OFFERED = {name: value for name, value in OFFER.items() if name != "attachments"}


def titles(hub: Hub) -> list[str]:
    """What everybody finds at a hub."""
    with hub.at():
        return sorted(view.headline["de"] for view in reading.find(ANONYMOUS, reading.Browse()).items)


@contextmanager
def without(kind: str) -> Iterator[None]:
    """An older version, which did not have this kind; afterwards all stand in their order again."""
    known = dict(kinds.KINDS)
    del kinds.KINDS[kind]
    try:
        yield
    finally:
        kinds.KINDS.clear()
        kinds.KINDS.update(known)


def test_a_kind_that_was_not_known_is_read_after_the_update(wilster: Hub, rendsburg: Hub) -> None:
    """The older hub shows all else, keeps the bytes, and is no worse for it."""
    rendsburg.publish("offer", OFFERED)
    rendsburg.publish("project", project("Rufbus"))
    with without("offer"):
        carry(rendsburg, wilster)
        with wilster.at():
            assert quarantine.learned(NOW) == 0, "not before it knows the kind"
            assert [one.kind for one in quarantine.listed()] == ["offer"]
        assert titles(wilster) == ["Rufbus"]
    with wilster.at():
        assert quarantine.learned(NOW) == 1
        assert quarantine.learned(NOW) == 0
        assert quarantine.listed() == []
    assert titles(wilster) == ["Freie Parkplätze in Echtzeit", "Rufbus"]


def test_what_is_still_unreadable_or_breaks_a_rule_stays_where_it_is(wilster: Hub, rendsburg: Hub) -> None:
    id = rendsburg.publish("project", project())
    append_raw(rendsburg, id, project(), rev=7)
    append_raw(rendsburg, "01JD000000000000000000000D", project() | {"unheard_of": 1}, rev=1)
    carry(rendsburg, wilster)
    before = quarantined(wilster)
    with wilster.at():
        assert quarantine.learned(NOW) == 0
    assert sorted(quarantined(wilster)) == sorted(before)
