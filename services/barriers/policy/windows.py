"""When a task is due: working days in the client's own zone, as instants, never in the past."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.barriers.model import DaysWindow

DAY_BEGINS = time(9, 0)
DAY_ENDS = time(17, 0)
SATURDAY = 5
"""`date.weekday()` of the first day of the weekend."""


def due_window(now: datetime, zone: str, window: DaysWindow) -> tuple[datetime, datetime]:
    """Give the instants from when and by when something is due, both UTC, now <= from <= by and now < by.

    Day 0 is today while the working day (09:00-17:00 on the client's wall clock, Monday to Friday) is not
    over, else the next one. A change of clocks moves the instants, never the wall-clock times. Public
    holidays are not known here.
    """
    return _due(now, zone, window.first, window.last)


@lru_cache(maxsize=4096)
def _due(now: datetime, zone: str, first_day: int, last_day: int) -> tuple[datetime, datetime]:
    """Compute a window once for all the tasks that one batch opens at one moment in one place."""
    place = ZoneInfo(zone)
    here = now.astimezone(place)
    today = here.date()
    if here.time() >= DAY_ENDS:
        today += timedelta(days=1)
    first = working_day(today, first_day)
    last = working_day(today, last_day)
    begins = datetime.combine(first, DAY_BEGINS, tzinfo=place).astimezone(UTC)
    ends = datetime.combine(last, DAY_ENDS, tzinfo=place).astimezone(UTC)
    due_from = max(now.astimezone(UTC), begins)
    return due_from, max(due_from, ends)


@lru_cache(maxsize=4096)
def working_day(start: date, count: int) -> date:
    """Give the working day that is `count` working days after `start`, or after the first one from there."""
    day = start
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
    return day
