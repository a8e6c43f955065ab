"""Letters of subscriptions: the confirmation, the news themselves, and word of a webhook that was disabled."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hubnode.mail.text import Text

PUSH_TEXTS: Mapping[str, Text] = {
    "digest-confirm": Text(
        _l("Bitte bestätigen Sie Ihr Abo: %(hub)s"),
        (
            _l("Jemand, vermutlich Sie, möchte an diese Adresse Neues von %(hub)s bekommen."),
            _l("Was: %(what)s"),
            _l("Wie oft: %(rhythm)s"),
            _l("Erst wenn Sie bestätigen, beginnt das Abo. Sonst wird diese Adresse am %(until)s vergessen."),
        ),
        _l("Abo bestätigen"),
        (_l("Waren Sie das nicht? Dann löschen Sie diese Nachricht. Es kommt keine weitere."),),
    ),
    "digest": Text(
        _l("%(count)s Neuigkeiten: %(hub)s"),
        (_l("Ihr Abo: %(what)s"),),
        _l("Alles ansehen"),
        (
            _l("Rhythmus ändern oder abbestellen: %(manage)s"),
            _l("Ihre Adresse ist nur für dieses Abo gespeichert. Mit dem Abbestellen ist sie gelöscht."),
        ),
    ),
    "digest-one": Text(
        _l("Neu: %(title)s"),
        (_l("Ihr Abo: %(what)s"),),
        _l("Alles ansehen"),
        (
            _l("Rhythmus ändern oder abbestellen: %(manage)s"),
            _l("Ihre Adresse ist nur für dieses Abo gespeichert. Mit dem Abbestellen ist sie gelöscht."),
        ),
    ),
    "webhook-disabled": Text(
        _l("Ein Webhook wurde abgeschaltet: %(name)s"),
        (
            _l("Der Webhook „%(name)s“ an %(host)s hat tagelang nichts angenommen. Er bekommt nichts mehr zugestellt."),
            _l("Es geht nichts verloren: Sobald Sie ihn wieder einschalten, kommt alles der Reihe nach an."),
        ),
        _l("Webhook ansehen"),
    ),
}
"""Letters of subscriptions, by name."""
