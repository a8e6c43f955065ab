"""Letters to people about their own profile: the notice of GDPR Art. 14, reminders, and word of what was done."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hubnode.mail.text import Text

LINK = _l("Der Link gilt einmal und bis %(until)s. Geben Sie ihn nicht weiter: Wer ihn hat, handelt in Ihrem Namen.")

PROFILE_TEXTS: Mapping[str, Text] = {
    "profile-notice": Text(
        _l("Ihr Profil bei %(hub)s: Bitte sehen Sie es sich an"),
        (
            _l(
                "%(hub)s hat einen Entwurf für ein Profil über Sie angelegt."
                " Noch sieht ihn außer der Redaktion niemand."
            ),
            _l("Was: Ihr Name, Ihre Funktion, Ihre Organisation, Ihre Themen und was Sie anbieten. Mehr nicht."),
            _l(
                "Warum: damit Beschäftigte der Hubs jemanden fragen können, der sich auskennt. Grundlage ist Ihre"
                " Aufgabe mit Außenkontakt (§ 15 LDSG SH, Art. 6 Abs. 1 e DSGVO)."
                " Freiwilliges kommt nur von Ihnen selbst."
            ),
            _l(
                "Für wen: für den Kreis, den Sie sehen und ändern können, bevor etwas erscheint. Ihre E-Mail-Adresse"
                " zeigen wir niemandem; Anfragen leiten wir weiter."
            ),
            _l("Woher: von der Redaktion von %(hub)s. Wie lange: zwölf Monate, dann fragen wir Sie wieder."),
            _l(
                "Ihre Rechte: Auskunft, Berichtigung, Löschung, Einschränkung, Widerspruch, Beschwerde bei der"
                " Datenschutzaufsicht. Sagen Sie nicht Ja, so erscheint nichts, und der Entwurf wird am"
                " %(until)s gelöscht."
            ),
        ),
        _l("Profil ansehen und entscheiden"),
        (LINK,),
    ),
    "profile-review": Text(
        _l("Stimmt Ihr Profil noch? %(hub)s"),
        (
            _l(
                "Sie haben Ihr Profil vor fast einem Jahr zuletzt bestätigt."
                " Bitte sagen Sie uns bis %(due)s, ob es noch stimmt."
            ),
            _l("Danach steht dabei, dass es nicht mehr bestätigt ist. Ab %(hidden)s zeigen wir es nicht mehr."),
            _l("Am %(erased)s wird es überall gelöscht. Das geschieht von selbst, wenn Sie nichts tun."),
        ),
        _l("Profil ansehen und bestätigen"),
        (LINK,),
    ),
    "profile-hidden": Text(
        _l("Ihr Profil ist ausgeblendet: %(hub)s"),
        (
            _l("Ihr Profil wurde seit über einem Jahr nicht bestätigt. Seit heute sieht es außer Ihnen niemand mehr."),
            _l("Am %(erased)s wird es überall gelöscht. Soll es bleiben, bestätigen Sie es bis dahin."),
        ),
        _l("Profil ansehen und bestätigen"),
        (LINK,),
    ),
    "profile-changed": Text(
        _l("Ihr Profil wurde geändert: %(hub)s"),
        (
            _l("Die Redaktion hat am %(at)s in Ihrem Profil Angaben zu Ihrer Funktion geändert."),
            _l("Freiwillige Angaben und wer was sieht, können nur Sie selbst ändern."),
            _l("Stimmt etwas nicht? Dann ändern Sie es, oder widersprechen Sie."),
        ),
        _l("Profil ansehen"),
    ),
    "profile-erased": Text(
        _l("Ihr Profil wurde gelöscht: %(hub)s"),
        (
            _l(
                "Ihr Profil bei %(hub)s wurde am %(at)s gelöscht."
                " Alle anderen Hubs sind angewiesen, ihre Kopien zu löschen."
            ),
            _l("Die Bestätigungen der Hubs und den Nachweis bekommen Sie auf Anfrage: %(contact)s"),
        ),
    ),
}
"""Letters about profiles, by name."""
