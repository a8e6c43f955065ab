"""Rows 4, 5 and 8 to 10: what a signature covers, which keys count, what is signed, and that it counts once."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from federation import routes
from federation.encoding import b64url
from federation.errors import BadKey
from federation.keys import SigningKey
from federation.signatures import DOCUMENT_TYPE
from hubnode.app import create_app
from hubnode.network import doors, identity, poke, pull
from hubnode.network.models import Peer
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub
from tests.journeys.liar import Liar
from tests.threats.stage import POST, Victim, forged, key_of

PUBLISHED_KEY = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
"""The secret key of the first example of RFC 8032, 7.1, which everybody knows."""


def note_of(hub: Hub) -> bytes:
    """The body of a true poke of this hub."""
    with hub.at() as node:
        return routes.encode_poke(doors.checkpoint(node).body.decode())


def test_threat_04_a_signature_that_leaves_something_out_is_refused(victim: Victim) -> None:
    body, before = note_of(victim.friend), victim.rows()
    for missing in POST:
        rest = tuple(one for one in POST if one != missing)
        headers = forged(victim.origin + routes.POKE, key_of(victim.friend), victim.friend.origin, body, rest)
        answer = victim.knock("POST", routes.POKE, headers, body)
        assert (missing, answer.status, answer.problem) == (missing, 401, "bad-signature")
    assert victim.rows() == before
    whole = forged(victim.origin + routes.POKE, key_of(victim.friend), victim.friend.origin, body)
    assert victim.knock("POST", routes.POKE, whole, body).status == 202


def test_threat_04_a_request_without_a_signature_is_refused(victim: Victim) -> None:
    before = victim.rows()
    for method, path in (("GET", "/apl/v1/entries?log=0&after=0&limit=1"), ("POST", routes.POKE)):
        answer = victim.knock(method, path, {"Content-Type": DOCUMENT_TYPE}, b"{}" if method == "POST" else b"")
        assert (answer.status, answer.problem) == (401, "bad-signature")
    assert victim.rows() == before


def test_threat_05_a_body_changed_on_the_way_is_refused(victim: Victim) -> None:
    body, before = note_of(victim.friend), victim.rows()
    headers = victim.signed("POST", routes.POKE, body)
    for place in (2, len(body) // 2, len(body) - 3):
        flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        answer = victim.knock("POST", routes.POKE, headers, flipped)
        assert (answer.status, answer.problem) == (401, "bad-signature")
    assert victim.rows() == before


def test_threat_08_another_hubs_key_under_a_known_name_is_refused(victim: Victim, liar: Liar) -> None:
    stolen = SigningKey(key_of(victim.friend).id, liar.signing.private)
    answer = victim.entries(key=stolen)
    assert (answer.status, answer.problem) == (401, "bad-signature")


def test_threat_08_other_algorithms_are_refused(victim: Victim) -> None:
    body = note_of(victim.friend)
    url, key, origin = victim.origin + routes.POKE, key_of(victim.friend), victim.friend.origin
    honest = forged(url, key, origin, body)
    for named in ("hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "none"):
        headers = forged(url, key, origin, body, include_alg=False)
        headers["Signature-Input"] += f';alg="{named}"'
        assert victim.knock("POST", routes.POKE, headers, body).status == 401
    with_rsa = dict(honest)
    signature = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged_bytes = signature.sign(b"x", padding.PKCS1v15(), hashes.SHA256())
    with_rsa["Signature"] = f"sig1=:{base64.b64encode(forged_bytes).decode()}:"
    assert victim.knock("POST", routes.POKE, with_rsa, body).status == 401


def test_threat_08_a_published_example_key_never_becomes_a_hubs(tmp_path: Path, victim: Victim) -> None:
    with pytest.raises(BadKey):
        SigningKey.from_json({"id": "k1", "key": b64url(PUBLISHED_KEY)})
    folder = victim.hub.settings.instance / "keys"
    kept = json.loads((folder / "signing.json").read_text("ascii"))
    name = next(one for one, value in kept.items() if isinstance(value, str) and len(value) == 43)
    (folder / "signing.json").write_text(json.dumps(kept | {name: b64url(PUBLISHED_KEY)}))
    with pytest.raises(identity.BadIdentity):
        create_app(victim.hub.settings)


@dataclass
class Notary:
    """Watches what a signing key is asked to sign."""

    signed: list[bytes] = field(default_factory=list)


TEMPLATES = (b'"@method": ', b"apl/1 ", b"127.0.0.1:")
"""How all that a hub signs begins: a request's own components, a document's own context, a note's own name."""


def test_threat_09_only_texts_of_our_own_making_are_signed(
    victim: Victim, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    notary, sign = Notary(), SigningKey.sign

    def watched(self: SigningKey, message: bytes) -> bytes:
        notary.signed.append(message)
        return sign(self, message)

    monkeypatch.setattr(SigningKey, "sign", watched)
    victim.hub.publish("project", project())
    for text in ("127.0.0.1:1/apl/1/x\n9\nAAAA\n", "apl/1 keyset\n{}", '"@method": POST'):
        liar.put("project", project(title=text.splitlines()[0]))
        for path in (routes.CHECKPOINT, f"{routes.CHECKPOINT}?{text}", routes.CARD):
            victim.knock("GET", path.replace("\n", "%0A").replace(" ", "%20").replace('"', "%22"))
        victim.tell(routes.POKE, routes.encode_poke(text))
    victim.entries()
    with victim.hub.at() as node:
        pull.pull(node, liar.origin)
        poke.poke(node, liar.origin)
    ours = [message for message in notary.signed if victim.place.encode() in message]
    assert ours
    for message in notary.signed:
        assert message.startswith(TEMPLATES), message[:60]
        assert b"AAAA" not in message


def test_threat_10_a_request_counts_once_also_after_a_restart(victim: Victim) -> None:
    path = "/apl/v1/entries?log=0&after=0&limit=1"
    body = note_of(victim.friend)
    get, post = victim.signed("GET", path), victim.signed("POST", routes.POKE, body)
    assert victim.knock("GET", path, get).problem != "replayed"
    assert victim.knock("POST", routes.POKE, post, body).status == 202
    before = victim.rows()
    again = create_app(victim.hub.settings).test_client()
    for headers, method, target, sent in ((get, "GET", path, b""), (post, "POST", routes.POKE, body)):
        assert victim.knock(method, target, headers, sent).problem == "replayed"
        restarted = again.open(target, method=method, headers=headers, data=sent, base_url=victim.origin)
        assert (restarted.status_code, json.loads(restarted.data)["type"]) == (401, "replayed")
    assert victim.rows() == before


def test_threat_10_an_old_request_is_refused(victim: Victim) -> None:
    for moved in (timedelta(minutes=-6), timedelta(minutes=2)):
        answer = victim.entries(now=datetime.now(UTC) + moved)
        assert (answer.status, answer.problem) == (401, "clock-skew")
    assert victim.column(Peer.acked_at, Peer.origin == victim.friend.origin) == [None]
