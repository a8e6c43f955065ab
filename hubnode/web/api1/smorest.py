"""flask-smorest, tamed: it describes this interface and leaves errors, headers and all other pages alone.

By itself it answers every error of the whole application as JSON, drops headers on the way (405 without ``Allow``),
and documents errors as plain JSON; here errors stay with `hubnode.web.errors` and `problems`.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from flask import Flask
from flask_babel import force_locale
from flask_smorest import Api as _Api
from flask_smorest import Blueprint

from hubnode.web.api1.problems import MEDIA_TYPE
from hubnode.web.api1.shapes import ProblemShape

__all__ = ["Api", "Blueprint"]


class Api(_Api):  # type: ignore[misc]  # the library has no types
    """The registry of the described addresses.

    Describing costs as much as all the rest of an application: it is done when somebody asks for it.
    """

    ERROR_SCHEMA = ProblemShape
    DEFAULT_ERROR_RESPONSE_NAME = ""  # each address names its own

    def __init__(self, app: Flask, described: Blueprint) -> None:
        super().__init__()
        self._described, self._at, self._lock = described, app, Lock()
        app.register_blueprint(described)

    def document(self) -> dict[str, Any]:
        """The description, made at the first call; texts in it are still to be put into the reader's language."""
        with self._lock:
            if self.spec is None:
                with self._at.app_context(), force_locale("de"):
                    self._describe()
        found: dict[str, Any] = self.spec.to_dict()
        return found

    def _describe(self) -> None:
        self.init_app(self._at)
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        self._described.register_views_in_doc(self, self._at, self.spec, name=self._described.name, parameters=None)

    def _register_doc_blueprint(self) -> None:
        """None: the document has a place of its own."""

    def _register_error_handlers(self) -> None:
        """None: they would be those of the whole application."""

    def _register_responses(self) -> None:
        """Document errors as the problem documents that they are."""
        usual, self.DEFAULT_RESPONSE_CONTENT_TYPE = _Api.DEFAULT_RESPONSE_CONTENT_TYPE, MEDIA_TYPE
        try:
            super()._register_responses()
        finally:
            self.DEFAULT_RESPONSE_CONTENT_TYPE = usual
