"""Profiles that nobody confirms again: reminded, faded, hidden, erased, each on its day and not before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hubnode.db import reading
from hubnode.mail import outbox
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import owning, profiles, retention, service
from hubnode.records import reading as records
from hubnode.records.errors import Gone, NotFound
from hubnode.records.models import Record, RecordVersion
from hubnode.records.profile_models import Consent, Profile, ProfileLink
from tests.hubnode import persons
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import NOW, Hub, carry

SECOND = timedelta(seconds=1)
DUE = NOW + profiles.VALID


def letters() -> list[str]:
    """What was written, oldest first."""
    return [one.template for one in reversed(outbox.mailbox())]


def state(id: str) -> str:
    """How the record stands."""
    session = reading()
    session.rollback()
    found = session.scalar(records.sa.select(Record.state).where(Record.rec == id))
    return found or "none"


@pytest.mark.parametrize(
    ("moment", "stands", "written"),
    [
        (DUE - timedelta(days=30) - SECOND, "published", []),
        (DUE - timedelta(days=30), "published", ["profile-review"]),
        (DUE, "published", ["profile-review"]),
        (DUE + timedelta(days=30) - SECOND, "published", ["profile-review"]),
        (DUE + timedelta(days=30), "withdrawn", ["profile-hidden", "profile-review"]),
        (DUE + timedelta(days=90) - SECOND, "withdrawn", ["profile-hidden", "profile-review"]),
        (DUE + timedelta(days=90), "erased", ["profile-erased"]),
    ],
)
def test_each_rule_on_its_day(wilster: Hub, moment: datetime, stands: str, written: list[str]) -> None:
    id = wilster.publish("expertise", expertise())
    with wilster.at():
        retention.tend(moment)
        retention.tend(moment)  # a second worker, or the next look: nothing twice
        assert state(id) == stands
        assert sorted(letters()[1:]) == written


def test_day_by_day_it_walks_through_all_stages(wilster: Hub) -> None:
    """As the chore does it: every day a look, for two years."""
    id = wilster.publish("expertise", expertise())
    seen: dict[str, int] = {}
    with wilster.at():
        for day in range(2 * 365):
            retention.tend(NOW + timedelta(days=day))
            seen.setdefault(state(id), day)
        assert letters()[1:] == ["profile-review", "profile-hidden", "profile-erased"]
    assert seen == {"published": 0, "withdrawn": 365 + 30, "erased": 365 + 90}


def test_a_yes_in_time_begins_twelve_new_months(wilster: Hub) -> None:
    id = wilster.publish("expertise", expertise())
    with wilster.at():
        yes = DUE + timedelta(days=29)
        retention.tend(yes)
        owning.confirm(persons.owner(id, yes), yes)
        retention.tend(yes + profiles.VALID - timedelta(days=31))
        assert state(id) == "published"
        assert letters()[1:] == ["profile-review"]
        assert records.of_number(OPERATOR, id).fields["last_confirmed_at"] == str(yes.date())


def test_a_yes_brings_a_hidden_profile_back(wilster: Hub, rendsburg: Hub) -> None:
    id = wilster.publish("expertise", expertise())
    with wilster.at():
        late = DUE + timedelta(days=60)
        retention.tend(late)
        with pytest.raises(Gone):
            records.of_number(ANONYMOUS, id)
    carry(wilster, rendsburg)
    assert found(rendsburg) == 0
    with wilster.at():
        owning.confirm(persons.owner(id, late), late)
        assert retention.review(persons.profile_of(id), late) is not None
        assert records.of_number(ANONYMOUS, id).fields["display_name"] == "Wiebke Musterfrau"
    carry(wilster, rendsburg)
    assert found(rendsburg) == 1


def found(hub: Hub) -> int:
    """How many profiles somebody without an account finds."""
    with hub.at():
        return records.find(ANONYMOUS, records.Browse(kinds=["expertise"])).total


def test_the_stages_in_the_words_of_pages(wilster: Hub) -> None:
    id = wilster.publish("expertise", expertise())
    moments = {
        DUE - timedelta(days=31): "current", DUE - timedelta(days=30): "due", DUE: "faded",
        DUE + timedelta(days=30): "hidden",
    }  # fmt: skip
    with wilster.at():
        for moment, stage in moments.items():
            retention.tend(moment)
            reading().rollback()
            review = retention.review(persons.profile_of(id), moment)
            assert review is not None
            assert (review.stage, review.due) == (stage, DUE)


def test_what_nobody_answers_to_is_deleted_after_thirty_days(wilster: Hub) -> None:
    with wilster.at():
        id = persons.asked(expertise(), "network", NOW)
        retention.tend(NOW + timedelta(days=30) - SECOND)
        assert state(id) == "draft"
        retention.tend(NOW + timedelta(days=30))
        assert state(id) == "none"
        with pytest.raises(NotFound):
            service.draft(OPERATOR, id)
        for table in (Profile, ProfileLink, Consent, RecordVersion):
            assert not reading().scalars(records.sa.select(table)).all()


def test_used_links_are_forgotten_after_ninety_days(wilster: Hub) -> None:
    wilster.publish("expertise", expertise())
    links = records.sa.select(records.sa.func.count()).select_from(ProfileLink)
    with wilster.at():
        retention.tend(NOW + timedelta(days=90) - SECOND)
        assert reading().scalar(links) == 2  # that of the letter, replaced, and the one used
        retention.tend(NOW + timedelta(days=121))
        assert reading().scalar(links) == 0


def test_a_profile_like_that_of_the_demo_fades_and_then_goes(wilster: Hub) -> None:
    """exp-003: confirmed 385 days ago, so overdue for twenty; ten days later nobody sees it."""
    begin = NOW - timedelta(days=385)
    id = wilster.publish("expertise", expertise(), now=begin)
    with wilster.at():
        retention.tend(NOW)
        review = retention.review(persons.profile_of(id), NOW)
        assert review is not None
        assert (review.stage, state(id)) == ("faded", "published")
        retention.tend(NOW + timedelta(days=10))
        assert state(id) == "withdrawn"
