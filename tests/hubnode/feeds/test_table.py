"""CSV, read as a spreadsheet does."""

from __future__ import annotations

import csv
import io

import pytest

from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import Selection
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import SITE, WILSTER, Hub


def rows(hub: Hub) -> list[dict[str, str]]:
    """The lines of the table, by column."""
    text = FORMATS["csv"].render(Selection(), SITE, hub.now).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_record_is_a_line(hub: Hub) -> None:
    """With its id, its words and its times."""
    id = hub.publish("event", bodies.event())
    [row] = rows(hub)
    assert (row["id"], row["kind"], row["hub"]) == (f"{WILSTER}/r/{id}", "event", "Digital Hub Wilster")
    assert row["starts_at"] == bodies.event()["starts_at"]
    assert row["url"] == f"{WILSTER}/termine/{id}"


@pytest.mark.parametrize("title", ["=1+1", "+49 40", "-2", "@SUM(A1)"])
def test_no_cell_is_calculated(hub: Hub, title: str) -> None:
    """Whatever somebody calls a record."""
    hub.publish("event", bodies.event(title={"de": title}))
    assert [row["title"] for row in rows(hub)] == ["'" + title]


def test_line_breaks_and_quotes_stay_in_their_cell(hub: Hub) -> None:
    """One record, one line."""
    hub.publish("event", bodies.event(title={"de": 'Rad, "Bus"; Bahn'}))
    assert [row["title"] for row in rows(hub)] == ['Rad, "Bus"; Bahn']
