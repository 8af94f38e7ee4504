"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class ManualClock:
    """Shows the moment that the test set; jobs in the same process follow it at once."""

    rate = 1.0

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self._now = now

    def now(self) -> datetime:
        """The moment that was set last."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Show this moment from now on."""
        self._now = moment

    def advance(self, by: timedelta) -> None:
        """Let this much time pass at once."""
        self._now += by
