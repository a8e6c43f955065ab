"""The client side of ``apl/1``: typed requests of this hub to one peer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypedDict

from federation import canonical, routes
from federation.card import MAX_CARD, HubCard
from federation.checkpoint import MAX_NOTE
from federation.encoding import parse_timestamp
from federation.errors import BadRequest, NotCanonical, PeerProblem, Unreachable
from federation.joining import JoinAnswer, JoinRequest
from federation.keys import SigningKey
from federation.keyset import Pin
from federation.letters import PATH as LETTERS
from federation.letters import Letter, Reply, encode_batch, parse_replies
from federation.origin import parse_origin
from federation.pages import MAX_BYTES, MAX_LINES, PAGE_TYPE
from federation.receipts import PATH as RECEIPTS
from federation.receipts import Outcome, Receipt, parse_outcomes
from federation.receipts import encode_batch as encode_receipts
from federation.routes import EntriesQuery
from federation.signatures import DOCUMENT_TYPE, sign_request
from federation.wire import DEADLINE_S, Answer, Sink, Wire
from federation.witness import Digest, Seen, digest_query, seen_query

PULL_DEADLINE_S: Final = 30.0
FILE_DEADLINE_S: Final = 60.0
JOIN_DEADLINE_S: Final = 20.0
"""Longer than the card of the asking hub may take, which the asked hub fetches before it answers."""
MAX_ANSWER: Final = 64 * 1024
"""Bytes of the longest answer that is not a page."""
MAX_CORRECTION: Final = timedelta(hours=24)
"""How far a peer may move the ``created`` of requests to itself."""
MAX_WAIT_S: Final = 24 * 3600
_SLUG = re.compile(r"[a-z][a-z-]{0,63}", re.ASCII)
_NO_OFFSET: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Measured:
    """What an answer tells of the way to a peer."""

    took_s: float
    """From the request to the whole answer."""
    clock_gap_s: float | None
    """How far the peer's clock is ahead of ours, by its Date field (RFC 9110, 6.6.1); None where it sends none."""


class _Bounds(TypedDict):
    """What bounds every request."""

    origin: str
    deadline_s: float
    cap_bytes: int


class Peer:
    """One other hub, as this hub talks to it; every request has a deadline, a size limit and one pinned origin."""

    def __init__(
        self, origin: str, wire: Wire, key: SigningKey, own_origin: str, clock: Callable[[], datetime]
    ) -> None:
        self.origin = parse_origin(origin)
        self._wire = wire
        self._key = key
        self._own_origin = parse_origin(own_origin)
        self._clock = clock
        self._offset = _NO_OFFSET
        self.measured: Measured | None = None
        """What the last answer to a signed request told of the way to the peer."""

    def card(self, pin: Pin) -> HubCard:
        """Fetch the peer's card and return it if the pinned root, or fingerprint, stands behind it."""
        return HubCard.parse(self._card_bytes(), pin, origin=self.origin)

    def unpinned_card(self) -> HubCard:
        """Fetch the card of a hub that nobody has pinned yet, for a person to look at."""
        return HubCard.parse_unpinned(self._card_bytes(), origin=self.origin)

    def checkpoint(self) -> str:
        """Fetch the latest note of the peer's own log, not yet verified."""
        answer = self._open("GET", routes.CHECKPOINT, cap=MAX_NOTE * 2)
        return _text(_expect(answer, routes.NOTE_TYPE))

    def entries(self, log_id: str, after: int, limit: int = MAX_LINES) -> bytes:
        """Fetch a page of the peer's log, for `read_page` to judge; ``limit=0`` asks for the note at ``after``."""
        return self._page(routes.ENTRIES, EntriesQuery(log_id, after, limit))

    def entries_again(self, log_id: str, after: int, limit: int = MAX_LINES) -> bytes:
        """Fetch lines that are held here without their bodies, for `read_again` to judge; it moves no cursor."""
        return self._page(routes.AGAIN, EntriesQuery(log_id, after, limit))

    def _page(self, route: str, asked: EntriesQuery) -> bytes:
        path = f"{route}?{asked.text}"
        accept = {"Accept": PAGE_TYPE, "Accept-Encoding": "gzip"}
        answer = self._signed("GET", path, None, accept, cap=MAX_BYTES, deadline_s=PULL_DEADLINE_S)
        return _expect(answer, PAGE_TYPE)

    def seen(self, origin: str, deadline_s: float = DEADLINE_S) -> Seen:
        """Fetch what the peer holds of the log of ``origin``; the note in it is not yet verified."""
        path = f"{routes.SEEN}?{seen_query(origin)}"
        answer = self._signed("GET", path, None, {}, cap=MAX_ANSWER, deadline_s=deadline_s)
        return Seen.parse(_expect(answer, DOCUMENT_TYPE))

    def mirror(self, origin: str, log_id: str, after: int, limit: int = MAX_LINES) -> bytes:
        """Fetch a page of the peer's copy of another hub's log, for `read_page` to judge by that hub's keyset."""
        path = f"{routes.mirror_path(origin)}?{EntriesQuery(log_id, after, limit).text}"
        accept = {"Accept": PAGE_TYPE, "Accept-Encoding": "gzip"}
        answer = self._signed("GET", path, None, accept, cap=MAX_BYTES, deadline_s=PULL_DEADLINE_S)
        return _expect(answer, PAGE_TYPE)

    def digest(self, log_id: str) -> Digest:
        """Fetch what the records of the peer's own log hash to, as the peer holds them."""
        path = f"{routes.DIGEST}?{digest_query(log_id)}"
        answer = self._signed("GET", path, None, {}, cap=MAX_ANSWER, deadline_s=PULL_DEADLINE_S)
        return Digest.parse(_expect(answer, DOCUMENT_TYPE))

    def epoch(self) -> bytes:
        """Fetch the statement by which the peer began its present log, for `Epoch.parse` to judge."""
        return _expect(self._open("GET", routes.EPOCH, cap=MAX_ANSWER), DOCUMENT_TYPE)

    def media(self, sha256: str, size: int, sink: Sink) -> None:
        """Fetch a file of the peer's own: at most ``size`` bytes go to ``sink``, which judges them."""
        path, accept = routes.media_path(sha256), {"Accept": routes.FILE_TYPE}
        answer = self._signed("GET", path, None, accept, cap=size, deadline_s=FILE_DEADLINE_S, sink=sink)
        _expect(answer, routes.FILE_TYPE)

    def poke(self, note: str) -> None:
        """Tell the peer that the own log has grown to this note; it answers before it looks."""
        self._signed("POST", routes.POKE, routes.encode_poke(note), {}, cap=MAX_ANSWER, deadline_s=DEADLINE_S)

    def letters(self, batch: Sequence[Letter]) -> list[Reply]:
        """Deliver letters, and return what became of each, in their order."""
        body = encode_batch(batch)
        answer = self._signed("POST", LETTERS, body, {}, cap=MAX_ANSWER, deadline_s=DEADLINE_S)
        try:
            return parse_replies(_expect(answer, DOCUMENT_TYPE), [letter.id for letter in batch])
        except (BadRequest, NotCanonical) as error:
            raise Unreachable("bad_answer", "the answer is not one to these letters") from error

    def receipts(self, batch: Sequence[Receipt]) -> list[Outcome]:
        """Deliver receipts, and return what became of each, in their order."""
        body = encode_receipts(batch)
        answer = self._signed("POST", RECEIPTS, body, {}, cap=MAX_ANSWER, deadline_s=DEADLINE_S)
        try:
            return parse_outcomes(_expect(answer, DOCUMENT_TYPE), len(batch))
        except (BadRequest, NotCanonical) as error:
            raise Unreachable("bad_answer", "the answer is not one to these receipts") from error

    def join(self, request: JoinRequest) -> None:
        """Ask to become a member; the peer has noted it when this returns, and answers when a person has decided."""
        self._signed("POST", routes.JOIN, request.to_bytes(), {}, cap=MAX_ANSWER, deadline_s=JOIN_DEADLINE_S)

    def answer_join(self, ask: str, answer: JoinAnswer) -> None:
        """Tell the peer that asked under this id what was decided; it has taken it when this returns."""
        path = routes.join_confirm(ask)
        self._signed("POST", path, answer.to_bytes(), {}, cap=MAX_ANSWER, deadline_s=DEADLINE_S)

    def _card_bytes(self) -> bytes:
        return _expect(self._open("GET", routes.CARD, cap=MAX_CARD), DOCUMENT_TYPE)

    def _open(self, method: str, path: str, *, cap: int) -> Answer:
        answer = self._wire.request(method, self.origin + path, {}, None, origin=self.origin, cap_bytes=cap)
        return _succeeded(answer, self._clock())

    def _signed(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        *,
        cap: int,
        deadline_s: float,
        sink: Sink | None = None,
    ) -> Answer:
        """Send a signed request; if the peer's clock differs, sign once more by the peer's time."""
        try:
            return self._signed_once(method, path, body, headers, cap, deadline_s, sink)
        except PeerProblem as problem:
            if not self._corrects(problem):
                raise
        return self._signed_once(method, path, body, headers, cap, deadline_s, sink)

    def _signed_once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        cap: int,
        deadline_s: float,
        sink: Sink | None,
    ) -> Answer:
        url = self.origin + path
        now = self._clock() + self._offset
        signed = sign_request(method, url, body, DOCUMENT_TYPE, self._key, self._own_origin, now)
        begun, fields = self._clock(), {**headers, **signed}
        bounds: _Bounds = {"origin": self.origin, "deadline_s": deadline_s, "cap_bytes": cap}
        if sink is None:
            answer = self._wire.request(method, url, fields, body, **bounds)
        else:
            answer = self._wire.download(url, fields, sink, **bounds)
        self.measured = _measured(answer, begun, self._clock())
        return _succeeded(answer, self._clock())

    def _corrects(self, problem: PeerProblem) -> bool:
        """Take over the peer's clock for requests to this peer, within a day; no order depends on it."""
        if problem.problem_type != "clock-skew" or problem.server_time is None:
            return False
        offset = problem.server_time - self._clock()
        if abs(offset) > MAX_CORRECTION:
            return False
        self._offset = offset
        return True


def _measured(answer: Answer, begun: datetime, ended: datetime) -> Measured:
    """Compare clocks at the middle of the request; a Date field counts whole seconds, so half of one is added."""
    took = (ended - begun).total_seconds()
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return Measured(took, None)
    middle = begun + (ended - begun) / 2
    return Measured(took, ((told if told.tzinfo else told.replace(tzinfo=UTC)) - middle).total_seconds() + 0.5)


def _expect(answer: Answer, media_type: str) -> bytes:
    """Return the body if it has the media type of its kind: an upload or a web page is never read as a document."""
    if answer.headers.get("content-type") != media_type:
        raise Unreachable("bad_answer", f"the answer is not {media_type}")
    return answer.body


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreachable("bad_answer", "a note is UTF-8") from error


def _succeeded(answer: Answer, now: datetime) -> Answer:
    if 200 <= answer.status < 300:
        return answer
    problem = _problem(answer)
    slug, detail = problem.get("type"), problem.get("detail")
    raise PeerProblem(
        answer.status,
        slug if isinstance(slug, str) and _SLUG.fullmatch(slug) else "",
        detail[:200] if isinstance(detail, str) and detail.isprintable() else "",
        retry_after=_seconds(answer.headers.get("retry-after"), now),
        server_time=_moment(problem.get("server_time")),
    )


def _problem(answer: Answer) -> dict[str, Any]:
    if answer.headers.get("content-type") != routes.PROBLEM_TYPE:
        return {}
    try:
        document = canonical.decode(answer.body)
    except NotCanonical:
        return {}
    return document if isinstance(document, dict) else {}


def _seconds(text: str | None, now: datetime) -> int | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds or a date; never longer than a day."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(int(text[:6]), MAX_WAIT_S)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait = moment.replace(tzinfo=moment.tzinfo or UTC) - now
    return max(0, min(int(wait.total_seconds()), MAX_WAIT_S))


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_timestamp(text)
    except ValueError:
        return None
