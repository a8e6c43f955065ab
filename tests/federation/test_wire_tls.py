"""TLS on the wire: the name is checked against the certificate although an address is connected to."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from federation.errors import Unreachable
from federation.wire import Wire, _authorities
from tests.federation.peer import answer, dripping, recorded_connects, running, saying

NAME = "hub.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hub.example that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hub.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """The peer's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def wire(certificate: Path) -> Iterator[Wire]:
    """A wire that trusts this one authority, and a name server that points everything to the loopback."""
    made = Wire(allow_loopback=True, resolver=lambda *_: ["127.0.0.1"], ca_file=str(certificate))
    yield made
    made.close()


def ask(wire: Wire, port: int, name: str = NAME, deadline_s: float = 3) -> bytes:
    """GET / over TLS."""
    origin = f"https://{name}:{port}"
    return wire.request("GET", origin + "/", {}, None, origin=origin, deadline_s=deadline_s, cap_bytes=9999).body


def test_the_right_name_under_a_trusted_authority(wire: Wire, tls: ssl.SSLContext) -> None:
    with running(saying(answer(b"secure")), tls) as peer, recorded_connects() as connects:
        assert ask(wire, peer.port) == b"secure"
        assert ask(wire, peer.port) == b"secure"
    assert connects == [("127.0.0.1", peer.port)]
    assert f"Host: {NAME}:{peer.port}".encode() in peer.requests[0]


def test_another_name_is_refused(wire: Wire, tls: ssl.SSLContext) -> None:
    with running(saying(answer(b"secure")), tls) as peer, pytest.raises(Unreachable) as failure:
        ask(wire, peer.port, "kiel.example")
    assert (failure.value.reason, peer.requests) == ("tls", [])


def test_an_unknown_authority_is_refused(tls: ssl.SSLContext) -> None:
    wire = Wire(allow_loopback=True, resolver=lambda *_: ["127.0.0.1"])
    with running(saying(answer(b"secure")), tls) as peer, pytest.raises(Unreachable) as failure:
        ask(wire, peer.port)
    wire.close()
    assert (failure.value.reason, peer.requests) == ("tls", [])


def test_a_peer_without_tls_is_refused(wire: Wire) -> None:
    with running(saying(answer(b"plain"))) as peer, pytest.raises(Unreachable) as failure:
        ask(wire, peer.port, deadline_s=1)
    assert failure.value.reason in {"tls", "timeout", "reset"}


def test_a_drip_over_tls_is_cut_at_the_deadline(wire: Wire, tls: ssl.SSLContext) -> None:
    with running(dripping(answer(b"x" * 1000), 0.02), tls) as peer, pytest.raises(Unreachable) as failure:
        ask(wire, peer.port, deadline_s=0.6)
    assert failure.value.reason == "timeout"


def test_a_handshake_that_never_ends_is_cut_at_the_deadline(wire: Wire) -> None:
    with running(saying(b"")) as peer, pytest.raises(Unreachable) as failure:
        ask(wire, peer.port, deadline_s=0.4)
    assert failure.value.reason in {"timeout", "tls"}


def test_own_authorities_replace_the_usual_ones(certificate: Path) -> None:
    own = _authorities(str(certificate))
    assert [authority["serialNumber"] for authority in own.get_ca_certs()] == ["01"]
    assert len(_authorities(None).get_ca_certs()) > 50
