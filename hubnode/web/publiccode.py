"""The door to `publiccode.yml`: of each public project that names its source code."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from hubnode.feeds import addresses, publiccode
from hubnode.feeds.select import NoSuchFeed
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import lineage, reading
from hubnode.records.kinds import KINDS
from hubnode.web import errors, feeds
from hubnode.web.context import hub_settings

blueprint = Blueprint("publiccode", __name__)
LANG = "de"
NONE = (
    _l("Zu diesem Projekt gibt es keine publiccode.yml"),
    _l("Der Eintrag nennt keinen öffentlichen Quelltext oder keine Lizenz der Software."),
)


@blueprint.get(f"/{KINDS['project'].slug}/<id>/publiccode.yml")
@blueprint.get(f"/{KINDS['project'].slug}/<host>/<id>/publiccode.yml")
def export(id: str, host: str = "") -> Response:
    """The file, to be put beside the code."""
    site, settings = feeds.site(), hub_settings()
    origin = addresses.origin_at(host, site) if host else None
    view = reading.get(ANONYMOUS, "project", id, origin)
    email = settings.contact_email if view.own else ""
    with force_locale(LANG):
        words = publiccode.write(view, site.hub(view.origin), email, lineage.of(ANONYMOUS, view.uri).reusers)
    answer = Response(words, content_type=f"{publiccode.MIMETYPE}; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="publiccode.yml"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@blueprint.errorhandler(publiccode.NoCode)
def _no_code(refusal: publiccode.NoCode) -> Response:  # noqa: ARG001 - Flask's signature
    return errors.answer(404, NONE)


@blueprint.errorhandler(NoSuchFeed)
def _no_such_hub(refusal: NoSuchFeed) -> Response:  # noqa: ARG001 - Flask's signature
    return errors.answer(404)
