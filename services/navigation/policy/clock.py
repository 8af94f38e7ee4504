"""A service's two clocks, counted in working days: how long it has to answer, and until its next word is due.

Working days are counted in an IANA zone, so that the hour on the wall stays the same when clocks change.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.terms import ReferralStatus
from services.navigation.model.referrals import UNDER_WAY, Referral

WORKING_DAYS = frozenset({1, 2, 3, 4, 5})
"""Monday to Friday, as ISO weekdays, unless a service works on other days."""

OPENING = time(9, 0)
"""What comes in on a day off counts as coming in when the next working day begins."""

DEFAULT_DAYS = 2
STALLED_AFTER_DAYS = 10
"""A referral that the partner has not moved for so many working days has stalled."""


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


def progress_by(
    moved_at: datetime, days: int | None, *, zone: str, meets_at: datetime | None = None
) -> datetime:
    """When the next word about a referral under way is due: after the meeting, where one is still to come."""
    start = moved_at if meets_at is None else max(moved_at, meets_at)
    return after_working_days(start, days or STALLED_AFTER_DAYS, zone=zone)


def is_unacknowledged(referral: Referral, *, now: datetime) -> bool:
    """Whether the service has let its time for an answer pass."""
    waits = referral.status is ReferralStatus.REQUESTED
    return waits and referral.acknowledge_by is not None and referral.acknowledge_by <= now


def has_stalled(referral: Referral, *, now: datetime) -> bool:
    """Whether a referral under way has not moved in its time."""
    return referral.status in UNDER_WAY and referral.progress_by is not None and referral.progress_by <= now
