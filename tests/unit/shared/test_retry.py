"""What an error means for a message, and how long it waits."""

from __future__ import annotations

import asyncpg
import nats.errors
import nats.js.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Transient
from shared.retry import LONGEST_DELAY, Verdict, delay_for, describe, verdict_on


@pytest.mark.parametrize(
    "error, verdict",
    [
        (asyncpg.UniqueViolationError(), Verdict.COLLISION),
        (asyncpg.DeadlockDetectedError(), Verdict.COLLISION),
        (asyncpg.SerializationError(), Verdict.COLLISION),
        (asyncpg.LockNotAvailableError(), Verdict.COLLISION),
        (ConnectionRefusedError(), Verdict.OUTAGE),
        (ConnectionResetError(), Verdict.OUTAGE),
        (TimeoutError(), Verdict.OUTAGE),
        (asyncpg.ConnectionDoesNotExistError(), Verdict.OUTAGE),
        (asyncpg.CannotConnectNowError(), Verdict.OUTAGE),
        (asyncpg.AdminShutdownError(), Verdict.OUTAGE),
        (asyncpg.CrashShutdownError(), Verdict.OUTAGE),
        (asyncpg.TooManyConnectionsError(), Verdict.OUTAGE),
        (asyncpg.DiskFullError(), Verdict.OUTAGE),
        (asyncpg.InterfaceError("connection is closed"), Verdict.OUTAGE),
        (asyncpg.InternalClientError("cannot switch to state 12"), Verdict.OUTAGE),
        (nats.errors.TimeoutError(), Verdict.OUTAGE),
        (nats.errors.ConnectionClosedError(), Verdict.OUTAGE),
        (nats.js.errors.NoStreamResponseError(), Verdict.OUTAGE),
        (Transient("not now"), Verdict.LATER),
        (Invalid("never"), Verdict.FAULT),
        (NotFound("nowhere"), Verdict.FAULT),
        (Conflict("not like this"), Verdict.FAULT),
        (Forbidden("not you"), Verdict.FAULT),
        (asyncpg.DataError(), Verdict.UNEXPECTED),
        (asyncpg.exceptions._base.DataError("invalid input for query argument $1"), Verdict.UNEXPECTED),
        (asyncpg.ClientConfigurationError("no such setting"), Verdict.UNEXPECTED),
        (asyncpg.CheckViolationError(), Verdict.UNEXPECTED),
        (asyncpg.ForeignKeyViolationError(), Verdict.UNEXPECTED),
        (asyncpg.UndefinedTableError(), Verdict.UNEXPECTED),
        (asyncpg.InsufficientPrivilegeError(), Verdict.UNEXPECTED),
        (KeyError("x"), Verdict.UNEXPECTED),
        (ValueError("x"), Verdict.UNEXPECTED),
        (AssertionError(), Verdict.UNEXPECTED),
    ],
    ids=lambda value: value.name if isinstance(value, Verdict) else type(value).__name__,
)
def test_every_kind_of_error_has_its_verdict(error: Exception, verdict: Verdict) -> None:
    assert verdict_on(error) is verdict


@given(st.integers(min_value=1, max_value=10_000))
def test_the_delay_is_bounded_however_many_attempts(attempt: int) -> None:
    assert 0.4 <= delay_for(attempt) <= LONGEST_DELAY * 1.2


@given(st.integers(min_value=1, max_value=6))
def test_the_delay_grows_with_every_attempt_whatever_the_jitter(attempt: int) -> None:
    assert delay_for(attempt) < delay_for(attempt + 1)


def test_delays_are_spread_so_that_not_all_come_back_at_once() -> None:
    assert len({delay_for(3) for _ in range(20)}) > 10


def test_an_error_is_described_without_its_text() -> None:
    unique = asyncpg.UniqueViolationError("Key (name)=(Amina) already exists")
    unique.constraint_name = "one_name_each"

    assert describe(unique) == "UniqueViolationError 23505 one_name_each"
    assert describe(asyncpg.UndefinedTableError("Amina")) == "UndefinedTableError 42P01"
    assert describe(ValueError("Amina")) == "ValueError"
