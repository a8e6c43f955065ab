"""Building the search anew: beside the running node, step by step, and again where it was interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import db, reading, transaction
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import reading as records
from hubnode.records import reindexing
from hubnode.records.reading import Browse
from hubnode.search.analysis import ANALYSIS_VERSION, Language, current, use
from hubnode.search.engines import engine_of
from hubnode.search.models import SearchDoc, SearchEntry, SearchState, SearchTerm
from migrations.runner import downgrade, upgrade
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, make_hub
from tests.migrated import migrate


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def kiel(request: pytest.FixtureRequest, tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A hub on each database, with three records."""
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        migrate(url)
    hub = make_hub(tmp_path / "kiel", template, "Kiel", 5991, url)
    for title in ("Treckerklönschnack", "Telemedizin", "Bürgerbus"):
        hub.publish("project", project(title=title))
    yield hub
    use(Language())
    close(hub)


def titles(text: str) -> list[str]:
    """Titles of what is found, by everybody."""
    return [next(iter(view.headline.values())) for view in records.find(ANONYMOUS, Browse(text=text)).items]


def forget() -> None:
    """Lose the words of all records, as a migration does."""
    with transaction() as session:
        for statement in (*engine_of(session).drop, *engine_of(session).create):
            session.execute(sa.text(statement))
        session.execute(sa.delete(SearchEntry))
        session.execute(sa.delete(SearchTerm))
    reindexing.restart()


def test_an_index_that_lost_its_words_gets_them_back(kiel: Hub) -> None:
    with kiel.at():
        before = sorted(reading().execute(sa.select(SearchTerm.folded, SearchTerm.written, SearchTerm.n0)).all())
        forget()
        assert titles("Telemedizin") == []
        assert len(records.find(OPERATOR, Browse()).items) == 3
        assert reindexing.due()
        reindexing.tend()
        assert not reindexing.due()
        assert titles("Telemedizin") == ["Telemedizin"]
        reading().rollback()
        assert before == sorted(
            reading().execute(sa.select(SearchTerm.folded, SearchTerm.written, SearchTerm.n0)).all()
        )


def test_whoever_is_interrupted_goes_on(kiel: Hub) -> None:
    with kiel.at():
        forget()
        assert reindexing.step(batch=2)
        reading().rollback()
        assert reading().scalar(sa.select(sa.func.count()).select_from(SearchEntry)) == 2
        assert reindexing.due()
        kiel.publish("project", project(title="Leihrad"))
        reading().rollback()
        assert titles("Leihrad") == ["Leihrad"]
        assert reindexing.step(batch=2)
        assert not reindexing.step(batch=2)
        assert [titles(word) for word in ("Treckerklönschnack", "Bürgerbus", "Leihrad")] == [
            ["Treckerklönschnack"],
            ["Bürgerbus"],
            ["Leihrad"],
        ]
        assert reading().scalar(sa.select(sa.func.count()).select_from(SearchEntry)) == 4


def test_an_operators_new_word_is_worked_in(kiel: Hub) -> None:
    with kiel.at():
        assert not reindexing.due()
        assert titles("Klönschnack Trecker") == []
        use(Language(["Trecker", "Klönschnack"]))
        assert reindexing.due()
        reindexing.tend()
        assert titles("Klönschnack Trecker") == ["Treckerklönschnack"]
        assert reading().scalar(sa.select(SearchState.version)) == current().version != ANALYSIS_VERSION


def test_the_migration_goes_down_and_up_again_with_everything_found(kiel: Hub) -> None:
    with kiel.at():
        url = db.engine.url.render_as_string(hide_password=False)
        db.session.remove()
        db.engine.dispose()
        downgrade(url, "0012")
        assert _old_answer(url) == 1
        upgrade(url)
        assert reindexing.due()
        reindexing.tend()
        assert titles("Telemedizin") == ["Telemedizin"]
        assert reading().scalar(sa.select(sa.func.count()).where(SearchDoc.facets != "")) == 3


def _old_answer(url: str) -> int:
    """How many records the index finds as it was before."""
    engine = sa.create_engine(url)
    where = {"sqlite": "search_text MATCH 'telemedizin'", "postgresql": "v0 @@ 'telemedizin'::tsquery"}
    with engine.connect() as connection:
        counted = f"SELECT count(*) FROM search_text WHERE {where[engine.dialect.name]}"  # noqa: S608 - our own words
        found = connection.exec_driver_sql(counted).scalar()
    engine.dispose()
    return int(found or 0)
