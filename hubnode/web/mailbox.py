"""The mailbox of the demo: what would have been sent, where no mail server is set. It is nowhere else."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template
from jinja2.utils import urlize
from markupsafe import Markup

from hubnode.mail import outbox
from hubnode.web.context import hub_settings

blueprint = Blueprint("mailbox", __name__, url_prefix="/postfach")


@blueprint.get("")
def overview() -> str:
    """All letters, newest first."""
    _only_demo()
    letters = [found for one in outbox.mailbox() if (found := outbox.read(one.id)) is not None]
    return render_template("konto/postfach.html", letters=letters, linked=linked)


@blueprint.get("/<int:number>")
def letter(number: int) -> Response:
    """One letter as a mail program shows it."""
    _only_demo()
    found = outbox.read(number)
    if found is None:
        abort(404)
    return Response(found[1].html, content_type="text/html; charset=utf-8")


def linked(text: str) -> Markup:
    """The text of a letter with its addresses as links."""
    return Markup(urlize(text).replace("<a ", '<a class="hub-link" '))  # noqa: S704 - urlize escapes


def _only_demo() -> None:
    if not hub_settings().shows_letters:
        abort(404)
