"""Codes, tokens, proofs and visitors on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import db, reading, transaction
from hubnode.network import questions
from hubnode.network.models import Peer
from hubnode.network.questions_models import Question
from hubnode.network.signing_in import grants, hubs, visitors
from hubnode.network.signing_in.errors import SignInRefused
from hubnode.people.models import Account
from hubnode.records import reading as records
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.test_databases import url
from tests.migrated import migrate

__all__ = ["url"]
ASKED = grants.Request("https://wilster.example", "https://wilster.example/oauth/callback/x", "openid", "n" * 20, "c")


@pytest.fixture
def kiel(url: str, tmp_path: Path, free_port: int) -> Iterator[Hub]:
    """A hub on the database under test, with one account."""
    migrate(url)
    hub = make_hub(tmp_path / "kiel", Path(), "Kiel", free_port, url)
    with hub.at(), transaction() as session:
        session.add(
            Account(
                email="erika@kiel.example", name="Erika", role="staff", password_hash="!", active=True,
                created_at=NOW, password_changed_at=NOW,
            )
        )  # fmt: skip
    yield hub
    close(hub)


def spend(hub: Hub, token: str) -> bool:
    """What a request for a token does."""
    with hub.at():
        code = grants.find_code("code", ASKED.client, NOW)
        done = code is not None and grants.spend(code, token, NOW)
        db.session.remove()
        return done


def test_of_many_that_redeem_a_code_at_once_one_is_given_a_token_and_no_second_use_leaves_one(kiel: Hub) -> None:
    with kiel.at():
        account = reading().scalars(sa.select(Account.id)).one()
        grants.agree(account, ASKED.client, NOW)
        grants.keep_code("code", account, ASKED, NOW)
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda number: spend(kiel, f"token {number}"), range(6)))
    assert sum(done) == 1
    with kiel.at():
        held = grants.find_token(f"token {done.index(True)}", NOW)
        assert held is not None
        assert not held.in_force, "the others have used the code a second time"
        assert grants.withdraw(account, ASKED.client, NOW)
        assert grants.person(account, ASKED.client, kiel.origin) is None
        grants.sweep(NOW + timedelta(hours=2))
        assert grants.find_token(f"token {done.index(True)}", NOW) is None


def test_of_many_proofs_with_one_name_one_counts(kiel: Hub) -> None:
    def use(_number: int) -> bool:
        with kiel.at():
            try:
                hubs.use_up(ASKED.client, "jti", NOW)
            except SignInRefused:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(use, range(6))) == 1


def test_a_visitor_asks_and_is_forgotten(kiel: Hub, wilster: Hub) -> None:
    pin(kiel, wilster)
    id = kiel.publish("project", project())
    with kiel.at():
        who = visitors.Vouched(wilster.origin, "subject", "Charlie", "")
        token = visitors.admit(who, "Firefox", NOW)
        viewer = visitors.viewer_of(token, NOW)
        record = records.get(viewer, "project", id, None)
        for _ in range(2):
            questions.ask(viewer, record, questions.write("Wie?", "Bauamt", "Frage"), NOW)
        with transaction() as session:
            session.execute(sa.update(Peer).values(state="suspended"))
        assert not visitors.viewer_of(token, NOW).visiting
        visitors.sweep(NOW + timedelta(days=32))
        kept = reading().execute(sa.select(Question.visitor, Question.home)).all()
        assert kept == [(None, wilster.origin)] * 2
