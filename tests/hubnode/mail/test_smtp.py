"""The way to a mail server: encrypted and signed in, or not at all; what it refuses is waited out or given up."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.config import BadSettings, Settings, TlsMode
from hubnode.db import reading, transaction
from hubnode.mail import outbox, smtp
from hubnode.mail.models import MailOut
from hubnode.mail.rendering import Letter
from hubnode.mail.smtp import NotNow, Server
from tests.federation.test_wire_tls import certificate as certificate
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.mail.mailserver import PASSWORD, USER, MailServer, serving
from tests.hubnode.web.desk import hub as hub
from tests.hubnode.web.desk import password_hash as password_hash

VALUES = {"link": "/einladung/geheim", "role": "Redaktion", "until": "morgen"}
DORA = Letter("dora@amt.example", "de", "invitation", VALUES, NOW + timedelta(days=7))


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS, for the name hub.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    """Trust in that certificate, whose name is not the loopback's."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    return context


@pytest.fixture
def told(tls: ssl.SSLContext) -> Iterator[MailServer]:
    """A server that takes everything."""
    with serving(MailServer(tls)) as server:
        yield server


def client(
    told: MailServer, trust: ssl.SSLContext, tls: TlsMode = "starttls", user: str = USER, password: str = PASSWORD
) -> Server:
    """How a hub speaks to it."""
    return Server("127.0.0.1", told.port, tls, user, password, "hub.example", trust)


def put(hub: Hub, letter: Letter = DORA) -> int:
    """Put a letter into the outbox and claim it; answers its number."""
    with hub.at(), transaction() as session:
        outbox.put(session, letter, NOW)
    with hub.at(), transaction() as session:
        [number] = outbox.claim(session, NOW, 9)
    return int(number)


def deliver(hub: Hub, number: int, server: Server, now: datetime = NOW) -> MailOut | None:
    """One try; answers what is left in the outbox."""
    with hub.at():
        outbox.deliver(hub.settings, number, now, server)
        reading().expire_all()
        return reading().get(MailOut, number)


def test_a_letter_arrives_encrypted_in_both_forms_and_is_forgotten(
    hub: Hub, told: MailServer, trust: ssl.SSLContext
) -> None:
    """Nothing but the greeting goes in clear; sender, reader and headers are what they should be."""
    assert deliver(hub, put(hub), client(told, trust)) is None
    assert told.encrypted
    assert all(told.encrypted)
    assert told.envelopes == [("hub@example.org", "dora@amt.example")]
    [message] = told.taken
    assert message["From"] == "Digital Hub Wilster <hub@example.org>"
    assert message["To"] == "dora@amt.example"
    assert message["Subject"] == "Ihre Einladung: Digital Hub Wilster"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@127.0.0.1>")
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert "http://127.0.0.1:5991/einladung/geheim" in body.get_content()
    assert message.get_content_type() == "multipart/alternative"


def test_a_letter_in_english(hub: Hub, told: MailServer, trust: ssl.SSLContext) -> None:
    """The language of the reader, not of whoever causes it."""
    deliver(hub, put(hub, replace(DORA, language="en")), client(told, trust))
    [message] = told.taken
    assert message["Content-Language"] == "en"
    body = message.get_body(("html",))
    assert body is not None
    assert '<html lang="en">' in body.get_content()


def test_a_server_without_encryption_gets_nothing(hub: Hub, trust: ssl.SSLContext) -> None:
    """Neither the password nor the letter; it is tried again later."""
    with serving(MailServer(None)) as told:
        left = deliver(hub, put(hub), client(told, trust))
    assert left is not None
    assert (left.state, left.error, left.due_at) == ("waiting", "tls", NOW + timedelta(minutes=1))
    assert set(told.heard) <= {"EHLO", "QUIT"}


def test_a_certificate_that_is_not_trusted_ends_the_talk(hub: Hub, told: MailServer) -> None:
    """The system's authorities know nothing of this one, and its name is another."""
    left = deliver(hub, put(hub), client(told, ssl.create_default_context()))
    assert left is not None
    assert (left.state, left.error) == ("waiting", "tls")
    assert told.taken == []


def test_a_wrong_password_is_waited_out(hub: Hub, told: MailServer, trust: ssl.SSLContext) -> None:
    """The operator mends it; the letter is not lost."""
    left = deliver(hub, put(hub), client(told, trust, password="falsch"))
    assert left is not None
    assert (left.state, left.error) == ("waiting", "auth")
    assert told.taken == []


def test_a_server_that_wants_no_password_is_shown_none(hub: Hub, tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    """And one that should but does not, gets neither password nor letter."""
    with serving(MailServer(tls, wants_password=False)) as told:
        assert deliver(hub, put(hub), client(told, trust, user="")) is None
        left = deliver(hub, put(hub), client(told, trust))
    assert left is not None
    assert left.error == "auth"
    assert len(told.taken) == 1


@pytest.mark.parametrize(
    ("answers", "state", "error"),
    [
        ({"RCPT": "550 5.1.1 unknown"}, "dead", "refused"),
        ({"RCPT": "450 4.2.0 later"}, "waiting", "later"),
        ({"MAIL": "553 5.1.8 not you"}, "dead", "refused"),
        ({"DATA": "554 5.7.1 no"}, "dead", "refused"),
        ({"TAKEN": "452 4.3.1 full"}, "waiting", "later"),
        ({"CONNECT": "421 busy"}, "waiting", "later"),
    ],
)
def test_what_a_server_refuses_for_good_is_given_up_and_the_rest_tried_again(
    hub: Hub, tls: ssl.SSLContext, trust: ssl.SSLContext, answers: dict[str, str], state: str, error: str
) -> None:
    """RFC 5321, 4.2.1: 5yz is final, 4yz is not."""
    with serving(MailServer(tls, answers=answers)) as told:
        left = deliver(hub, put(hub), client(told, trust))
    assert left is not None
    assert (left.state, left.error, left.due_at is None) == (state, error, state == "dead")


def test_pauses_grow_and_end(hub: Hub, free_port: int, trust: ssl.SSLContext) -> None:
    """A server that is down: each pause of the table, then the letter is given up and shown."""
    nobody = Server("127.0.0.1", free_port, "starttls", "", "", "hub.example", trust)
    letter = replace(DORA, until=None)
    number, now = put(hub, letter), NOW
    for pause in outbox.PAUSES:
        left = deliver(hub, number, nobody, now)
        assert left is not None
        assert (left.error, left.due_at) == ("unreachable", now + pause)
        now += pause
        with hub.at(), transaction() as session:
            assert outbox.claim(session, now - timedelta(seconds=1), 9) == []
            assert outbox.claim(session, now, 9) == [str(number)]
    left = deliver(hub, number, nobody, now)
    assert left is not None
    assert (left.state, left.due_at) == ("dead", None)
    with hub.at():
        assert [(one.to, one.error) for one in outbox.troubled()] == [("dora@amt.example", "unreachable")]
        outbox.tidy(NOW + timedelta(days=29))
        assert outbox.given_up() == 1
        outbox.tidy(NOW + timedelta(days=31))
        assert outbox.given_up() == 0


def test_a_letter_whose_link_has_ended_is_not_sent(hub: Hub, told: MailServer, trust: ssl.SSLContext) -> None:
    """It would only confuse."""
    left = deliver(hub, put(hub), client(told, trust), NOW + timedelta(days=7))
    assert left is not None
    assert (left.state, left.error) == ("dead", "expired")
    assert told.heard == []


def test_of_two_workers_one_sends(hub: Hub) -> None:
    """And when it dies, the letter comes up again after its lease."""
    number = put(hub)
    with hub.at(), transaction() as session:
        assert outbox.claim(session, NOW, 9) == []
        assert outbox.claim(session, NOW + outbox.LEASE, 9) == [str(number)]


def test_with_another_secret_nothing_can_be_read(hub: Hub, told: MailServer, trust: ssl.SSLContext) -> None:
    """The letter is given up, and shown without its reader."""
    number = put(hub)
    hub.app.extensions["hubnode.settings"] = replace(
        hub.settings, secret_key="another secret of this test, long enough"
    )
    left = deliver(hub, number, client(told, trust))
    assert left is not None
    assert (left.state, left.error) == ("dead", "unreadable")
    with hub.at():
        assert [one.to for one in outbox.troubled()] == [""]
        assert outbox.read(number) is None


def test_the_password_comes_from_its_file(hub: Hub, tmp_path: Path) -> None:
    """First line, read at every try; a missing file is no reason to lose a letter."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\nmore\n", "utf-8")
    settings = replace(hub.settings, smtp_host="mail.example", smtp_user=USER, smtp_password_file=str(file))
    assert smtp.server_of(settings).password == PASSWORD
    file.unlink()
    with pytest.raises(NotNow, match="auth"):
        smtp.server_of(settings)
    with pytest.raises(NotNow, match="unset"):
        smtp.server_of(hub.settings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"smtp_tls": "none"}, "only where the mail server is on this machine"),
        ({"smtp_port": 0}, "smtp_port"),
        ({"smtp_password": "a", "smtp_password_file": "b"}, "one of them is enough"),
        ({"contact_email": ""}, "need a sender"),
    ],
)
def test_unsafe_settings_are_refused(hub: Hub, change: dict[str, object], words: str) -> None:
    """At start, in words that say what to do."""
    settings: Settings = replace(hub.settings, smtp_host="mail.example", **change)  # type: ignore[arg-type]
    with pytest.raises(BadSettings, match=words):
        settings.refuse_unsafe()


def test_a_letter_shares_the_fate_of_its_cause(hub: Hub) -> None:
    """No letter tells of what was rolled back."""

    def fail() -> None:
        with hub.at(), transaction() as session:
            outbox.put(session, DORA, datetime.now(UTC))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(MailOut)) == 0


def test_a_letter_that_breaks_every_try_is_given_up(hub: Hub, told: MailServer, trust: ssl.SSLContext) -> None:
    """A worker that dies over it again and again does not do so for ever."""
    number = put(hub, replace(DORA, until=None))
    with hub.at():
        for n in range(1, len(outbox.PAUSES) + 2):
            with transaction() as session:
                assert outbox.claim(session, NOW + n * outbox.LEASE, 9) == [str(number)]
    left = deliver(hub, number, client(told, trust))
    assert left is not None
    assert (left.state, left.error) == ("dead", "failed")
    assert told.heard == []
