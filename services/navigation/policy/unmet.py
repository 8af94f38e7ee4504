"""Whether the directory met a need, and if not what was in the way.

A service that fits but that nobody has checked for half a year, or of which something essential is unknown,
is no answer that one can rely on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from uuid import UUID

from contracts.terms import Answer
from contracts.values import Candidate
from services.navigation.model.directory import postcode_key
from services.navigation.model.matching import Match
from services.navigation.model.referrals import Help
from services.navigation.model.unmet import NOTHING_LISTED, STALE, Unmet, UnmetFigures, UnmetKind
from services.navigation.policy.ledger import lines, safe_cell
from services.navigation.policy.matching import FRESH_DAYS

_BRITISH = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)\d[A-Z]{2}")
_CANADIAN = re.compile(r"([A-Z]\d[A-Z])\d[A-Z]\d")
_LONGEST_AREA = 4
COLUMNS = (
    "area", "category", "barriers", "nobody_fits", "only_unknown", "only_stale", "first_at", "last_at",
    "reasons",
)  # fmt: skip


def area_of(postcode: str | None) -> str | None:
    """The outward part of a postcode, which is a place and no address: LS1 of LS1 4AP, 629 of 62959."""
    key = postcode_key(postcode or "")
    if found := _BRITISH.fullmatch(key) or _CANADIAN.fullmatch(key):
        return found[1]
    if key.isdigit():
        return key[:3]
    return key[:_LONGEST_AREA] or None


def judge(
    asked: Help,
    found: Match,
    *,
    postcode: str | None,
    assured: Callable[[UUID], date | None],
    now: datetime,
) -> Unmet | None:
    """What was in the way of meeting a need; None when something eligible and fresh was found."""
    eligible = [one for one in found.options if one.eligible is Answer.YES]
    if any(_is_fresh(assured(one.service_id), now.date()) for one in eligible):
        return None
    reasons: tuple[str, ...]
    if eligible:
        kind, reasons = UnmetKind.ONLY_STALE, (STALE,)
    elif found.options:
        kind, reasons = UnmetKind.ONLY_UNKNOWN, _names(found.options, Answer.UNKNOWN)
    else:
        kind, reasons = UnmetKind.NOBODY_FITS, _names(found.rejected, Answer.NO) or (NOTHING_LISTED,)
    return Unmet(
        barrier_id=asked.barrier_id,
        category=asked.category,
        resource_codes=asked.resource_codes,
        area=area_of(postcode),
        kind=kind,
        reasons=reasons,
        at=now,
    )


def _is_fresh(assured: date | None, on: date) -> bool:
    return assured is not None and (on - assured).days <= FRESH_DAYS


def _names(candidates: Iterable[Candidate], answer: Answer) -> tuple[str, ...]:
    """The checks to which at least one of these gave that answer."""
    return tuple(sorted({check.name for one in candidates for check in one.checks if check.answer is answer}))


def table(figures: Iterable[UnmetFigures]) -> str:
    """A heading and a row for each place and kind; what looks like a formula begins with an apostrophe."""
    return lines([COLUMNS, *(_cells(one) for one in figures)])


def _cells(one: UnmetFigures) -> tuple[str, ...]:
    reasons = "; ".join(f"{name}: {count}" for name, count in _most_first(one.reasons.items()))
    counts = (one.barriers, one.nobody_fits, one.only_unknown, one.only_stale)
    return (
        safe_cell(one.area or ""),
        one.category,
        *map(str, counts),
        one.first_at.isoformat(),
        one.last_at.isoformat(),
        reasons,
    )


def _most_first(reasons: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(reasons, key=lambda pair: (-pair[1], pair[0]))
