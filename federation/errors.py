"""What can go wrong between two hubs: every refusal is a class with a stable ``type`` and an HTTP status."""

from datetime import datetime
from typing import ClassVar


class ProtocolError(Exception):
    """Base of everything this library refuses; ``type`` is the slug of its problem document, ``status`` its status."""

    type: ClassVar[str] = "protocol-error"
    status: ClassVar[int] = 400

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def problem(self) -> dict[str, str | int]:
        """Return the problem document (RFC 9457) that a door answers with."""
        return {"type": self.type, "status": self.status, "detail": self.detail}


class BadRequest(ProtocolError):
    """A request, address or document that does not have the shape the protocol fixes."""

    type: ClassVar[str] = "bad-request"


class NotCanonical(ProtocolError):
    """JSON bytes outside the canonical subset, or inside it in a second spelling."""

    type: ClassVar[str] = "not-canonical"


class TooLarge(ProtocolError):
    """More bytes, lines or levels than the protocol allows."""

    type: ClassVar[str] = "too-large"
    status: ClassVar[int] = 413


class BadKey(ProtocolError):
    """Key material that nobody may use: malformed, weak, or published as an example."""

    type: ClassVar[str] = "bad-key"


class BadSignature(ProtocolError):
    """A signature that is missing, outside the profile, or does not verify."""

    type: ClassVar[str] = "bad-signature"
    status: ClassVar[int] = 401


class ClockSkew(ProtocolError):
    """A request signed too long ago or in the future; tells the server's own time so that the client can correct."""

    type: ClassVar[str] = "clock-skew"
    status: ClassVar[int] = 401

    def __init__(self, detail: str, server_time: str) -> None:
        super().__init__(detail)
        self.server_time = server_time

    def problem(self) -> dict[str, str | int]:
        """Return the problem document, with ``server_time`` as its extension member."""
        return {**super().problem(), "server_time": self.server_time}


class UnknownKey(ProtocolError):
    """A key id that the pinned keyset of its origin does not hold now; the receiver may refresh the keyset."""

    type: ClassVar[str] = "unknown-key"
    status: ClassVar[int] = 401


class Replayed(ProtocolError):
    """A nonce that was accepted before."""

    type: ClassVar[str] = "replayed"
    status: ClassVar[int] = 401


class NotMember(ProtocolError):
    """An origin that this hub does not know or has suspended."""

    type: ClassVar[str] = "not-member"
    status: ClassVar[int] = 403


class WrongOrigin(ProtocolError):
    """A document that speaks for another hub than the one that signed the request, or to another one."""

    type: ClassVar[str] = "wrong-origin"
    status: ClassVar[int] = 403


class NotInvited(ProtocolError):
    """A request to join without an open invitation and without enough members that vouch; never says which it was."""

    type: ClassVar[str] = "not-invited"
    status: ClassVar[int] = 403


class BadInvitation(ProtocolError):
    """A text that is no invitation, or one that leads to another hub than it names; nothing was sent."""

    type: ClassVar[str] = "bad-invitation"


class NotFound(ProtocolError):
    """Nothing of that name is served here."""

    type: ClassVar[str] = "not-found"
    status: ClassVar[int] = 404


class GoneEpoch(ProtocolError):
    """A log id that its origin has replaced by a new epoch."""

    type: ClassVar[str] = "gone-epoch"
    status: ClassVar[int] = 410


class TooMany(ProtocolError):
    """Too many requests of one origin; ``retry_after`` seconds are to be waited."""

    type: ClassVar[str] = "too-many"
    status: ClassVar[int] = 429

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Checking(ProtocolError):
    """This hub is not sure yet that its log is whole; the same request succeeds after ``retry_after`` seconds."""

    type: ClassVar[str] = "checking"
    status: ClassVar[int] = 503

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Refused(ProtocolError):
    """A peer's bytes are wrong: nothing of them may be applied, and the cursor stays where it was."""

    type: ClassVar[str] = "refused"
    status: ClassVar[int] = 422


class BadKeyset(Refused):
    """A keyset that its root did not sign, that belongs elsewhere, or that is older than the pinned one."""

    type: ClassVar[str] = "bad-keyset"


class BadCheckpoint(Refused):
    """A note that is malformed, of another log, or not signed by a key of the pinned keyset that is valid now."""

    type: ClassVar[str] = "bad-checkpoint"


class BadEntry(Refused):
    """A log line that breaks a rule of the protocol, whoever sent it."""

    type: ClassVar[str] = "bad-entry"


class BadReceipt(Refused):
    """A receipt that no key of the hub it is by stands behind."""

    type: ClassVar[str] = "bad-receipt"


class BadEpoch(Refused):
    """A statement about a new log that the pinned root did not sign, or that is not newer than the one held."""

    type: ClassVar[str] = "bad-epoch"


class BadProof(ProtocolError):
    """A document that does not prove the erasure it claims; shown to people, never answered to a peer."""

    type: ClassVar[str] = "bad-proof"


class RootMismatch(Refused):
    """The lines of a page are not the lines that its checkpoint signs."""

    type: ClassVar[str] = "root-mismatch"


class Frozen(Refused):
    """Two signed notes that one honest log cannot both have issued: freeze this origin and keep them as evidence."""

    type: ClassVar[str] = "frozen"
    status: ClassVar[int] = 409

    def __init__(self, detail: str, held: str, seen: str) -> None:
        super().__init__(detail)
        self.held = held
        """The note that this replica already held."""
        self.seen = seen
        """The note that contradicts it."""


class Unreachable(ProtocolError):
    """No usable answer came back; the same request may succeed later."""

    type: ClassVar[str] = "unreachable"
    status: ClassVar[int] = 502

    REASONS: ClassVar[frozenset[str]] = frozenset(
        {"dns", "address", "connect", "tls", "timeout", "reset", "redirect", "too_large", "bad_answer"}
    )

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        if reason not in self.REASONS:
            raise ValueError(f"no such reason: {reason}")
        self.reason = reason


class PeerProblem(ProtocolError):
    """A peer answered with an HTTP error; what its problem document says is in the attributes."""

    type: ClassVar[str] = "peer-problem"
    status: ClassVar[int] = 502

    def __init__(
        self,
        answered: int,
        problem_type: str = "",
        detail: str = "",
        *,
        retry_after: int | None = None,
        server_time: datetime | None = None,
    ) -> None:
        super().__init__(f"{answered} {problem_type} {detail}".strip())
        self.answered = answered
        """The HTTP status of the answer."""
        self.problem_type = problem_type
        """The slug the peer gave, or an empty string."""
        self.retry_after = retry_after
        """Seconds to wait, if the peer asked for it."""
        self.server_time = server_time
        """The peer's clock, if it told."""

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without anybody changing anything."""
        return self.answered == 429 or self.answered >= 500
