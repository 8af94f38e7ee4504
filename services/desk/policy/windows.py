"""When something is due, in words: days to choose among, never one day to be late for.

A window is days in the client's own zone. It is worded anew whenever somebody looks.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

WEEK = timedelta(days=7)


def window_words(due_from: datetime | None, due_by: datetime | None, *, now: datetime, zone: tzinfo) -> str:
    """The days of a window as one says them: "between today and Thursday", "was for Monday to Friday"."""
    if due_by is None:
        return "at any time"
    today = now.astimezone(zone).date()
    last = due_by.astimezone(zone).date()
    first = min((due_from or due_by).astimezone(zone).date(), last)
    if due_by < now:
        return _passed(first, last, today)
    return _coming(max(first, today), last, today)


def day_words(day: date, *, today: date) -> str:
    """A day as one says it: today, tomorrow, yesterday, Thursday, 14 December, 7 January 2027."""
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days)
    if near:
        return near
    if abs(day - today) < WEEK:
        return f"{day:%A}"
    return f"{day.day} {day:%B}" + ("" if day.year == today.year else f" {day.year}")


def end_of_day(now: datetime, zone: tzinfo) -> datetime:
    """The first moment of the next day in this zone."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=zone)


def _passed(first: date, last: date, today: date) -> str:
    if first == last:
        return f"was for {day_words(last, today=today)}"
    return f"was for {day_words(first, today=today)} to {day_words(last, today=today)}"


def _coming(first: date, last: date, today: date) -> str:
    begins, ends = day_words(first, today=today), day_words(last, today=today)
    if first == last:
        return ends if (last - today).days in {0, 1} else f"on {ends}"
    joined = "{} or {}" if (last - first).days == 1 else "between {} and {}"
    return joined.format(begins, ends)
