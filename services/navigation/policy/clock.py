"""The acknowledgement clock: how long a service has to answer, counted in its working days.

Working days are counted in an IANA zone, so that the hour on the wall stays the same when clocks change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WORKING_DAYS = frozenset({1, 2, 3, 4, 5})
"""Monday to Friday, as ISO weekdays, unless a service works on other days."""

OPENING = time(9, 0)
"""What comes in on a day off counts as coming in when the next working day begins."""

DEFAULT_DAYS = 2
STALLED_AFTER_DAYS = 10
"""A referral that nobody has moved for so many working days has stalled."""


def after_working_days(
    start: datetime, days: int, *, zone: str, working: frozenset[int] = WORKING_DAYS
) -> datetime:
    """The same hour, `days` working days after `start`, in UTC.

    An hour that the zone skips on that day is the one the clocks move to. `working` must not be empty.
    """
    if not working:
        raise ValueError("a service that works on no day can never answer")
    local = start.astimezone(ZoneInfo(zone))
    day, hour = local.date(), local.time()
    if day.isoweekday() not in working:
        day, hour = _next_working(day, working), OPENING
    for _ in range(days):
        day = _next_working(day, working)
    return datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _next_working(day: date, working: frozenset[int]) -> date:
    day += timedelta(days=1)
    while day.isoweekday() not in working:
        day += timedelta(days=1)
    return day


def has_stalled(moved_at: datetime, *, now: datetime, zone: str, meets_at: datetime | None = None) -> bool:
    """Whether a referral under way has not moved for too long; a meeting still to come is a good reason."""
    if meets_at is not None and meets_at > now:
        return False
    return after_working_days(moved_at, STALLED_AFTER_DAYS, zone=zone) <= now
