"""Times in words, on the wall clock of whoever they matter to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall clock and calendar: in which zone, and what it shows now."""

    zone: ZoneInfo
    now: datetime

    def date(self, at: datetime) -> str:
        """A date: "26 November", with the year where it is another one."""
        local = at.astimezone(self.zone)
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local.year}"
        return f"{local.day} {MONTHS[local.month - 1]}{year}"

    def day(self, at: datetime) -> str:
        """A day as one says it: today, tomorrow, yesterday, or "Thursday 26 November"."""
        local = at.astimezone(self.zone)
        away = local.date() - self.now.astimezone(self.zone).date()
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
        if away.days in near:
            return near[away.days]
        return f"{DAYS[local.weekday()]} {self.date(at)}"

    def moment(self, at: datetime) -> str:
        """A day and a time: "today at 14:03"."""
        return f"{self.day(at)} at {at.astimezone(self.zone):%H:%M}"

    def begun(self, words: str) -> str:
        """The same at the beginning of a sentence."""
        return words[:1].upper() + words[1:]

    def window(self, first: datetime | None, last: datetime) -> str:
        """Until when something is to be done, never by the minute: "between today and Thursday"."""
        if last < self.now:
            return f"was to be done by {self.day(last)}"
        if first is None or first - self.now < timedelta() or self.day(first) == self.day(last):
            return self.day(last) if self.day(last) == "today" else f"between today and {self.day(last)}"
        return f"between {self.day(first)} and {self.day(last)}"
