"""Times of day as a client lives them: in their own zone, across every change of their clocks.

Wall-clock times that a change of clocks skips count as the first moment after the gap; times that occur
twice count at both occurrences. A whole skipped day (Pacific/Apia, 30 December 2011) is one long gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.values import Window
from services.reminders.model import Life, SendingRules

PREFERRED = time(10, 0)
"""When a message comes where nothing speaks for another hour: awake, and the day still ahead."""
MARGIN = timedelta(hours=1)
"""How far from quiet hours a message is planned, so that a short delay does not run into them."""
LAST_MOMENTS = timedelta(minutes=30)
"""How long before a window closes a message is planned at the latest."""
DAYS_AHEAD = 9
"""How far the next moment is looked for: every weekly window comes round within it, skipped days included."""
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the day on a wall clock; `until` itself is outside."""

    begin: time
    until: time

    def holds(self, clock: time) -> bool:
        """Whether the clock's time is inside."""
        return self.begin <= clock < self.until


def local(moment: datetime, zone: str) -> datetime:
    """The moment as the client's clock shows it."""
    return moment.astimezone(ZoneInfo(zone))


def first_moment(day: date, clock: time, zone: str) -> datetime:
    """The first moment, in UTC, at which that day's clock shows `clock`, or the end of a gap over it."""
    wall = datetime.combine(day, clock)
    place = ZoneInfo(zone)
    early = wall.replace(tzinfo=place).astimezone(UTC)
    if early.astimezone(place).replace(tzinfo=None) == wall:
        return early
    return _change_of_clocks(wall.replace(tzinfo=place, fold=1).astimezone(UTC), early, place)


def moments(day: date, clock: time, zone: str) -> tuple[datetime, ...]:
    """Every moment at which that day's clock shows `clock`: two when the clocks go back over it."""
    first = first_moment(day, clock, zone)
    second = datetime.combine(day, clock).replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return (first, second) if second > first else (first,)


def _change_of_clocks(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """Find the change of clocks between two moments, to the second."""
    offset = before.astimezone(place).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(place).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def days_from(moment: datetime, zone: str, *, back: int = 1, ahead: int = DAYS_AHEAD) -> Iterator[date]:
    """The days around a moment on the client's calendar."""
    today = local(moment, zone).date()
    return (today + timedelta(days=number) for number in range(-back, ahead + 1))


def in_window(clock: datetime, windows: Sequence[Window]) -> bool:
    """Whether a local time lies in one of the weekly windows. No windows means at any time."""
    return not windows or any(
        window.weekday == clock.isoweekday() and window.opens <= clock.time() < window.closes
        for window in windows
    )


def next_open(
    start: datetime, zone: str, *, windows: Sequence[Window], rules: SendingRules
) -> datetime | None:
    """The first moment from `start` on that is inside the windows and outside quiet hours.

    None when there is none within nine days, which means never: windows and quiet hours are weekly.
    """
    if _is_open(start, zone, windows, rules):
        return start
    edges = {rules.quiet_until, time.min, *(window.opens for window in windows)}
    openings = (moment for day in days_from(start, zone) for moment in _edges_on(day, edges, zone))
    return min((at for at in openings if at > start and _is_open(at, zone, windows, rules)), default=None)


def _edges_on(day: date, edges: Iterable[time], zone: str) -> Iterator[datetime]:
    """When that day something may begin: at the edges, and when the clocks change in the middle of it."""
    for edge in edges:
        yield from moments(day, edge, zone)
    place = ZoneInfo(zone)
    begins, ends = (first_moment(each, time.min, zone) for each in (day, day + timedelta(days=1)))
    if begins.astimezone(place).utcoffset() != ends.astimezone(place).utcoffset():
        yield _change_of_clocks(begins, ends, place)


def _is_open(moment: datetime, zone: str, windows: Sequence[Window], rules: SendingRules) -> bool:
    clock = local(moment, zone)
    return in_window(clock, windows) and not rules.quiet_at(clock.time())


def waking(rules: SendingRules) -> Span:
    """The part of the day in which messages are planned: an hour away from quiet hours where that fits."""
    if rules.quiet_from <= rules.quiet_until:
        # Quiet at night is the rule; quiet by day or never leaves the gate to find the moment.
        return Span(time(9, 0), time(19, 0))
    narrow = Span(_shifted(rules.quiet_until, MARGIN), _shifted(rules.quiet_from, -MARGIN))
    return narrow if narrow.begin < narrow.until else Span(rules.quiet_until, rules.quiet_from)


def civil_moment_on(day: date, life: Life, rules: SendingRules) -> datetime:
    """The moment on that day that suits the client best: in their hours, near ten in the morning, awake.

    A day that their calendar skips gives a moment of the day before.
    """
    best = min((_nearest(span) for span in _spans(day, life, rules)), key=_distance)
    moment = first_moment(day, best, life.zone)
    if local(moment, life.zone).date() != day:
        return civil_moment_on(day - timedelta(days=1), life, rules)
    return moment


def next_civil_moment(start: datetime, life: Life, rules: SendingRules) -> datetime:
    """The first moment from `start` on that suits the client."""
    inside = [day for day in days_from(start, life.zone, back=0) if _holds(start, day, life, rules)]
    if inside:
        return start
    openings = (
        first_moment(day, span.begin, life.zone)
        for day in days_from(start, life.zone, back=0)
        for span in _spans(day, life, rules)
    )
    return min(moment for moment in openings if moment >= start)


def last_civil_moment(end: datetime, life: Life, rules: SendingRules) -> datetime:
    """The last moment up to `end` in waking hours; the client's own hours do not matter here."""
    span = waking(rules)
    clock = local(end, life.zone)
    if span.holds(clock.time()):
        return end
    day = clock.date() if clock.time() >= span.until else clock.date() - timedelta(days=1)
    return min(end, first_moment(day, _shifted(span.until, -LAST_MOMENTS), life.zone))


def _holds(moment: datetime, day: date, life: Life, rules: SendingRules) -> bool:
    clock = local(moment, life.zone)
    return clock.date() == day and any(span.holds(clock.time()) for span in _spans(day, life, rules))


def _spans(day: date, life: Life, rules: SendingRules) -> list[Span]:
    """The client's hours on that weekday inside waking hours; all waking hours where none were named."""
    awake = waking(rules)
    named = (
        Span(max(window.opens, awake.begin), min(window.closes, awake.until))
        for window in _on(day, life.available)
    )
    return [span for span in named if span.begin < span.until] or [awake]


def _on(day: date, windows: Iterable[Window]) -> Iterator[Window]:
    return (window for window in windows if window.weekday == day.isoweekday())


def _nearest(span: Span) -> time:
    if span.holds(PREFERRED):
        return PREFERRED
    return span.begin if span.begin > PREFERRED else max(span.begin, _shifted(span.until, -LAST_MOMENTS))


def _distance(clock: time) -> int:
    return abs((clock.hour - PREFERRED.hour) * 60 + clock.minute - PREFERRED.minute)


def _shifted(clock: time, by: timedelta) -> time:
    return (datetime.combine(date(2000, 1, 1), clock) + by).time()
