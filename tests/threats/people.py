"""People at the victim's pages, over the socket: accounts, sign-in through the form, cookies, forms and uploads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from werkzeug.routing import Rule

from hubnode.db import transaction
from hubnode.people import passwords
from hubnode.people.models import Account
from tests.hubnode.hubs import NOW
from tests.hubnode.web.browsing import PASSWORD
from tests.threats.stage import Reply, Victim

FORM = "application/x-www-form-urlencoded"
BOUNDARY = "----threats"
_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')


@cache
def password_hash() -> str:
    """The hash of everybody's password."""
    return passwords.hashed(PASSWORD)


def employ(victim: Victim, name: str, role: str) -> None:
    """Give somebody an account at the victim."""
    with victim.hub.at(), transaction() as session:
        account = Account(email=f"{name}@victim.example", name=name, role=role, password_hash=password_hash())
        account.active, account.created_at, account.password_changed_at = True, NOW, NOW
        session.add(account)


def filled(rule: Rule, values: Mapping[str, object]) -> str:
    """An address of a route: what is in `values`, a word where one of a few is wanted, else 1."""
    parts: dict[str, object] = {}
    for name, converter in rule._converters.items():
        words = sorted(getattr(converter, "items", ()))
        parts[name] = words[0] if words else values.get(name, 1)
    built = rule.build({**(rule.defaults or {}), **parts})
    assert built is not None, rule
    return str(built[1])


class Person:
    """Somebody with a browser that runs no scripts: keeps cookies and sends forms."""

    def __init__(self, victim: Victim, name: str = "", role: str = "staff") -> None:
        self.victim, self._cookies = victim, dict[str, str]()
        if name:
            employ(victim, name, role)
            self.token = self.token_at("/anmelden")
            answer = self.send("/anmelden", email=f"{name}@victim.example", passwort=PASSWORD)
            assert answer.status == 303, answer.body
            self.token = self.token_at("/konto")

    def open(self, path: str, **headers: str) -> Reply:
        """Ask for a page."""
        return self._kept(self.victim.knock("GET", path, {**self._headers(), **headers}))

    def token_at(self, path: str) -> str:
        """The token in a form of a page."""
        found = _TOKEN.search(self.open(path).body)
        assert found, f"no form at {path}"
        return found[1].decode()

    def send(self, path: str, **fields: str) -> Reply:
        """Send a form with the token of this browser, unless another one is among the fields."""
        body = urlencode({"csrf_token": self.token, **fields}).encode()
        return self.post(path, body, FORM)

    def post(self, path: str, body: bytes, content_type: str, **headers: str) -> Reply:
        """Send bytes."""
        given = {**self._headers(), "Content-Type": content_type, **headers}
        return self._kept(self.victim.knock("POST", path, given, body))

    def upload(self, path: str, content: bytes, name: str, **fields: str) -> Reply:
        """Send a form with a file, as it is typed: no name is mended on the way."""
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {"csrf_token": self.token, **fields}.items()
        ]
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="datei"; filename="{name}"\r\n\r\n'
        body = b"".join((*parts, head.encode(), content, f"\r\n--{BOUNDARY}--\r\n".encode()))
        return self.post(path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def _headers(self) -> dict[str, str]:
        return (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())} if self._cookies else {}
        )

    def _kept(self, answer: Reply) -> Reply:
        for line in answer.cookies:
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        return answer
