"""`hubnode repair` and `hubnode epoch`: what is said, what is mended, and the status that a script can rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from hubnode.cli import main
from hubnode.db import reading, transaction
from hubnode.records import log
from hubnode.records.models import Log, Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import SECRET, Hub, close
from tests.hubnode.network.three import Three, copy_of, digests, size, state, titles


@pytest.fixture
def three(tmp_path: Path, template: Path) -> Iterator[Three]:
    """Three hubs that know each other; each can be reached by commands."""
    made = Three(tmp_path, template)
    for hub in made.hubs:
        settings = hub.settings
        (settings.instance / "settings.toml").write_text(
            f'base_url = "{settings.base_url}"\nname = "{settings.name}"\nplace = "{settings.place}"\n'
            f'secret_key = "{SECRET}"\nmode = "test"\n',
            "utf-8",
        )
    yield made
    for hub in made.hubs:
        close(hub)


def run(hub: Hub, *words: str) -> Result:
    """Type a command at this hub."""
    return CliRunner().invoke(main, ["--instance", str(hub.settings.instance), *words])


def test_where_all_is_well_everything_is_compared(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project())
        three.settle()
        done = run(three.rendsburg, "repair")
    assert done.exit_code == 0, done.output
    assert "Der eigene Bestand ist vollständig" in done.output
    assert done.output.count("stimmt mit seinem Hub überein") == 2


def test_a_database_put_back_is_repaired_before_any_start(three: Three) -> None:
    with three.open():
        copy = three.back_up(three.wilster)
        three.wilster.publish("project", project())
        three.settle()
        before = digests(three.wilster)
        three.put_back(three.wilster, copy)
        assert run(three.wilster, "repair").exit_code == 0
    assert digests(three.wilster) == before


def test_without_an_answer_the_command_says_so_and_fails(three: Three) -> None:
    done = run(three.wilster, "repair")
    assert done.exit_code == 1
    assert "Veröffentlichen ist noch nicht möglich" in done.output


def test_publishing_without_an_answer_is_refused_in_plain_words(three: Three, tmp_path: Path) -> None:
    file = tmp_path / "records.json"
    file.write_text(json.dumps([{"kind": "project", "visibility": "public", "body": project()}]), "utf-8")
    done = run(three.wilster, "publish", str(file))
    assert done.exit_code == 1
    assert "es ist nichts verloren" in done.output
    assert size(three.wilster) == 0
    with three.open(three.rendsburg):
        assert run(three.wilster, "publish", str(file)).exit_code == 0


def test_a_copy_that_drifted_is_rebuilt(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project(title="Wie es war"))
        three.settle()
        with three.rendsburg.at(), transaction() as session:
            session.execute(sa.update(Record).where(~Record.own).values(state="withdrawn"))
        done = run(three.rendsburg, "repair", "--origin", three.wilster.origin)
    assert done.exit_code == 0, done.output
    assert titles(three.rendsburg) == {"Wie es war"}


def test_a_frozen_hub_is_named_with_its_reason_and_resumed_on_request(three: Three) -> None:
    with three.open():
        three.settle()
        with three.rendsburg.at(), transaction() as session:
            evidence = json.dumps({"held": "a", "seen": "b", "why": "two different logs"})
            chosen = sa.update(Log).where(Log.origin == three.wilster.origin)
            session.execute(chosen.values(state="frozen", evidence=evidence))
        told = run(three.rendsburg, "repair", "--origin", three.wilster.origin)
        assert told.exit_code == 1
        assert "two different logs" in told.output
        assert run(three.rendsburg, "repair", "--resume").exit_code == 2
        assert run(three.rendsburg, "repair", "--resume", "--origin", three.hennstedt.origin).exit_code == 1
        done = run(three.rendsburg, "repair", "--origin", three.wilster.origin, "--resume")
    assert done.exit_code == 0, done.output
    assert copy_of(three.rendsburg, three.wilster).state == "active"


def test_an_unknown_hub_can_not_be_repaired(three: Three) -> None:
    done = run(three.rendsburg, "repair", "--origin", "https://unheard-of.example")
    assert done.exit_code == 1
    assert "liegt hier nichts" in done.output


def test_a_new_epoch_needs_a_word_more(three: Three) -> None:
    three.wilster.publish("project", project())
    with three.wilster.at():
        before = log.own(reading()).log_id
    told = run(three.wilster, "epoch", "new")
    assert (told.exit_code, "Wirklich" in told.output) == (0, True)
    with three.wilster.at():
        assert log.own(reading()).log_id == before
    done = run(three.wilster, "epoch", "new", "--yes")
    assert done.exit_code == 0, done.output
    assert "2 Einträge" in done.output
    with three.wilster.at():
        reading().rollback()
        assert log.own(reading()).log_id != before
    assert state(three.wilster) == "active"


@pytest.mark.parametrize("how", ["no root", "another root", "an old number"])
def test_a_new_epoch_is_refused_without_its_root(three: Three, how: str) -> None:
    keys = three.wilster.settings.instance / "keys"
    words = ["epoch", "new", "--yes"]
    if how == "no root":
        (keys / "root.json").unlink()
    elif how == "another root":
        words += ["--root", str(three.rendsburg.settings.instance / "keys" / "root.json")]
    else:
        assert run(three.wilster, *words).exit_code == 0
        words += ["--number", "1"]
    assert run(three.wilster, *words).exit_code == 1
