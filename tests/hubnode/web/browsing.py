"""A browser without scripts: it keeps cookies, reads pages and sends the forms that stand on them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from lxml import html
from lxml.html import FormElement, HtmlElement
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from hubnode.network.node import current_node
from hubnode.people import sessions

PASSWORD = "Deichgraf reitet Schimmel"


class Browser:
    """One person at one screen; `page` is what was shown last."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.page: HtmlElement = html.fromstring("<html></html>")
        self.path = "/"

    def open(self, path: str) -> TestResponse:
        """Ask for a page."""
        return self._shown(path, self.client.get(path))

    def send(
        self,
        action: str = "",
        *,
        form: str = ".//main//form[last()]",
        button: str = "",
        drop: tuple[str, ...] = (),
        **changes: Any,
    ) -> TestResponse:
        """Send a form of the page, `changes` typed in (a dot in a name is written ``__``, a dash ``_dash_``).

        With `button`, press the button of that value named ``aktion``.
        """
        found = self.page.xpath(form)
        assert found, f"no form {form} on {self.path}"
        inputs = typed(found[0])
        for name in drop:
            inputs.poplist(name)
        for name, value in changes.items():
            inputs.setlist(named(name), value if isinstance(value, list) else [value])
        if button:
            inputs["aktion"] = button
        target = action or found[0].get("action") or self.path
        return self._shown(target, self.client.post(target, data=inputs))

    def follow(self, answer: TestResponse) -> TestResponse:
        """Go where a redirect leads."""
        assert answer.status_code == 303, answer.status_code
        assert answer.location is not None
        return self.open(answer.location)

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
        """Fill in the sign-in page and send it."""
        self.open("/anmelden")
        return self.send(form=".//form[@action='/anmelden']", email=email, passwort=password, **more)

    def keep_signed_in(self, email: str, password: str = PASSWORD) -> None:
        """Have signed in before: what a browser holds after the sign-in page, without its pages."""
        app, at = self.client.application, datetime.now(UTC)
        with app.app_context():
            node = current_node()
            token = sessions.open(
                email,
                password,
                address="127.0.0.1",
                device="Werkzeug",
                secret=node.settings.secret_key,
                lasting=sessions.SHORT,
                now=at,
            )
        self.client.set_cookie(sessions.cookie_name(node.settings.base_url), token)

    def text(self, path: str = ".//main") -> str:
        """The words of the page, with single spaces."""
        return " ".join(" ".join(part.text_content() for part in self.page.xpath(path)).split())

    def cookie(self, prefix: str) -> str | None:
        """The value of the cookie whose name begins with `prefix`."""
        return next((kept.value for kept in self._cookies() if kept.key.startswith(prefix)), None)

    def forget(self, prefix: str) -> None:
        """Lose a cookie."""
        for kept in list(self._cookies()):
            if kept.key.startswith(prefix):
                self.client.delete_cookie(kept.key, domain=kept.domain, path=kept.path)

    def _cookies(self) -> list[Any]:
        return list(self.client._cookies.values())

    def _shown(self, path: str, answer: TestResponse) -> TestResponse:
        self.path = urlsplit(path).path
        if answer.mimetype == "text/html" and answer.text:
            self.page = html.fromstring(answer.text)
        return answer


def named(keyword: str) -> str:
    """The input's name that a test writes as a keyword."""
    return keyword.replace("_dash_", "-").replace("__", ".")


def typed(form: FormElement) -> MultiDict[str, str]:
    """What a browser would send of a form, without any button."""
    areas = {area.get("name") for area in form.xpath(".//textarea")}
    found = [(name, value) for name, value in form.form_values() if value is not None]
    # A line break right after the tag belongs to the markup, not to the text (HTML Standard, textarea).
    return MultiDict([(name, value.removeprefix("\n") if name in areas else value) for name, value in found])
