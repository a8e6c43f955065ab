"""Compiled pages outlive the process that compiled them, and never stand in the way of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubnode.web.compiled import FOLDER, keep_compiled, make_ready
from tests.hubnode.hubs import Hub, close, make_hub


def start_page(hub: Hub) -> str:
    """What the hub shows first."""
    answer = hub.app.test_client().get("/", base_url=hub.origin)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def started(tmp_path: Path, template: Path) -> Hub:
    """A hub as the web process starts it."""
    hub = make_hub(tmp_path / "hub", template, "Wilster", 5991, pages=True)
    keep_compiled(hub.app, hub.settings.instance)
    return hub


def test_what_was_compiled_is_kept_for_the_next_start_and_for_the_node_alone(started: Hub) -> None:
    folder = started.settings.instance / FOLDER
    shown = start_page(started)
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert kept
    assert folder.stat().st_mode & 0o077 == 0
    assert start_page(started) == shown
    close(started)


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, None])
def test_what_is_damaged_is_compiled_anew(started: Hub, damage: bytes | None) -> None:
    shown = start_page(started)
    for file in (started.settings.instance / FOLDER).iterdir():
        file.write_bytes(file.read_bytes()[:-20] if damage is None else damage)
    assert started.app.jinja_env.cache is not None
    started.app.jinja_env.cache.clear()
    assert start_page(started) == shown
    close(started)


def test_a_page_is_shown_where_nothing_can_be_kept(started: Hub) -> None:
    folder = started.settings.instance / FOLDER
    folder.rmdir()
    folder.write_bytes(b"no folder")
    assert "Digital Hub Wilster" in start_page(started)
    close(started)


def test_who_comes_first_waits_for_no_page_to_be_compiled(started: Hub) -> None:
    make_ready(started.app)
    folder = started.settings.instance / FOLDER
    ready = {file.name for file in folder.iterdir()}
    client = started.app.test_client()
    for path in ("/", "/suche?q=Parkplatz", "/projekte"):
        assert client.get(path, base_url=started.origin).status_code == 200
    assert {file.name for file in folder.iterdir()} == ready
    close(started)
