"""Exceptions that say what the shell must do: answer with a problem, dead-letter, or try again.

Expected outcomes are values, never exceptions. Raised in an HTTP request each of these becomes an RFC 9457
`application/problem+json` answer; raised in a message handler, `Transient` means "again later" and all
others mean "this message can never be handled": it goes to the dead letters with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence


class Problem(Exception):  # noqa: N818 - named as RFC 9457 names it
    """Something that the caller is told in plain words. `extra` members are added to the answer."""

    status = 500
    title = "Something went wrong"

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class Malformed(Problem):
    """The request itself is unusable, whatever the state of things."""

    status = 400
    title = "The request cannot be read"


class Unauthenticated(Problem):
    """Nobody, or somebody unknown, is asking."""

    status = 401
    title = "Please sign in"


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    title = "Not allowed"


class NotFound(Problem):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    title = "Not found"


class Conflict(Problem):
    """It cannot be done as things stand; `possible` says what can."""

    status = 409
    title = "Not possible as things stand"

    def __init__(self, detail: str, *, possible: Sequence[str] = (), **extra: object) -> None:
        super().__init__(detail, possible=list(possible), **extra)


class UnknownForm(Problem):
    """The content is of a form that is not read here."""

    status = 415
    title = "Not a form that is read here"


class Invalid(Problem):
    """The content is understood and cannot be accepted."""

    status = 422
    title = "Something in the content is not right"


class TooMany(Problem):
    """More at once, or in this time, than one caller may have."""

    status = 429
    title = "Too many at once"


class Transient(Problem):
    """Not now; the same thing may work in a moment."""

    status = 503
    title = "Not available at the moment"
