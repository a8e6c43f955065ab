"""Errors: each refusal has a slug and a status that no release may change."""

import pytest

from federation import errors
from federation.errors import ClockSkew, Frozen, PeerProblem, ProtocolError, Refused, TooMany, Unreachable

SLUGS = {
    "protocol-error": 400,
    "bad-request": 400,
    "not-canonical": 400,
    "bad-key": 400,
    "too-large": 413,
    "bad-signature": 401,
    "clock-skew": 401,
    "unknown-key": 401,
    "replayed": 401,
    "not-member": 403,
    "wrong-origin": 403,
    "not-invited": 403,
    "bad-invitation": 400,
    "not-found": 404,
    "gone-epoch": 410,
    "too-many": 429,
    "checking": 503,
    "refused": 422,
    "bad-keyset": 422,
    "bad-checkpoint": 422,
    "bad-entry": 422,
    "bad-receipt": 422,
    "bad-proof": 400,
    "bad-epoch": 422,
    "root-mismatch": 422,
    "frozen": 409,
    "unreachable": 502,
    "peer-problem": 502,
}


def every(kind: type[ProtocolError]) -> list[type[ProtocolError]]:
    """A class and all below it."""
    return [kind, *(found for below in kind.__subclasses__() for found in every(below))]


def test_every_slug_has_its_status() -> None:
    assert {kind.type: kind.status for kind in every(ProtocolError)} == SLUGS
    assert len(every(ProtocolError)) == len(SLUGS)


def test_a_refusal_becomes_a_problem_document() -> None:
    assert errors.NotMember("who?").problem() == {"type": "not-member", "status": 403, "detail": "who?"}
    assert str(errors.NotMember("who?")) == "who?"
    assert errors.NotMember().detail == ""


def test_a_skewed_clock_is_told_the_time() -> None:
    problem = ClockSkew("late", "2026-11-22T12:16:03.120Z").problem()
    assert problem == {
        "type": "clock-skew",
        "status": 401,
        "detail": "late",
        "server_time": "2026-11-22T12:16:03.120Z",
    }


def test_who_asks_too_often_is_told_when_to_return() -> None:
    assert TooMany("slow down", 7).retry_after == 7


def test_frozen_is_a_refusal_with_evidence() -> None:
    frozen = Frozen("fork", "held", "seen")
    assert isinstance(frozen, Refused)
    assert (frozen.held, frozen.seen, str(frozen)) == ("held", "seen", "fork")


def test_unreachable_has_one_of_its_reasons() -> None:
    assert str(Unreachable("dns")) == "dns"
    assert (str(Unreachable("dns", "no such host")), Unreachable("dns").reason) == ("dns: no such host", "dns")
    with pytest.raises(ValueError, match="no such reason"):
        Unreachable("whatever")


@pytest.mark.parametrize(
    ("status", "retryable"), [(400, False), (401, False), (404, False), (429, True), (500, True), (503, True)]
)
def test_a_peers_problem_says_whether_to_try_again(status: int, retryable: bool) -> None:
    assert PeerProblem(status).retryable is retryable


def test_a_peers_problem_keeps_what_it_said() -> None:
    problem = PeerProblem(429, "too-many", "slow down", retry_after=7)
    assert (problem.answered, problem.problem_type, problem.retry_after, problem.server_time) == (
        429,
        "too-many",
        7,
        None,
    )
    assert str(problem) == "429 too-many slow down"
    assert str(PeerProblem(500)) == "500"
