"""A person with a browser: signs in, reads forms, fills them in and sends them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import requests

from hubnode.demo.nodes import Node

PATIENCE_S = 15


class Person:
    """Somebody at one hub."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._browser = requests.Session()
        self._browser.trust_env = False

    def sign_in(self, email: str, password: str) -> None:
        """Sign in; raises where the hub does not let this person in."""
        form = self.form("/anmelden")
        answer = self.send("/anmelden", {**form, "email": email, "passwort": password})
        if answer.status_code != 303:
            raise AssertionError(f"{email} was not let in: {answer.status_code}")

    def read(self, path: str) -> str:
        """The page at `path`."""
        return self._browser.get(self.node.origin + path, timeout=PATIENCE_S).text

    def words(self, path: str) -> str:
        """What the page at `path` says, without its markup."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.read(path)).split())

    def form(self, path: str) -> dict[str, str]:
        """What a browser would send if the form at `path` were sent as it is."""
        reader = _Inputs()
        reader.feed(self.read(path))
        return reader.values

    def send(self, path: str, form: dict[str, str]) -> requests.Response:
        """Send a form; redirects are not followed."""
        return self._browser.post(self.node.origin + path, form, timeout=PATIENCE_S, allow_redirects=False)


class _Inputs(HTMLParser):
    """Collects the values that the form of a page would send: the largest one, the last of several."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._form: dict[str, str] | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an input with what it holds."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = {} if given.get("method", "").lower() == "post" else None
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            self._form[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._form):
            self._form[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area = name
            self._form[name] = ""

    def handle_data(self, data: str) -> None:
        """Note the text of a text area."""
        if self._area and self._form is not None:
            self._form[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """Close what was open; those of the header come first and are small."""
        if tag == "textarea":
            if self._form is not None:
                self._form[self._area] = self._form[self._area].removeprefix("\n")
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form" and self._form is not None:
            if "csrf_token" in self._form and len(self._form) >= len(self.values):
                self.values = self._form
            self._form = None
