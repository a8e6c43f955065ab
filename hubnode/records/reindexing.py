"""Building the search anew from the records, while it is used: the analysis or an operator's words have changed.

Batch by batch, each in a transaction of its own that notes how far it came: whoever is interrupted goes on from there.
Until the end some records are found by the old tokens and some by the new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.records import indexing
from hubnode.records.models import Record
from hubnode.search.analysis import current
from hubnode.search.index import renew
from hubnode.search.models import SearchDoc, SearchState

BATCH = 250
AT_ONCE = 8
Text = Sequence[tuple[str, str, str]]


def due() -> bool:
    """Whether the index was built with another analysis than the one at work."""
    return reading().scalar(sa.select(SearchState.version)) != current().version


def step(batch: int = BATCH) -> bool:
    """Index the next records anew; answers whether any may be left. A transaction of its own."""
    with transaction() as session:
        state = session.scalars(sa.select(SearchState).with_for_update()).one()
        version = current().version
        if state.version == version:
            return False
        if state.target != version:
            state.target, state.reached = version, 0
        texts = list(_texts(session, state.reached, batch))
        renew(session, texts)
        indexing.touch(session)
        if len(texts) < batch:
            state.version, state.target, state.reached = version, "", 0
            return False
        state.reached = texts[-1][0]
        return True


def restart() -> None:
    """Let everything be indexed anew, whatever it was built with. A transaction of its own."""
    with transaction() as session:
        session.execute(sa.update(SearchState).values(version="", target="", reached=0))


def rebuild() -> int:
    """Index what is left of a rebuild; answers how many transactions that took. They are its own."""
    steps = 1
    while step():
        steps += 1
    return steps


def tend() -> None:
    """Do some of a rebuild, if one is due: the worker comes back for more. Transactions of its own."""
    if due():
        for _ in range(AT_ONCE):
            if not step():
                return


def texts(session: Session) -> Iterator[tuple[int, Text]]:
    """The words of every record in the index, by its number."""
    reached = 0
    while some := list(_texts(session, reached, BATCH)):
        yield from some
        reached = some[-1][0]


def _texts(session: Session, after: int, many: int) -> Iterator[tuple[int, Text]]:
    chosen = sa.select(Record.id, Record.kind, Record.level, Record.body).join(SearchDoc, SearchDoc.doc == Record.id)
    for number, kind, level, body in session.execute(chosen.where(Record.id > after).order_by(Record.id).limit(many)):
        yield number, indexing.texts(kind, canonical.decode(body or b"{}"), level)
