"""People answer what is asked about their own profile: here and across hubs; and nobody else's profile is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.mail import outbox
from hubnode.network import question_views, questions
from hubnode.network.questions_models import Question
from hubnode.people.viewer import Viewer
from hubnode.records import reading as records
from hubnode.records.errors import Forbidden, NotFound
from hubnode.records.models import Record
from hubnode.records.profile_models import Profile
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import Hub, carry
from tests.hubnode.network.pair import COLLEAGUE, COORDINATOR, STAFF, Pair, make_pair, viewer
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.desk import account
from tests.hubnode.web.own_profile import MAIL

SECRET_WORDS = "Wie verankert man Schwimmstege?"
ASKER, BOSS, OTHER = viewer(STAFF), viewer(COORDINATOR), viewer(COLLEAGUE)


def letters_to(hub: Hub, address: str) -> list[str]:
    """The words of the mails about questions to somebody."""
    with hub.at():
        reading().rollback()
        held = [one for one in outbox.mailbox() if one.to == address and one.template == "question-asked"]
        return [found[1].text for one in held if (found := outbox.read(one.id)) is not None]


def ask(charlie: Browser, profile: str) -> str:
    """Charlie asks about a profile; where the thread is."""
    charlie.open(f"/fragen/neu/expertise/{profile}")
    answer = charlie.send(subject="Stege", text=SECRET_WORDS, signed_as="Bauhof")
    assert answer.status_code == 303
    return str(answer.location)


def test_the_person_is_told_answers_and_the_asker_reads_it(
    hub: Hub, mine: str, wiebke: Browser, charlie: Browser, bob: Browser
) -> None:
    thread = ask(charlie, mine)
    [mail] = letters_to(hub, MAIL)
    assert thread in mail
    assert "Stege" not in mail
    assert "Schwimm" not in mail
    wiebke.open("/konto")
    wiebke.open(wiebke.page.xpath(".//a[contains(., 'Ihre Fachfragen')]/@href")[0])
    assert "Stege" in wiebke.text(".//section[@aria-labelledby='an-mich']")
    wiebke.open(thread)
    assert SECRET_WORDS in wiebke.text()
    wiebke.follow(wiebke.send(form=".//form[.//textarea]", text="Mit Pfählen.", signed_as="Wasserbau"))
    charlie.open(thread)
    assert "Mit Pfählen." in charlie.text()
    assert "Beantwortet" in charlie.text(".//*[@id='stand']")
    charlie.send(form=".//form[.//textarea]", text="Und bei Eis?")
    assert len(letters_to(hub, MAIL)) == 2, "there is something to answer again"
    charlie.open(thread)
    charlie.send(form=".//form[.//textarea]", text="Und bei Sturm?")
    assert len(letters_to(hub, MAIL)) == 2, "she knows already"
    bob.open(thread)
    bob.follow(bob.send(form=".//form[.//textarea]", text="Die Koordination sagt auch etwas."))
    assert "Die Koordination sagt auch etwas." in bob.text()


def test_the_person_answers_and_does_nothing_else(hub: Hub, mine: str, wiebke: Browser, charlie: Browser) -> None:
    thread = ask(charlie, mine)
    wiebke.open(thread)
    assert wiebke.page.xpath(".//a[contains(@href, '/loeschen')]") == []
    for way in (f"{thread}/loeschen", f"{thread}/schliessen"):
        wiebke.open(thread)
        assert wiebke.send(way, form=".//form[.//textarea]").status_code == 403
    assert wiebke.open(f"{thread}/loeschen").status_code == 403
    assert wiebke.open(f"/fragen/neu/expertise/{mine}").status_code == 403, "experts ask nobody"


def test_another_expert_does_not_see_it(
    hub: Hub, mine: str, wiebke: Browser, charlie: Browser, password_hash: str
) -> None:
    thread = ask(charlie, mine)
    with hub.at(), transaction() as session:
        session.add(account("Xaver", "expert", password_hash))
    xaver = Browser(hub.app)
    xaver.keep_signed_in("xaver@wilster.example")
    assert xaver.open(thread).status_code == 404
    assert "Noch hat niemand gefragt." in xaver.open("/fragen").text
    with hub.at(), transaction() as session:
        session.execute(sa.update(Profile).values(account=None, email="another@person.example"))
    assert wiebke.open(thread).status_code == 404, "it is hers no more"


@pytest.fixture
def pair(tmp_path: Path, template: Path) -> Iterator[Pair]:
    """The profile of somebody of Rendsburg's staff, known at Wilster."""
    with make_pair(tmp_path, template) as made:
        id = made.rendsburg.publish("expertise", expertise(), "network", made.now)
        with made.rendsburg.at(), transaction() as session:
            record = sa.select(Record.id).where(Record.rec == id).scalar_subquery()
            session.execute(sa.update(Profile).where(Profile.record == record).values(account=COLLEAGUE, email=None))
        carry(made.rendsburg, made.wilster)
        yield made


def threads(hub: Hub, who: Viewer) -> list[str]:
    """The questions about the own profile of somebody at a hub."""
    with hub.at():
        reading().rollback()
        return [one.id for one in question_views.to_me(who)]


def test_a_question_from_another_hub_is_answered_by_the_person(pair: Pair) -> None:
    with pair.wilster.at():
        found = records.find(ASKER, records.Browse(kinds=["expertise"])).items[0]
        questions.ask(ASKER, found, questions.write(SECRET_WORDS, "Bauhof", "Stege"), pair.now)
    with pair.answering(pair.wilster, pair.rendsburg):
        pair.deliver()
        [thread] = threads(pair.rendsburg, OTHER)
        assert (threads(pair.rendsburg, ASKER), threads(pair.wilster, OTHER)) == ([], [])
        assert len(letters_to(pair.rendsburg, "person3@hub.example")) == 1
        assert "Schwimm" not in letters_to(pair.rendsburg, "person3@hub.example")[0]
        with pair.rendsburg.at():
            with pytest.raises(NotFound):
                questions.reply(ASKER, thread, questions.write("Nein", "Amt"), pair.now)
            with pytest.raises(Forbidden):
                questions.delete(OTHER, thread, pair.now)
            questions.reply(OTHER, thread, questions.write("Mit Pfählen.", "Wasserbau"), pair.now)
        pair.deliver(pair.rendsburg)
    with pair.wilster.at():
        reading().rollback()
        assert reading().scalars(sa.select(Question.state)).all() == ["answered"]


def test_what_was_asked_from_here_is_nobodys_here(pair: Pair) -> None:
    """An account of Wilster whose profile had the same address would not see what Wilster asks elsewhere."""
    with pair.wilster.at():
        found = records.find(ASKER, records.Browse(kinds=["expertise"])).items[0]
        id = questions.ask(ASKER, found, questions.write(SECRET_WORDS, "Bauhof", "Stege"), pair.now)
        with pytest.raises(NotFound):
            questions.reply(OTHER, id, questions.write("Nein", "Amt"), pair.now)
    assert letters_to(pair.wilster, "person3@hub.example") == []
