"""flask-smorest, tamed: it describes this interface and leaves errors, headers and all other pages alone.

By itself it answers every error of the whole application as JSON, drops headers on the way (405 without ``Allow``),
and documents errors as plain JSON; here errors stay with `hubnode.web.errors` and `problems`.
"""

from __future__ import annotations

from flask_smorest import Api as _Api
from flask_smorest import Blueprint

from hubnode.web.api1.problems import MEDIA_TYPE
from hubnode.web.api1.shapes import ProblemShape

__all__ = ["Api", "Blueprint"]


class Api(_Api):  # type: ignore[misc]  # the library has no types
    """The registry of the described addresses."""

    ERROR_SCHEMA = ProblemShape

    def _register_error_handlers(self) -> None:
        """None: they would be those of the whole application."""

    def _register_responses(self) -> None:
        """Document errors as the problem documents that they are."""
        usual, self.DEFAULT_RESPONSE_CONTENT_TYPE = _Api.DEFAULT_RESPONSE_CONTENT_TYPE, MEDIA_TYPE
        try:
            super()._register_responses()
        finally:
            self.DEFAULT_RESPONSE_CONTENT_TYPE = usual
