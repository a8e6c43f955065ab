"""``publiccode.yml`` (version 0.4) of a project with source code: what its entry tells, to be put beside the code.

What the standard demands and an entry does not know is a remark for whoever completes it, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from flask_babel import gettext as _

from hubnode.feeds.text import clean, one_line
from hubnode.records import vocabulary
from hubnode.records.reading import RecordView

VERSION = "0.4"
MIMETYPE = "application/yaml"
STATUS = {"P1": "concept", "P2": "development", "P3": "beta", "P4": "stable", "P5": "stable", "ended": "obsolete"}
"""Phase of the project: how far the software has come."""
MAINTENANCE = {"none": "none", "association": "community", "joint_it_cooperation": "community"}
"""Operating model: who looks after the software; any other means the organisation itself."""
SHORT, LONG, LEAST = 150, 10_000, 150
"""Letters of the short and of the long description at most, and of the long one at least."""


class NoCode(LookupError):
    """The project names no source code, or no licence of it, that everybody may see."""


def write(view: RecordView, hub: str, email: str, used_by: Sequence[str] = ()) -> bytes:
    """The document for `view`, which must be an anonymous one of a project; raises `NoCode`.

    `email` is the address of its hub's office, empty where it is not known here; `used_by` are the names of those who
    use it, too.
    """
    fields = view.fields
    if "source_code_url" not in fields or "software_license" not in fields:
        raise NoCode(view.id)
    descriptions = {lang: _description(view, lang) for lang in view.headline}
    document = {
        "publiccodeYmlVersion": VERSION,
        "name": one_line(next(iter(view.headline.values()))),
        "url": fields["source_code_url"],
        "landingURL": view.home_url,
        "usedBy": [one_line(name) for name in used_by],
        "developmentStatus": STATUS[fields["phase"]],
        "legal": {"license": fields["software_license"]},
        "maintenance": _maintenance(fields, hub, email),
        "localisation": {"localisationReady": len(descriptions) > 1, "availableLanguages": list(descriptions)},
        "description": descriptions,
    }
    remarks = "".join(f"# {line}\n" for line in _remarks(view, descriptions))
    return (remarks + "".join(_lines(document))).encode()


def _description(view: RecordView, lang: str) -> dict[str, Any]:
    """What it is about, in one language; texts that are there in German only are not told in another."""
    long = [view.fields.get(name, {}).get(lang, "") for name in ("challenge", "solution")]
    topics = [vocabulary.label(topic, lang) for topic in view.topics if vocabulary.exists(topic)]
    return {
        "shortDescription": _shortened(one_line(view.summary.get(lang, view.headline[lang])), SHORT),
        "longDescription": _shortened("\n\n".join(clean(text) for text in long if text), LONG),
        "features": topics,
    }


def _maintenance(fields: Mapping[str, Any], hub: str, email: str) -> dict[str, Any]:
    kind = MAINTENANCE.get(fields.get("operating_model", ""), "internal")
    if kind == "none":
        return {"type": kind}
    role = one_line(next(iter(fields.get("contact_role", {}).values()), ""))
    contact = {"name": role or hub, "affiliation": hub} | ({"email": email} if email else {})
    return {"type": kind, "contacts": [contact]}


def _remarks(view: RecordView, descriptions: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield _("Aus dem Eintrag %(address)s, Fassung %(rev)s.", address=view.uri, rev=view.rev)
    yield _("Bitte ergänzen: platforms, softwareType und releaseDate. Der Eintrag kennt sie nicht.")
    short = [lang for lang, said in descriptions.items() if len(said["longDescription"]) < LEAST]
    if short:
        yield _(
            "longDescription braucht mindestens %(least)s Zeichen; zu kurz ist: %(langs)s.",
            least=LEAST,
            langs=", ".join(short),
        )


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _lines(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """A mapping as YAML; texts as JSON spells them, which YAML 1.2 reads as they are."""
    for name, held in value.items():
        if held == []:
            continue
        if isinstance(held, Mapping):
            yield f"{indent}{name}:\n"
            yield from _lines(held, indent + "  ")
        elif isinstance(held, Sequence) and not isinstance(held, str):
            yield f"{indent}{name}:\n"
            yield from (line for item in held for line in _item(item, indent))
        else:
            yield f"{indent}{name}: {_scalar(held)}\n"


def _item(item: Any, indent: str) -> Iterator[str]:
    if not isinstance(item, Mapping):
        yield f"{indent}  - {_scalar(item)}\n"
        return
    first, *rest = _lines(item, indent + "    ")
    yield f"{indent}  - {first.lstrip()}"
    yield from rest


def _scalar(value: Any) -> str:
    return orjson.dumps(value).decode()
