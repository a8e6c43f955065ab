"""The HTML of every page, judged by the Nu Html Checker (vnu), which the W3C uses too."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubnode.web.access import RULES
from tests.five import Five
from tests.hubnode.web.cast import Cast
from tests.hubnode.web.test_access_matrix import cast as cast
from tests.hubnode.web.test_access_matrix import password_hash as password_hash
from tests.hubnode.web.test_access_matrix import path_of, routes

VNU = Path(__file__).resolve().parents[3] / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
WHO = ("anonymous", "admin")
ASKED = (
    "/", "/suche?q=Parkplatz", "/suche?q=Xyzzyxyzzy", "/projekte?thema=focus-mobility", "/termine?zeit=vergangen",
    "/feeds?art=termine&erinnerung=60", "/feeds?art=fahrrad", "/projekte?seite=2", "/suche?q=Parkpltz",
)  # fmt: skip
"""Pages that look otherwise when something is asked for."""
pytestmark = pytest.mark.slow


@pytest.fixture
def java() -> str:
    """What runs the checker."""
    found = shutil.which("java")
    if found is None:
        pytest.skip("there is no Java; run: sudo apt-get install -y default-jre-headless")
    if not VNU.is_file():
        pytest.skip("vnu-jar is not installed; run: npm ci (or make setup)")
    return found


def every_route(cast: Cast) -> Iterator[tuple[str, bytes]]:
    """The page of each route, of those that have one, as a stranger and as an administrator get it.

    Of pages that say no, one of each sort is enough.
    """
    for who in WHO:
        client, refusals = cast.client(who), set[int]()
        for route, method in routes(cast):
            if method == "GET" and RULES[route.endpoint].name != "peers":
                answer = client.get(path_of(route, cast, {}), headers={"Accept": "text/html"})
                if answer.mimetype == "text/html" and answer.status_code not in refusals:
                    refusals.update({answer.status_code} if answer.status_code >= 300 else ())
                    yield f"{route.endpoint}-{who}", answer.data
                answer.close()


def every_kind(five: Five) -> Iterator[tuple[str, bytes]]:
    """Pages of own and foreign records of each kind, and lists that were asked something."""
    client = five.wilster.app.test_client()
    home = five.wilster.origin
    found = {(id[:3], uri.startswith(home)): five.path(id) for id, uri in five.ids.items() if "/r/" in uri}
    for path in (*ASKED, *found.values()):
        answer = client.get(path, follow_redirects=True)
        if answer.mimetype == "text/html":
            yield re.sub(r"\W+", "-", path), answer.data


def test_every_page_is_right_html(cast: Cast, five: Five, java: str, tmp_path: Path) -> None:
    """Nothing that the checker calls an error, on any page."""
    for name, body in (*every_route(cast), *every_kind(five)):
        (tmp_path / f"{name}.html").write_bytes(body)
    assert len(list(tmp_path.iterdir())) > 100
    command = [
        java,
        "-Xss4m",
        "-XX:TieredStopAtLevel=1",
        "-jar",
        str(VNU),
        "--errors-only",
        "--format",
        "json",
        "--exit-zero-always",
    ]
    done = subprocess.run([*command, str(tmp_path)], check=True, capture_output=True, text=True, timeout=300)
    told = json.loads(done.stderr)["messages"]
    assert sorted({f"{Path(one['url']).name}: {one['message']}: {one.get('extract')}" for one in told}) == []
