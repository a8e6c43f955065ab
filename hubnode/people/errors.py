"""What can be wrong when people are added, sign in or change their password."""

from __future__ import annotations

from datetime import datetime


class PeopleError(Exception):
    """Something about a person that was refused; the message is for the operator, pages translate by type and code."""


class BadAccount(PeopleError):
    """An account can't be like this; `code` says why: ``email``, ``name``, ``role`` or ``taken``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class UnknownAccount(PeopleError):
    """There is no such account."""


class WeakPassword(PeopleError):
    """A new password is refused; `code` says why: ``short``, ``long``, ``common``, ``simple`` or ``personal``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class WrongPassword(PeopleError):
    """Mail address and password do not belong together, whichever of the two is the reason."""

    def __init__(self) -> None:
        super().__init__("mail address or password is wrong")


class Throttled(PeopleError):
    """Too many failures; the next try is answered at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"too many failed attempts, next one at {until.isoformat(timespec='seconds')}")
        self.until = until


class SignedOut(PeopleError):
    """The sign-in has ended, or never was."""

    def __init__(self) -> None:
        super().__init__("nobody is signed in here")


class NotAdministrator(PeopleError):
    """Only administrators may confirm this."""

    def __init__(self) -> None:
        super().__init__("this is for administrators")
