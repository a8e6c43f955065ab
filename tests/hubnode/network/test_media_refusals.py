"""Files that a hub must not keep: not what was asked for, not what they are called, not from where they should come."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from flask import Flask, Response, request

from federation import routes
from hubnode.db import transaction
from hubnode.network import events
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import attached, file_types
from hubnode.records import files as stores
from hubnode.records import reading as records
from hubnode.records.media_models import Media
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.network.test_media import fetched, here, make_due, publish, state_of, there
from tests.hubnode.network.test_pull import port_of, pulled
from tests.serving import served

__all__ = ["here", "there"]

Answering = Callable[[bytes], Response]


def liar(there: Hub, answering: Answering) -> Flask:
    """The hub `there`, except that somebody else answers for its files."""
    app = Flask("liar")

    @app.get(f"{routes.MEDIA}/<sha256>")
    def file(sha256: str) -> Response:
        with there.at():
            return answering((there.settings.instance / "media" / sha256[:2] / sha256).read_bytes())

    @app.route("/<path:path>")
    def rest(path: str) -> Response:
        whole = request.environ["RAW_URI"] if "RAW_URI" in request.environ else request.full_path.rstrip("?")
        answer = there.app.test_client().get(whole, headers=dict(request.headers), base_url=there.origin, buffered=True)
        return Response(answer.data, answer.status_code, headers=dict(answer.headers))

    return app


def octets(content: bytes, status: int = 200, **headers: str) -> Response:
    """An answer of the right media type."""
    return Response(content, status, content_type="application/octet-stream", headers=headers)


LIES: dict[str, tuple[Answering, tuple[str, str]]] = {
    "other bytes": (lambda real: octets(bytes(len(real))), ("wanted", "hash")),
    "too much": (lambda real: octets(real + b"!"), ("wanted", "unreachable")),
    "much too much": (lambda real: octets(real * 50), ("wanted", "unreachable")),
    "too little": (lambda real: octets(real[:-1]), ("wanted", "unreachable")),
    "nothing": (lambda _: octets(b""), ("wanted", "unreachable")),
    "a web page": (lambda real: Response(real, content_type="text/html"), ("wanted", "unreachable")),
    "a document": (lambda real: Response(real, content_type="application/vnd.apl+json"), ("wanted", "unreachable")),
    "elsewhere": (lambda _: octets(b"", 302, Location="http://127.0.0.1:5991/"), ("wanted", "unreachable")),
    "packed": (lambda real: octets(real, **{"Content-Encoding": "gzip"}), ("wanted", "unreachable")),
    "gone": (lambda _: octets(b"", 404), ("wanted", "peer-problem")),
    "busy": (lambda _: octets(b"", 503, **{"Retry-After": "7"}), ("wanted", "peer-problem")),
}


@pytest.mark.parametrize("lie", LIES)
def test_wrong_bytes_are_not_kept_and_asked_for_again(here: Hub, there: Hub, lie: str) -> None:
    answering, stands = LIES[lie]
    _, sha256 = publish(there)
    with served(liar(there, answering), port_of(there)):
        pulled(here, there)
        assert fetched(here, there) == 0
        assert fetched(here, there) == 0, "not at once"
    assert state_of(here, sha256) == stands
    assert files.stored(here) == []
    make_due(here)
    with served(there.app, port_of(there)):
        assert fetched(here, there) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Bild.png", files.picture("PNG", (40, 30)) + b"PK\x05\x06" + bytes(18)),
        ("Bild.jpg", files.picture(size=(40, 30)) + files.HTML),
        ("Bild.webp", files.picture("WEBP", (40, 30)) + files.SVG),
        ("Bild.png", files.bomb()),
        ("Bild.png", files.HTML),
        ("Satzung.pdf", files.HTML + files.PDF),
        ("Brief.docx", b"MZ" + files.office()),
        ("Brief.odt", files.office()),
        ("Hinweis.txt", files.SVG),
    ],
)
def test_a_file_that_is_something_else_is_refused_for_good(here: Hub, there: Hub, name: str, content: bytes) -> None:
    """The hash is right, so it is the origin that has signed it: asking again would bring the same."""
    sha256 = smuggled(there, name, content)
    with served(there.app, port_of(there)):
        pulled(here, there)
        assert fetched(here, there) == 0
        make_due(here)
        assert fetched(here, there) == 0
    assert state_of(here, sha256)[0] == "refused"
    assert files.stored(here) == []
    with here.at():
        assert [event.what for event in events.latest()] == ["media"]


def smuggled(there: Hub, name: str, content: bytes) -> str:
    """Publish a file that no honest hub would have taken; answers its hash."""

    sha256, media_type = hashlib.sha256(content).hexdigest(), file_types.by_name(name)
    assert media_type is not None
    with there.at():
        part = there.settings.instance / "part"
        part.write_bytes(content)
        stores.store().keep(part, sha256)
        with transaction() as session:
            session.add(
                Media(
                    origin=there.origin, sha256=sha256, size=len(content), type=media_type, state="held",
                    due_at=NOW, changed_at=NOW,
                )
            )  # fmt: skip
    row = {"sha256": sha256, "size": len(content), "type": media_type, "name": name, "alt": {"de": "Ein Bild"}}
    there.publish("project", project(attachments=[row]))
    return sha256


def test_a_record_is_complete_before_its_files_are(here: Hub, there: Hub) -> None:
    id, _ = publish(there)
    with served(liar(there, lambda _: octets(b"", 503)), port_of(there)):
        turn = pulled(here, there)
    assert (turn.entries, turn.finished) == (1, True)
    with here.at():
        [shown] = attached.of(records.get(ANONYMOUS, "project", id, there.origin))
        assert (shown.held, shown.picture) == (False, False)
