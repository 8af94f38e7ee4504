"""Opening hours: HSDS schedules, as a mask of the week.

A schedule's times are the wall clock of the place. HSDS gives its zone as a fixed offset from UTC, which is
wrong for half of the year wherever clocks change, so the offset is kept in the document and never applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import Flag, auto
from functools import lru_cache

from services.navigation.directory.documents import Document, text
from services.navigation.directory.values import FIRST_YEAR, day, minutes, number
from services.navigation.model.directory import half_hours, union

Warn = Callable[[str, str | None, str], None]
"""Notes what was odd: the field, its value, and what was made of it."""

_WEEKDAYS = {"MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6, "SU": 7}
_BYDAY = re.compile(r"[+-]?\d*(MO|TU|WE|TH|FR|SA|SU)[A-Z]*")
_RANGE = re.compile(r"(MO|TU|WE|TH|FR|SA|SU)[A-Z]*\s*(?:-|\u2013)\s*(MO|TU|WE|TH|FR|SA|SU)[A-Z]*")
_REMOTE = re.compile(r"virtual|remote|online|phone|video|zoom|chat", re.IGNORECASE)
_IN_PERSON = re.compile(r"in.person|face|on.?site|walk|visit|physical", re.IGNORECASE)


class Attending(Flag):
    """How a service is used at these times."""

    NOT_SAID = 0
    IN_PERSON = auto()
    REMOTE = auto()


def attending(schedule: Document) -> Attending:
    """Read the attending type, which HSDS leaves to free words."""
    words = text(schedule, "attending_type")
    found = Attending.NOT_SAID
    if words is None:
        return found
    if _REMOTE.search(words):
        found |= Attending.REMOTE
    if _IN_PERSON.search(words):
        found |= Attending.IN_PERSON
    return found


def open_half_hours(schedule: Document, *, today: date, warn: Warn) -> int:
    """Return the half hours of the week in which this schedule says open, in the weeks that it applies to.

    A schedule every other week or once a month counts like a weekly one. Nothing is open by a schedule that
    has ended, has not begun, or cannot be read; the latter is warned about.
    """
    if not _in_force(schedule, today, warn):
        return 0
    opens, closes = _time(schedule, "opens_at", warn), _time(schedule, "closes_at", warn)
    if opens is None or closes is None:
        return 0
    return _mask(_weekdays(schedule, warn), opens, closes)


@lru_cache(maxsize=4096)
def _mask(days: frozenset[int], opens: int, closes: int) -> int:
    return union(half_hours(weekday, opens, closes) for weekday in days)


def _time(schedule: Document, field: str, warn: Warn) -> int | None:
    written = text(schedule, field)
    read = minutes(written) if written else None
    if read is None:
        warn(f"schedules.{field}", written, "not a time; these hours are left out")
    return read


def _weekdays(schedule: Document, warn: Warn) -> frozenset[int]:
    written = text(schedule, "byday")
    if written:
        found = weekdays(written)
        if not found:
            warn("schedules.byday", written, "no weekday in it; these hours are left out")
        return found
    start = text(schedule, "dtstart")
    begins = day(start) if start else None
    if (text(schedule, "freq") or "WEEKLY").upper() == "WEEKLY" and begins is not None:
        return frozenset({begins.isoweekday()})
    warn("schedules.byday", None, "no weekday is given; these hours are left out")
    return frozenset()


@lru_cache(maxsize=4096)
def weekdays(written: str) -> frozenset[int]:
    """Read ISO weekdays: `MO,TU`, `1MO,3MO`, `Monday`, `MO-FR`."""
    capitals = written.upper()
    found: set[int] = set()
    for first, last in _RANGE.findall(capitals):
        weekday, until = _WEEKDAYS[first], _WEEKDAYS[last]
        found.update((weekday - 1 + step) % 7 + 1 for step in range((until - weekday) % 7 + 1))
    found.update(_WEEKDAYS[name] for name in _BYDAY.findall(capitals))
    return frozenset(found)


def _in_force(schedule: Document, today: date, warn: Warn) -> bool:
    starts, ends = _date(schedule, "valid_from", warn), _date(schedule, "valid_to", warn)
    until, last = _date(schedule, "until", warn), _last_of_count(schedule)
    begun = starts is None or starts <= today
    return begun and all(end is None or end >= today for end in (ends, until, last))


def _date(schedule: Document, field: str, warn: Warn) -> date | None:
    written = text(schedule, field)
    if written is None:
        return None
    read = day(written)
    if read is None or read.year < FIRST_YEAR:
        warn(f"schedules.{field}", written, "not a date of our time; taken as not given")
        return None
    return read


def _last_of_count(schedule: Document) -> date | None:
    """The latest day that a counted schedule can reach; None when it is not counted."""
    if "count" not in schedule:
        return None
    count, start = number(text(schedule, "count") or ""), day(text(schedule, "dtstart") or "")
    if count is None or start is None or start.year < FIRST_YEAR or not 0 < count < 10_000:
        return None
    interval = number(text(schedule, "interval") or "") or 1
    days = 7 if (text(schedule, "freq") or "WEEKLY").upper() == "WEEKLY" else 31
    return start + timedelta(days=min(count * interval * days, 100_000))
