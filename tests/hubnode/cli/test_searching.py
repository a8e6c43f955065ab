"""`hubnode search`: the index is rebuilt on demand, and words that stay whole are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubnode.cli import main
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records import reindexing
from hubnode.records.reading import Browse
from tests.hubnode.bodies import project
from tests.hubnode.cli.test_choose import SETTINGS
from tests.hubnode.hubs import Hub, close, make_hub


@pytest.fixture
def hub(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """Wilster, with a word that no lexicon has."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991)
    (tmp_path / "wilster" / "settings.toml").write_text(SETTINGS, "utf-8")
    hub.publish("project", project(title="Quabbelflonzium"))
    yield hub
    close(hub)


def typed(hub: Hub, *words: str) -> str:
    """What the command prints."""
    answer = CliRunner().invoke(main, ["--instance", str(hub.settings.instance), "search", *words])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_words_that_stay_whole_are_named(hub: Hub) -> None:
    assert "1  Quabbelflonzium" in typed(hub, "unsplit")


def test_the_index_is_built_anew(hub: Hub) -> None:
    assert "neu aufgebaut" in typed(hub, "reindex")
    with hub.at():
        assert not reindexing.due()
        assert records.find(ANONYMOUS, Browse(text="Quabbelflonzium")).total == 1
