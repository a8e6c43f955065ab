"""What can be wrong when people are added, sign in or change their password."""

from __future__ import annotations

from datetime import datetime


class PeopleError(Exception):
    """Something about a person that was refused; the message is for the operator, pages translate by type and code."""


class BadAccount(PeopleError):
    """An account can't be like this; `code` says why: ``email``, ``name``, ``role``, ``language`` or ``taken``."""

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


class EndedLink(PeopleError):
    """A link of a mail that was used, has ended, was replaced by a later one, or never was: which, is not told."""

    def __init__(self) -> None:
        super().__init__("this link is not valid any more")


class LastAdministrator(PeopleError):
    """The last active administrator can be neither demoted nor deactivated: nobody could undo it."""

    def __init__(self) -> None:
        super().__init__("this is the last active administrator; make somebody else administrator first")


class SignedOut(PeopleError):
    """The sign-in has ended, or never was."""

    def __init__(self) -> None:
        super().__init__("nobody is signed in here")


class NotAdministrator(PeopleError):
    """Only administrators may confirm this."""

    def __init__(self) -> None:
        super().__init__("this is for administrators")


class WrongCode(PeopleError):
    """The code of the second factor is wrong, or was used before."""

    def __init__(self) -> None:
        super().__init__("the code is wrong or was used before")


class WrongPasskey(PeopleError):
    """The answer of an authenticator does not prove what it should; `reason` says why, for tests and the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the passkey was refused: {reason}")
        self.reason = reason


class StepOver(PeopleError):
    """There is no sign-in half done, or it took too long."""

    def __init__(self) -> None:
        super().__init__("there is no sign-in to be completed")


class LastFactor(PeopleError):
    """The role needs a second factor, and this is the last one."""

    def __init__(self) -> None:
        super().__init__("the role needs a second factor, and this is the last one")


class NothingOffered(PeopleError):
    """No authenticator app is being enrolled, or the offer is too old."""

    def __init__(self) -> None:
        super().__init__("no app is being enrolled")
