"""The one way to a mail server: encrypted, with a deadline, to the host of the settings and nowhere else (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from hubnode.config import Settings, TlsMode

TIMEOUT_S = 20.0


class NotNow(Exception):
    """The letter was not taken; another try may succeed. `code` is a key of `outbox.ERRORS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(Exception):
    """The letter will never be taken. `code` is a key of `outbox.ERRORS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, and how this hub shows who it is."""

    host: str
    port: int
    tls: TlsMode
    user: str
    password: str
    greeting: str
    """The name that this hub gives in its greeting."""
    trust: ssl.SSLContext


def server_of(settings: Settings) -> Server:
    """The mail server of the settings; raises `NotNow` where there is none, or its password can't be read."""
    if not settings.smtp_host:
        raise NotNow("unset")
    return Server(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=_password(settings),
        greeting=urlsplit(settings.base_url).hostname or "localhost",
        trust=ssl.create_default_context(),
    )


def send(message: EmailMessage, server: Server) -> None:
    """Hand the message over; raises `NotNow` or `Refused`. The password leaves encrypted, or stays on this machine."""
    try:
        with _connected(server) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)
    except smtplib.SMTPAuthenticationError as problem:
        raise NotNow("auth") from problem
    except smtplib.SMTPRecipientsRefused as problem:
        codes = [code for code, _words in problem.recipients.values()]
        raise _by_code(max(codes, default=550)) from problem
    except smtplib.SMTPResponseException as problem:
        raise _by_code(problem.smtp_code) from problem
    except smtplib.SMTPNotSupportedError as problem:
        raise NotNow("auth" if server.user else "tls") from problem
    except ssl.SSLError as problem:
        raise NotNow("tls") from problem
    except (smtplib.SMTPException, OSError) as problem:
        raise NotNow("unreachable") from problem


def _connected(server: Server) -> smtplib.SMTP:
    if server.tls == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, server.greeting, timeout=TIMEOUT_S, context=server.trust)
    connection = smtplib.SMTP(server.host, server.port, server.greeting, timeout=TIMEOUT_S)
    if server.tls == "starttls":
        _encrypt(connection, server)
    return connection


def _encrypt(connection: smtplib.SMTP, server: Server) -> None:
    """Go on encrypted; a server that can't is left without a further word."""
    try:
        connection.starttls(context=server.trust)
    except smtplib.SMTPNotSupportedError as problem:
        connection.close()
        raise NotNow("tls") from problem
    except smtplib.SMTPResponseException as problem:
        connection.close()
        raise NotNow("tls") from problem
    except BaseException:
        connection.close()
        raise


def _by_code(code: int) -> NotNow | Refused:
    return Refused("refused") if code >= 500 else NotNow("later")


def _password(settings: Settings) -> str:
    if not settings.smtp_password_file:
        return settings.smtp_password
    try:
        return Path(settings.smtp_password_file).read_text("utf-8").partition("\n")[0].strip()
    except OSError as problem:
        raise NotNow("auth") from problem
