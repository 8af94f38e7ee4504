"""A week of half hours as people write it: weekday, opens, closes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from contracts.events.navigation import OpenHours
from services.navigation.model.directory import HALF_HOURS_PER_DAY, half_hours, union


def openings(mask: int | None) -> list[OpenHours] | None:
    """The openings of a week, day by day; None when nobody has said."""
    if mask is None:
        return None
    return [
        OpenHours(weekday=weekday, opens=_clock(first), closes=_clock(last))
        for weekday in range(1, 8)
        for first, last in _runs(mask >> (weekday - 1) * HALF_HOURS_PER_DAY)
    ]


def mask_of(week: Iterable[OpenHours]) -> int:
    """The half hours in which it is open for the whole of them."""
    return union(
        half_hours(one.weekday, _minutes(one.opens), _minutes(one.closes))
        for one in week
        if _minutes(one.opens) < _minutes(one.closes)
    )


def read(written: Sequence[Mapping[str, object]]) -> list[OpenHours]:
    """Openings as JSON has them."""
    return [OpenHours.model_validate(one) for one in written]


def _runs(day: int) -> Iterator[tuple[int, int]]:
    """The half hours of one day that follow each other, as first and after the last."""
    begun: int | None = None
    for at in range(HALF_HOURS_PER_DAY + 1):
        is_open = at < HALF_HOURS_PER_DAY and bool(day >> at & 1)
        if is_open and begun is None:
            begun = at
        elif not is_open and begun is not None:
            yield begun, at
            begun = None


def _clock(half_hour: int) -> str:
    return f"{half_hour // 2:02}:{half_hour % 2 * 30:02}"


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
