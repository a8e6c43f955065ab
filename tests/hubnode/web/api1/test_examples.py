"""Every example of the page "Für Hochschulen" is copied from the page and run against a node that is really served."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
import requests
from icalendar import Calendar
from lxml import etree, html

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode import bodies
from tests.hubnode.feeds.bodies import event
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.hubnode.records.kinds.examples import NEED
from tests.migrated import migrate
from tests.serving import free_port, served

SHELL = ("curl-list", "curl-search", "curl-etag", "curl-topics", "curl-csv", "curl-oai")
PYTHON = ("python-all", "python-sync")
ADDRESSES = ("thunderbird", "outlook", "nextcloud", "zotero-feeds", "theses-feed")

FEEDS = {"zotero-feeds": {"projekte": 12, "erfahrungen": 0}, "theses-feed": {"thesis_topic": 1}}
"""By example: the entries of the feed whose address has this part."""


@dataclass(frozen=True, slots=True)
class Served:
    """A hub that answers on loopback, and the examples of its page by name: how to run, and the text."""

    hub: Hub
    examples: dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Wilster with some projects and an event."""
    folder = tmp_path_factory.mktemp("served")
    migrate(f"sqlite:///{folder / 'template.db'}")
    hub = make_hub(folder / "wilster", folder / "template.db", "Wilster", free_port(), pages=True)
    for kind in ("thesis_topic", "partner"):
        hub.publish("need", {name: value for name, value in NEED.items() if name != "attachments"} | {"kind": kind})
    for number in range(12):
        hub.publish("project", bodies.project(f"Parkplatz {number}"), now=NOW + timedelta(minutes=number))
    hub.publish("event", event())
    with served(hub.app, int(hub.origin.rpartition(":")[2])):
        page = html.fromstring(requests.get(f"{hub.origin}/hochschulen", timeout=10).text)
        codes = page.xpath("//code[@data-example]")
        yield Served(hub, {one.get("data-example"): (one.get("data-runs"), one.text_content()) for one in codes})
    close(hub)


def test_every_example_is_run_below(node: Served) -> None:
    """None is shown that no test has run."""
    assert {name: runs for name, (runs, _) in node.examples.items()} == {
        **dict.fromkeys(SHELL, "shell"),
        **dict.fromkeys(PYTHON, "python"),
        **dict.fromkeys(ADDRESSES, "address"),
    }


def run(node: Served, name: str, folder: Path) -> str:
    """Run an example as a person would who has copied it into a terminal or a file; answers what it printed."""
    runs, code = node.examples[name]
    if runs == "shell":
        if shutil.which("curl") is None:
            pytest.skip("needs curl (apt-get install curl)")
        command = ["sh", "-c", code]
    else:
        (folder / "beispiel.py").write_text(code, "utf-8")
        command = [sys.executable, "-I", "-X", "utf8", "beispiel.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_lists_and_searches(node: Served, tmp_path: Path) -> None:
    """What comes out is JSON with what the heading promises."""
    newest = json.loads(run(node, "curl-list", tmp_path))["items"]
    assert [one["title"]["de"] for one in newest] == [f"Parkplatz {number}" for number in range(11, 1, -1)]
    assert set(newest[0]) == {"id", "title", "updated_at", "url"}
    assert json.loads(run(node, "curl-search", tmp_path))["total"] >= 12
    assert json.loads(run(node, "curl-topics", tmp_path))["name"] == "topics"


def test_curl_asks_only_for_news(node: Served, tmp_path: Path) -> None:
    """The second time nothing is fetched, and what was fetched stays."""
    run(node, "curl-etag", tmp_path)
    file = tmp_path / "projekte.json"
    assert len(json.loads(file.read_text("utf-8"))["items"]) == 12
    written = file.stat().st_mtime_ns
    run(node, "curl-etag", tmp_path)
    assert file.stat().st_mtime_ns == written


def test_curl_fetches_a_table(node: Served, tmp_path: Path) -> None:
    """With the heading that spreadsheets show."""
    run(node, "curl-csv", tmp_path)
    assert (tmp_path / "organisationen.csv").read_text("utf-8-sig").startswith("id,kind,title,")


def test_curl_harvests_for_the_library(node: Served, tmp_path: Path) -> None:
    """As Dublin Core, each project once."""
    found = etree.fromstring(run(node, "curl-oai", tmp_path).encode())
    titles = [one.text for one in found.iter("{http://purl.org/dc/elements/1.1/}title")]
    assert sorted(titles) == sorted(f"Parkplatz {number}" for number in range(12))


def test_python_reads_all_pages(node: Served, tmp_path: Path) -> None:
    """One line for each project."""
    lines = run(node, "python-all", tmp_path).splitlines()
    assert len(lines) == 12
    assert all(node.hub.origin in line for line in lines)


def test_python_keeps_a_copy_in_step(node: Served, tmp_path: Path) -> None:
    """What is new comes, what changed is fetched, what was withdrawn goes, and the rest is not fetched again."""
    extra = node.hub.publish("project", bodies.project("Kommt und geht"), now=NOW + timedelta(hours=1))
    changed = node.hub.publish("project", bodies.project("Wird anders"), now=NOW + timedelta(hours=1))
    assert run(node, "python-sync", tmp_path).count("dazu:") == 14
    assert run(node, "python-sync", tmp_path).count("neu:") == 14
    assert run(node, "python-sync", tmp_path) == ""
    node.hub.revise(changed, title={"de": "Ist anders"}, now=NOW + timedelta(hours=2))
    with node.hub.at():
        service.withdraw(OPERATOR, extra, NOW + timedelta(hours=2))
    said = run(node, "python-sync", tmp_path)
    assert sorted(said.split()) == sorted(["neu:", f"{changed}.json", "gelöscht:", f"{extra}.json"])
    kept = json.loads((tmp_path / "kopie" / f"{changed}.json").read_text("utf-8"))
    assert kept["record"]["title"] == {"de": "Ist anders"}
    with node.hub.at():
        service.withdraw(OPERATOR, changed, NOW + timedelta(hours=3))


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses_are_what_programs_expect(node: Served, name: str) -> None:
    """Calendars get a calendar with the event in it, Zotero a feed that feedparser finds no fault with."""
    for address in node.examples[name][1].split():
        answer = requests.get(address, timeout=10)
        assert answer.status_code == 200
        if name in FEEDS:
            found = feedparser.parse(answer.content)
            assert not found.bozo
            assert len(found.entries) == next(count for part, count in FEEDS[name].items() if part in address)
        else:
            assert answer.headers["Content-Type"].startswith("text/calendar")
            assert len(Calendar.from_ical(answer.content).events) == 1
