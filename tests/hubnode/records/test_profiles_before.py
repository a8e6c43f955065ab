"""Profiles of before they belonged to people: what bodies claimed becomes rows; whose they are can be said later."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.mail import outbox
from hubnode.people.viewer import OPERATOR
from hubnode.records import owning, retention, service
from hubnode.records.errors import NotNow
from hubnode.records.profile_models import Profile
from migrations.runner import downgrade, upgrade
from tests.hubnode import persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import NOW, Hub

CLAIMS: dict[str, Any] = {
    "legal_basis": {"function_data": "LDSG-SH-15", "voluntary_data": "DSGVO-6-1-a"},
    "consent": {"version": "2026-1", "given_on": "2026-03-01", "scope": ["network"]},
    "confirmed_by_subject_at": "2026-03-02",
    "review_due": "2026-12-01",
}
RECORD = """
INSERT INTO record (id, origin, rec, own, kind, state, level, rev, body, draft, draft_token, created_at, updated_at,
  was_public, hidden)
VALUES (1, 'https://x.example', '01JD', 1, 'expertise', 'published', 'network', 1, :body, :body, 0, '2026-01-01',
  '2026-01-01', 0, 0)
"""


@pytest.mark.parametrize(
    ("consent", "kept"),
    [
        ({}, {("personal", "network")}),
        ({"scope": ["hub", "network", "public"]}, {("personal", "public"), ("public_name", "public")}),
        ({"withdrawn_on": "2026-04-01"}, set()),
        ({"scope": []}, set()),
    ],
)
def test_what_bodies_claimed_becomes_rows_and_leaves_the_bodies(
    tmp_path: Path, template: Path, consent: dict[str, Any], kept: set[tuple[str, str]]
) -> None:
    url = f"sqlite:///{tmp_path / 'before.db'}"
    (tmp_path / "before.db").write_bytes(template.read_bytes())
    downgrade(url, "0017")
    engine = sa.create_engine(url)
    body = json.dumps(expertise() | CLAIMS | {"consent": CLAIMS["consent"] | consent}).encode()
    version = sa.text("INSERT INTO record_version VALUES (1, 1, 'network', :body, '2026-01-01')")
    with engine.begin() as connection:
        connection.execute(sa.text(RECORD), {"body": body})
        connection.execute(version, {"body": body})
    upgrade(url)
    with engine.connect() as connection:
        row = connection.execute(sa.text("SELECT account, email, confirmed_at, review_due FROM profile")).one()
        assert (row.account, row.email) == (None, None)
        assert (row.confirmed_at[:10], row.review_due[:10]) == ("2026-03-02", "2026-12-01")
        given = connection.execute(sa.text("SELECT purpose, scope FROM consent")).all()
        assert {(purpose, scope) for purpose, scope in given} == kept
        for column in ("SELECT body FROM record", "SELECT draft FROM record", "SELECT body FROM record_version"):
            assert json.loads(connection.scalar(sa.text(column)) or b"{}") == expertise()
    engine.dispose()


def nobodys(hub: Hub) -> str:
    """A published profile of which nobody knows the address; its id."""
    id = hub.publish("expertise", expertise())
    with hub.at(), transaction() as session:
        session.execute(sa.update(Profile).values(account=None, email=None))
    return id


def test_a_profile_of_before_is_given_to_its_person_and_stays_meanwhile(wilster: Hub) -> None:
    id = nobodys(wilster)
    with wilster.at():
        draft = service.draft(OPERATOR, id)
        service.save_draft(OPERATOR, "expertise", draft.body, id=id, level=draft.level, now=NOW)
        assert owning.to_be_asked(id)
        owning.ask(OPERATOR, id, "spaet@person.example", NOW + timedelta(days=1))
        assert outbox.mailbox()[0].template == "profile-review"
        assert not owning.to_be_asked(id)
        assert owning.held(persons.owner(id, NOW)).state == "published"
        with pytest.raises(NotNow):
            owning.ask(OPERATOR, id, "andere@person.example", NOW + timedelta(days=2))


def test_a_profile_that_nobody_takes_runs_out(wilster: Hub) -> None:
    nobodys(wilster)
    with wilster.at():
        retention.tend(NOW + timedelta(days=365 + 90))
        reading().rollback()
        assert reading().scalars(sa.select(Profile.confirmed_at)).one() is None
