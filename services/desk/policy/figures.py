"""The barrier picture and the map of unmet barriers, from what was counted. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.terms import BarrierCategory
from services.desk.model.figures import Standing, Stated, Unmet
from services.desk.policy.today import upper_first
from services.desk.policy.wording.terms import CATEGORIES

MONTHS_BACK = 11
"""With the present one a year."""
LONGEST_BAR = 100

NOT_CODED = "Not coded yet"
NO_PLACE = "Place not said"


def category_words(category: BarrierCategory | None) -> str:
    """A kind of barrier, as it is called in figures."""
    return upper_first(CATEGORIES[category]) if category else NOT_CODED


def first_month(today: date) -> date:
    """The first day of the month that the picture begins with."""
    months = today.year * 12 + today.month - 1 - MONTHS_BACK
    return date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a table of figures, and how long its bars are beside the longest, 0 to 100."""

    name: str
    numbers: tuple[int, ...]
    bars: tuple[int, ...]


def lines(rows: Iterable[tuple[str, Sequence[int]]]) -> list[Line]:
    """Lines with bars that can be compared with one another."""
    found = [(name, tuple(numbers)) for name, numbers in rows]
    longest = max((number for _, numbers in found for number in numbers), default=0) or 1
    return [
        Line(
            name=name,
            numbers=numbers,
            bars=tuple(-(-number * LONGEST_BAR // longest) for number in numbers),
        )
        for name, numbers in found
    ]


def by_category(months: Collection[Stated]) -> list[tuple[str, tuple[int, int, int]]]:
    """How many of each kind were stated, answered and eased in all these months, the most stated first."""
    sums: defaultdict[BarrierCategory | None, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for one in months:
        stated, answered, eased = sums[one.category]
        sums[one.category] = (stated + one.stated, answered + one.answered, eased + one.eased)
    told = [(category_words(category), numbers) for category, numbers in sums.items()]
    return sorted(told, key=lambda line: (-line[1][0], line[0]))


def by_month(months: Collection[Stated]) -> list[tuple[str, tuple[int, int, int]]]:
    """How many were stated, answered and eased in each month, in their order."""
    sums: defaultdict[date, tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    for one in months:
        stated, answered, eased = sums[one.month]
        sums[one.month] = (stated + one.stated, answered + one.answered, eased + one.eased)
    return [(f"{month:%B %Y}", sums[month]) for month in sorted(sums)]


def standing_now(standings: Collection[Standing]) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Where the barriers of each kind stand, the most open first."""
    told = [
        (category_words(one.category), (one.open, one.persisting, one.eased, one.withdrawn))
        for one in standings
    ]
    return sorted(told, key=lambda line: (-line[1][0], line[0]))


def place_lines(
    places: Sequence[tuple[str, int, Sequence[Unmet]]],
) -> list[tuple[Line, list[tuple[str, int]]]]:
    """What is missing where: a line for each place, and what is missing there most."""
    drawn = lines((area or NO_PLACE, (number,)) for area, number, _ in places)
    missing = [[(category_words(one.category), one.number) for one in found] for _, _, found in places]
    return list(zip(drawn, missing, strict=True))
