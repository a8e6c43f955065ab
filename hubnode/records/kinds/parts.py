"""Groups of fields that several kinds use: documents and links."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from hubnode.records.kinds.fields import Choice, Line, Text
from hubnode.records.kinds.schema import BodySchema, Rows
from hubnode.records.kinds.values import Url


class Link(BodySchema):
    """A titled address."""

    title = Text(_("Titel"), 120, required=True, missing=_("Geben Sie einen Titel ein."))
    url = Url(_("Adresse"), required=True, missing=_("Geben Sie die Adresse ein."))


class Document(Link):
    """A document to take over, with its licence and whoever holds the rights."""

    license = Choice(_("Lizenz"), "licence:content", required=True, missing=_("Wählen Sie eine Lizenz."))
    rights_holder = Line(_("Rechte liegen bei"), 120, hint=_("Nur nötig, wenn es nicht Ihre Organisation ist."))


def documents(**more: Any) -> Rows:
    """The documents field."""
    return Rows(
        _("Unterlagen"),
        Document,
        most=30,
        hint=_("Was andere übernehmen können: Konzepte, Vergabeunterlagen, Vorlagen."),
        search="body",
        **more,
    )
