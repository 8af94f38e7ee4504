"""What an error means for a message: again at once, again later, or never.

Nothing is given up because a server was away: outages are retried without end. Only a message that is
itself at fault, or that fails again and again while everything else works, goes to the dead letters.
"""

from __future__ import annotations

import asyncio
import random
from enum import Enum, auto

import asyncpg
import nats.errors

from shared.errors import Problem, Transient

FIRST_DELAY = 0.5
LONGEST_DELAY = 60.0
ATTEMPTS = 8
"""How often an unexpected error may recur before the message is put aside."""
ALONE_FROM = 3
"""From this delivery on a message is handled by itself, so that it cannot take others down with it."""

_COLLISION = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
    asyncpg.LockNotAvailableError,
)
_OUTAGE = (
    OSError,
    asyncio.TimeoutError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    nats.errors.Error,
)


class Verdict(Enum):
    """What to do about an error."""

    COLLISION = auto()
    """Two workers met; the same thing works when tried again at once, or else it is a mistake after all."""
    OUTAGE = auto()
    """A server is away; wait for it, however long."""
    LATER = auto()
    """The handler asks for another time; others are not held up."""
    FAULT = auto()
    """The message can never be handled."""
    UNEXPECTED = auto()
    """A mistake in the code or the data; try later, a bounded number of times."""


def verdict_on(error: BaseException) -> Verdict:
    """Judge an error."""
    if isinstance(error, _COLLISION):
        return Verdict.COLLISION
    if isinstance(error, _OUTAGE) and not isinstance(error, ValueError):
        # asyncpg's own refusal of a value is both an InterfaceError and a ValueError: no server is away.
        return Verdict.OUTAGE
    if isinstance(error, Transient):
        return Verdict.LATER
    if isinstance(error, Problem):
        return Verdict.FAULT
    return Verdict.UNEXPECTED


def delay_for(attempt: int) -> float:
    """Seconds to wait before the next attempt: doubling from half a second to a minute, with jitter."""
    delay = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(attempt - 1, 16))
    return delay * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret


def describe(error: BaseException) -> str:
    """An error in a form that is safe to log: its kind and, from the database, state and constraint.

    Never its text, which may quote what people said.
    """
    kind = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        constraint = getattr(error, "constraint_name", None)
        return f"{kind} {error.sqlstate}" + (f" {constraint}" if constraint else "")
    return kind
