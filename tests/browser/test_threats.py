"""Row 21 of the published faults: what a member sends is text in a browser, in every field and on every page."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from hubnode.network import pull
from hubnode.records.intake import NotTaken
from hubnode.records.kinds import KINDS, Invalid, check, project
from tests.hubnode import files
from tests.hubnode.conftest import template  # noqa: F401 - a fixture
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.records.kinds.examples import EXAMPLES
from tests.journeys.liar import Liar
from tests.serving import free_port, served
from tests.threats.stage import Victim, knows, rested

PAYLOADS = (
    "<script>window.hit=1</script>",
    "\"'><img src=x onerror=window.hit=1>",
    "<svg/onload=window.hit=1>",
    "</title></textarea></style><script>window.hit=1</script>",
    "[x](javascript:window.hit=1) javascript:window.hit=1",
    "<a href=data:text/html,<script>window.hit=1</script>>x</a>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "{{7*7}}${7*7}<%= 7*7 %>",
)
LINKS = ("javascript:window.hit=1", "data:text/html,<script>window.hit=1</script>", "JaVaScRiPt:window.hit=1", "//x")
HARM = """
() => [...document.querySelectorAll("*")].flatMap((element) => [...element.attributes]
    .filter((one) => /^on/i.test(one.name) || /^(srcdoc|style)$/i.test(one.name)
        || (/^(href|src|action|formaction|data|xlink:href)$/i.test(one.name)
            && /^\\s*(javascript|data|vbscript):/i.test(one.value)))
    .map((one) => `${element.tagName} ${one.name}=${one.value.slice(0, 60)}`))
    .concat([...document.querySelectorAll(
        "script:not([src]):not([type='application/ld+json']), iframe, object, embed, base")].map((one) => one.tagName))
"""
WATCH = """
window.hit = 0; window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
"""


def poisoned(kind: str, first: int) -> dict[str, Any]:
    """The example of a kind, as it travels, with a payload in every place that takes one, the next in the next."""
    body = project(kind, copy.deepcopy(EXAMPLES[kind]), "network", "public")
    body.pop("attachments", None)
    for number, (parent, key) in enumerate(list(places(body))):
        kept, parent[key] = parent[key], PAYLOADS[(first + number) % len(PAYLOADS)]
        try:
            check(kind, body, received=True)
        except Invalid:
            parent[key] = kept
    return body


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where texts stand in a body: what holds each, and under which name."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in list(inside):
        if isinstance(one, str):
            yield value, key
        elif isinstance(one, dict | list):
            yield from places(one)


@pytest.fixture(scope="module")
def attacked(
    tmp_path_factory: pytest.TempPathFactory,
    template: Path,  # noqa: F811
) -> Iterator[tuple[Victim, Liar, list[str]]]:
    """A hub that has taken what a hostile member sent; that member; and the paths of its records."""
    folder, liar = tmp_path_factory.mktemp("attacked"), Liar("<b onclick=x>Ort")
    hub = make_hub(folder / "hub", template, "Wilster", free_port(), pages=True)
    knows(hub, liar)
    rested(hub)
    paths = []
    for first in (0, 5):
        for kind in KINDS:
            id = liar.put(kind, poisoned(kind, first))
            paths.append(f"/{KINDS[kind].slug}/{liar.origin.split('://')[1]}/{id}")
    with hub.at() as node:
        assert pull.pull(node, liar.origin).finished
    with served(hub.app, int(hub.origin.rpartition(":")[2])):
        yield Victim(hub, hub), liar, paths
    liar.close()
    close(hub)


@pytest.fixture
def reader(chromium: Browser, attacked: tuple[Victim, Liar, list[str]]) -> Iterator[Page]:
    """Somebody who reads the pages of the attacked hub."""
    with chromium.new_context(base_url=attacked[0].origin, locale="de-DE") as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        yield page


def test_threat_21_nothing_that_a_member_sends_runs_in_a_browser(
    reader: Page, attacked: tuple[Victim, Liar, list[str]]
) -> None:
    _victim, liar, paths = attacked
    harm: list[str] = []
    reader.on("dialog", lambda dialog: (harm.append(f"dialog {dialog.message}"), dialog.dismiss()))
    host = liar.origin.split("://")[1]
    lists = ["/", *(f"/{kind.slug}" for kind in KINDS.values()), "/suche?q=script", f"/suche?hub={host}", "/verbund"]
    typed = [
        f"/suche?q={payload}" for payload in ("%3Cscript%3Ewindow.hit=1%3C/script%3E", "%22%3E%3Csvg/onload=hit=1%3E")
    ]
    shown = ""
    for path in (*paths, *lists, *typed, "/feeds"):
        answer = reader.goto(path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        found = [*reader.evaluate(HARM), *reader.evaluate("window.refused")]
        harm += [f"{path}: {one}" for one in found] + [path] * reader.evaluate("window.hit")
        shown += reader.inner_text("body")
    assert harm == []
    for payload in PAYLOADS[:-1]:
        assert payload.split()[0] in shown, "it is shown as what it is: text"
    assert "49" not in [word for word in shown.split() if "7*7" in word]


def test_threat_21_no_link_of_a_member_leads_to_a_script(
    attacked: tuple[Victim, Liar, list[str]],
) -> None:
    victim, liar, _paths = attacked
    ids = [
        liar.put("project", EXAMPLES["project"] | {"source_code_url": link, "attachments": []}) for link in LINKS
    ] + [liar.put("organisation", EXAMPLES["organisation"] | {"homepage": link}) for link in LINKS]
    assert victim.follow(liar.origin) is None
    for id in ids:
        host = liar.origin.split("://")[1]
        for slug in ("projekte", "organisationen"):
            assert victim.knock("GET", f"/{slug}/{host}/{id}").status == 404


def test_threat_21_a_file_is_saved_and_never_opened_as_a_page(
    reader: Page, attacked: tuple[Victim, Liar, list[str]]
) -> None:
    hub: Hub = attacked[0].hub
    content = b"Moin <script>window.hit=1</script>\n"
    row = files.attach(hub, content, "Seite.txt")
    hub.publish("project", EXAMPLES["project"] | {"attachments": [row], "field_visibility": {}})
    with reader.expect_download() as saved, pytest.raises(Error, match="Download is starting"):
        reader.goto(f"/medien/{row['sha256']}/Seite.html")
    assert saved.value.suggested_filename == "Seite.txt"
    assert reader.url == "about:blank"
    for name in ("Bild.svg", "Seite.html"):
        with pytest.raises(NotTaken):
            files.attach(hub, files.SVG, name)
