"""What can be wrong with what somebody asks of a record; the doors turn each into one answer."""

from __future__ import annotations


class RecordError(Exception):
    """A request about a record that can't be fulfilled."""


class NotFound(RecordError):
    """There is no such record, or none that this viewer may see: from outside the two look the same."""


class UnderReview(NotFound):
    """The record is held back, because its present version was signed by a key that was in other hands."""


class Gone(RecordError):
    """The record was here and has been withdrawn or erased."""


class Forbidden(RecordError):
    """This viewer may see the record, but not do this."""


class Stale(RecordError):
    """Somebody saved another draft meanwhile; nothing was overwritten."""


class NotNow(RecordError):
    """The record's state does not allow it, such as withdrawing what was never published."""


class Unconfirmed(NotNow):
    """A profile that its person has not confirmed, or has restricted: it is not published."""


class Incomplete(Exception):
    """What is written can't be published yet; `errors` maps each field to what is missing there."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(f"{len(errors)} fields need attention")
        self.errors = errors
