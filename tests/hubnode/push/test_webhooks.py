"""Webhooks as partners get them: signed, in order, at least once, and nothing but what everybody may see."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.feeds.changes_models import ChangeHead
from hubnode.mail.models import MailOut
from hubnode.people.viewer import OPERATOR
from hubnode.push import callbacks, delivering, webhooks
from hubnode.push.models import Webhook, WebhookHeld
from hubnode.work import loop
from tests.hubnode.hubs import every_value
from tests.hubnode.push.conftest import Desk
from tests.hubnode.push.subscribers import Subscriber, verified


def test_what_changes_arrives_in_order_and_signed(desk: Desk, partner: Subscriber) -> None:
    desk.publish("Vorher")
    number = desk.hook(partner.url)
    first, second = desk.later(minutes=1).publish("Eins"), desk.later(minutes=1).publish("Zwei")
    desk.work()
    messages = partner.messages(desk.secrets[number])
    assert [(one["type"], one["data"]["id"], one["data"]["title"]) for one in messages] == [
        ("record.put", first, "Eins"),
        ("record.put", second, "Zwei"),
    ]
    assert {one.headers["content-type"] for one in partner.got} == {"application/json"}
    assert [one.path for one in partner.got] == ["/empfang/a/b"] * 2
    assert abs(int(partner.got[0].headers["webhook-timestamp"]) - desk.now.timestamp()) < 1
    assert messages[0]["data"]["fields"]["phase"] == "P1"
    assert messages[0]["data"]["url"] == f"{desk.hub.origin}/projekte/{first.rpartition('/')[2]}"
    assert desk.work() == 0
    assert desk.stand(number).delivered == 2


def test_a_subscriber_that_changes_a_byte_finds_the_signature_wrong(desk: Desk, partner: Subscriber) -> None:
    number = desk.hook(partner.url)
    desk.publish()
    desk.work()
    [got] = partner.got
    assert verified(got, desk.secrets[number])
    got.body += b" "
    assert not verified(got, desk.secrets[number])
    got.body = got.body[:-1]
    assert not verified(got, "whsec_" + "A" * 43 + "=")


def test_who_wants_it_all_gets_what_there_is(desk: Desk, partner: Subscriber) -> None:
    uris = [desk.later(minutes=1).publish(f"Projekt {number}") for number in range(45)]
    number = desk.hook(partner.url, whole=True)
    desk.work(rounds=1)
    assert [one["data"]["id"] for one in partner.messages(desk.secrets[number])] == uris
    assert len(set(partner.ids())) == 45


@pytest.mark.parametrize("how", ["withdraw", "erase", "narrow"])
def test_what_is_gone_comes_as_its_address_alone(desk: Desk, partner: Subscriber, how: str) -> None:
    uri = desk.publish("Geheimnisvoll")
    number = desk.hook(partner.url)
    desk.later(minutes=1)
    if how == "narrow":
        desk.hub.revise(uri.rpartition("/")[2], desk.now, level="hub")
    else:
        getattr(desk, how)(uri)
    desk.work()
    [message] = partner.messages(desk.secrets[number])
    assert message["type"] == "record.gone"
    assert message["data"] == {"id": uri}


def test_nothing_that_is_not_public_leaves(desk: Desk, partner: Subscriber) -> None:
    desk.hook(partner.url, whole=True)
    desk.publish("Nur hier", "hub")
    desk.publish("Nur im Verbund", "network")
    desk.work()
    assert partner.got == []


def test_what_leaves_the_selection_is_called_back(desk: Desk, partner: Subscriber) -> None:
    number = desk.hook(partner.url, "/feeds/projekte.json?phase=P1&q=Hafen")
    uri = desk.publish("Sensoren im Hafen")
    desk.publish("Etwas anderes", summary={"de": "Ganz ohne."}, challenge={"de": "Nichts."}, solution={"de": "Nichts."})
    desk.work()
    desk.later(minutes=1)
    desk.hub.revise(uri.rpartition("/")[2], desk.now, phase="P2")
    desk.work()
    messages = partner.messages(desk.secrets[number])
    assert [(one["type"], one["data"]["id"]) for one in messages] == [("record.put", uri), ("record.gone", uri)]
    desk.later(minutes=1)
    desk.hub.revise(uri.rpartition("/")[2], desk.now, title={"de": "Hafen anders"})
    desk.work()
    assert len(partner.got) == 2, "it has left already"


def test_a_failure_is_tried_again_under_the_same_id_and_holds_the_others_back(desk: Desk, partner: Subscriber) -> None:
    partner.statuses = [503, 500, 204]
    number = desk.hook(partner.url)
    desk.publish("Eins")
    desk.later(seconds=1).publish("Zwei")
    assert desk.work() == 1
    assert desk.work() == 0, "a pause after the failure"
    assert (desk.stand(number).error, desk.stand(number).attempts) == ("answered:503", 1)
    desk.later(seconds=6).work()
    desk.later(minutes=6).work()
    one, again, third, two = partner.ids()
    assert one == again == third != two
    assert [json.loads(got.body)["data"]["title"] for got in partner.got] == ["Eins", "Eins", "Eins", "Zwei"]
    stand = desk.stand(number)
    assert (stand.error, stand.attempts, stand.failing_since) == ("", 0, None)


def test_a_subscriber_may_ask_for_a_longer_pause(desk: Desk, partner: Subscriber) -> None:
    partner.statuses, partner.headers = [429, 204], [("Retry-After", "3600")]
    desk.hook(partner.url)
    desk.publish()
    desk.work()
    desk.later(minutes=59).work()
    assert len(partner.got) == 1
    desk.later(minutes=2).work()
    assert len(partner.got) == 2


def test_after_three_days_a_message_is_laid_aside_and_can_be_sent_once_more(desk: Desk, partner: Subscriber) -> None:
    partner.statuses = [400] * (len(delivering.PAUSES) + 1) + [204]
    number = desk.hook(partner.url)
    first = desk.publish("Eins")
    second = desk.later(seconds=1).publish("Zwei")
    begun = desk.now
    while desk.now - begun < timedelta(days=4) and len(partner.got) < len(delivering.PAUSES) + 1:
        desk.later(hours=1).work()
    assert timedelta(days=2.5) < desk.now - begun < timedelta(days=3.5)
    desk.work()
    assert json.loads(partner.got[-1].body)["data"]["id"] == second, "those behind it get their turn"
    with desk.hub.at():
        [aside] = webhooks.asides(number)
        assert (aside.uri, aside.error, aside.message) == (first, "answered:400", partner.ids()[0])
    desk.erase(first)
    desk.work()
    with desk.hub.at():
        webhooks.again(number, aside.id, desk.now)
    desk.work()
    last = json.loads(partner.got[-1].body)
    assert (last["type"], last["data"]) == ("record.gone", {"id": first}), "as the record is now"
    assert partner.ids()[-1] == aside.message
    with desk.hub.at():
        assert webhooks.asides(number) == []


@pytest.mark.parametrize(("status", "days"), [(410, 0), (500, 5)])
def test_who_is_gone_or_fails_for_long_is_sent_nothing_more(
    desk: Desk, partner: Subscriber, status: int, days: int
) -> None:
    partner.statuses = [status]
    number = desk.hook(partner.url)
    desk.publish("Eins")
    desk.later(seconds=1).publish("Zwei")
    begun = desk.now
    while desk.stand(number).state == "active" and desk.now - begun < timedelta(days=8):
        desk.work()
        desk.later(hours=2)
    assert timedelta(days=days) <= desk.now - begun <= timedelta(days=days + 2)
    count = len(partner.got)
    desk.publish("Weiter")
    assert desk.later(days=1).work() == 0
    with desk.hub.at():
        assert reading().scalar(sa.select(MailOut.template)) == "webhook-disabled"
        given_up = len(webhooks.asides(number))
        webhooks.resume(number, desk.now)
    partner.statuses = [204]
    desk.work()
    assert given_up == (1 if days else 0)
    assert len(partner.got) == count + 3 - given_up, "nothing was lost"


def test_a_test_message_comes_even_while_it_is_paused(desk: Desk, partner: Subscriber) -> None:
    number = desk.hook(partner.url)
    desk.publish()
    with desk.hub.at():
        webhooks.pause(number)
        webhooks.test(number, desk.now)
    desk.work()
    [message] = partner.messages(desk.secrets[number])
    assert (message["type"], message["data"]) == ("webhook.test", {})


def test_the_secret_before_a_rotation_signs_for_a_day(desk: Desk, partner: Subscriber) -> None:
    number = desk.hook(partner.url)
    old = desk.secrets[number]
    with desk.hub.at() as node:
        new = webhooks.rotate(node.settings, number, desk.now, by=OPERATOR)
    desk.publish("Eins")
    desk.work()
    desk.later(hours=25).publish("Zwei")
    desk.work()
    during, after = partner.got
    assert verified(during, old)
    assert verified(during, new)
    assert verified(after, new)
    assert not verified(after, old)


def test_after_the_database_was_put_back_everything_is_told_anew(desk: Desk, partner: Subscriber) -> None:
    number = desk.hook(partner.url)
    uri = desk.publish()
    desk.work()
    with desk.hub.at(), transaction() as session:
        session.get_one(ChangeHead, 1).epoch = "0" * 16
        session.execute(sa.update(Webhook).values(stamp=-1))
    desk.work()
    assert [one["data"]["id"] for one in partner.messages(desk.secrets[number])] == [uri, uri]
    assert len(set(partner.ids())) == 2


def test_a_killed_worker_repeats_under_the_same_id_what_it_had_not_noted(
    desk: Desk, partner: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hook(partner.url)
    desk.publish("Eins")
    desk.later(seconds=1).publish("Zwei")

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(delivering, "_delivered", die)
        with pytest.raises(Killed):
            desk.work()
    with desk.hub.at() as node:
        loop.begin(node)
    desk.work()
    ids = partner.ids()
    assert len(ids) == 4
    assert ids[:2] == ids[2:]


def test_a_slow_subscriber_slows_nobody(desk: Desk, partner: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "DEADLINE_S", 0.5)
    release = threading.Event()

    class Slow(Subscriber):
        def __call__(self, environ: dict[str, object], start: object) -> list[bytes]:
            release.wait(5)
            return super().__call__(environ, start)  # type: ignore[arg-type]

    with Slow().listening() as slow:
        stuck, quick = desk.hook(slow.url), desk.hook(partner.url)
        desk.publish()
        worker, stop = loop.Worker(desk.hub.app), threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            for _ in range(100):
                if partner.got and desk.stand(stuck).error:
                    break
                stop.wait(0.1)
        finally:
            stop.set()
            release.set()
            thread.join()
    assert len(partner.messages(desk.secrets[quick])) == 1
    assert desk.stand(stuck).error == "unreachable:timeout"


def test_an_answer_that_leads_elsewhere_is_not_followed(desk: Desk, partner: Subscriber) -> None:
    with Subscriber([307]).listening() as elsewhere:
        elsewhere.headers = [("Location", partner.url)]
        number = desk.hook(elsewhere.url)
        desk.publish()
        desk.work()
    assert partner.got == []
    assert desk.stand(number).error == "unreachable:redirect"


def test_addresses_and_secrets_lie_sealed(desk: Desk, partner: Subscriber) -> None:
    number = desk.hook(partner.url)
    desk.publish()
    desk.work()
    with desk.hub.at():
        kept = every_value(reading())
        assert reading().scalar(sa.select(sa.func.count()).select_from(WebhookHeld)) == 1
    assert "kanal=1" not in kept
    assert desk.secrets[number].lower() not in kept
    with desk.hub.at():
        webhooks.end(number, desk.now, by=OPERATOR)
        assert reading().scalar(sa.select(sa.func.count()).select_from(WebhookHeld)) == 0
