"""The only place that reads the time.

Domain time runs at a rate and from an origin that settings choose, so that a demo lives through weeks in
seconds. Technical time (leases, timeouts, token expiry) is never taken from here: it stays real.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What tells the time of the domain."""

    @property
    def rate(self) -> float:
        """How many seconds of the domain pass in one real second; at least 1."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""


class RatedClock:
    """A clock that showed `origin` at the real moment `started_at` and runs `rate` times as fast.

    Without an origin it shows real time. Processes that share the three settings agree on the time.
    """

    def __init__(
        self, rate: float = 1.0, *, origin: datetime | None = None, started_at: datetime | None = None
    ) -> None:
        self._rate = rate
        self._started = (started_at or datetime.now(UTC)).timestamp()
        self._origin = (origin or datetime.fromtimestamp(self._started, UTC)).astimezone(UTC)

    @property
    def rate(self) -> float:
        """How many seconds of the domain pass in one real second."""
        return self._rate

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        return self._origin + timedelta(seconds=(time.time() - self._started) * self._rate)


def real_now() -> datetime:
    """The real moment, for technical time only: token expiry and the like."""
    return datetime.now(UTC)
