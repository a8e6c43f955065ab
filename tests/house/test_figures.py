"""The arithmetic behind the table of `make bench`: ratios, bars, counted requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import corpus
from bench.counting import Requests
from bench.figures import Bar, Figure, by_part, table, write
from bench.visible import percentile
from hubnode.records import kinds


def figure(value: float, bar: Bar | None = None, beside: float | None = None, part: str = "Teil") -> Figure:
    """A figure with what matters here."""
    return Figure(part, "Tempo", value, "je s", beside, "PouchDB" if beside else "", bar)


@pytest.mark.parametrize(
    ("value", "beside", "bar", "held"),
    [
        (500.0, 100.0, Bar("at least", 5, "ratio"), True),
        (499.0, 100.0, Bar("at least", 5, "ratio"), False),
        (499.0, None, Bar("at least", 5, "ratio"), False),
        (1023.0, 4000.0, Bar("at most", 1023), True),
        (1024.0, 4000.0, Bar("at most", 1023), False),
        (7.0, None, None, None),
    ],
)
def test_a_bar_judges_the_value_or_the_ratio(
    value: float, beside: float | None, bar: Bar | None, held: bool | None
) -> None:
    """A ratio to nothing holds no bar; without a bar there is nothing to hold."""
    assert figure(value, bar, beside).held is held


def test_the_table_names_what_is_missed() -> None:
    """A person sees value, neighbour, ratio and bar in one line; parts stand together."""
    shown = table(
        by_part([figure(1.0), figure(2.0, part="Anderes"), figure(499.0, Bar("at least", 5, "ratio"), 100.0)])
    )
    assert shown.count("\nTeil\n") == 1
    assert "499" in shown
    assert "100 PouchDB" in shown
    assert "4,99" in shown
    assert "≥ 5-fach" in shown
    assert shown.count("VERFEHLT") == 1


def test_programs_get_the_same() -> None:
    """The results are JSON with units, bars and whether each is held."""
    written = figure(499.0, Bar("at least", 5, "ratio"), 100.0).to_json()
    assert json.loads(json.dumps(written)) == written
    assert (written["ratio"], written["bar"], written["held"]) == (4.99, "ratio ≥ 5", False)


def test_a_run_of_some_parts_replaces_those_and_leaves_the_others(tmp_path: Path) -> None:
    """Each figure stands with the run that it was measured in."""
    results = tmp_path / "results.json"
    load = [(0.0, 0.0, 0.0)]
    for value, parts in ((1.0, ("Eins", "Zwei")), (2.0, ("Zwei",)), (3.0, ("Zwei", "Drei"))):
        write([figure(value, part=part) for part in parts], load, 1.0, results)
    runs = json.loads(results.read_text("utf-8"))["runs"]
    assert [[(one["part"], one["value"]) for one in run["figures"]] for run in runs] == [
        [("Eins", 1.0)],
        [("Zwei", 3.0), ("Drei", 3.0)],
    ]


def test_the_95th_percentile_is_a_figure_that_was_measured() -> None:
    """Nearest rank: 19 of 20 are not above it."""
    assert percentile([float(number) for number in range(1, 21)], 0.95) == 19.0


def test_requests_are_counted_however_they_are_cut() -> None:
    """Bodies are stepped over, even where they look like requests."""
    sent = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 20\r\n\r\nGET / HTTP/1.1\r\n\r\n\r\n"
    sent += b"GET /d HTTP/1.1\r\n\r\n"
    assert Requests().feed(sent) == 3
    bytewise = Requests()
    assert sum(bytewise.feed(sent[place : place + 1]) for place in range(len(sent))) == 3


def test_the_records_to_measure_with_are_right_and_always_the_same() -> None:
    """They pass the check of their kinds, and are about 2 KB long."""
    documents = corpus.documents("http://127.0.0.1:5901", 20)
    assert documents == corpus.documents("http://127.0.0.1:5901", 20)
    checked = [kinds.check(document["kind"], document["body"]) for document in documents]
    assert {one.kind for one in checked} == {"project", "experience_report"}
    assert 1_700 < sum(len(one.canonical) for one in checked) / len(checked) < 2_300
