"""A service of the directory, as matching needs it: what is known, and what is not.

Everywhere here None means that the directory does not say, which is never the same as no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from contracts.terms import Capacity, ServiceStatus

HALF_HOURS_PER_DAY = 48
HALF_HOURS_PER_WEEK = 7 * HALF_HOURS_PER_DAY

EVERYWHERE = ("",)
"""The areas of a service that serves everyone: every postcode starts with the empty prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One service of the directory.

    Weekly hours are masks of 336 half hours, bit 0 being Monday 00:00 to 00:30, by the wall clock of the
    place: a directory's fixed UTC offset knows no daylight saving time, so it is not applied. A half hour
    is set only when the service is open for the whole of it.
    """

    service_id: UUID
    service_name: str
    organization_id: UUID
    organization_name: str
    revision: int = 0
    """The directory's revision that brought this state of the service."""
    status: ServiceStatus = ServiceStatus.ACTIVE
    codes: tuple[str, ...] = ()
    """Open Eligibility codes, such as `108-07-07`, sorted."""
    areas: tuple[str, ...] | None = None
    """Prefixes of the postcodes it serves, as `postcode_key` writes them; `EVERYWHERE` for all."""
    languages: frozenset[str] | None = None
    """Primary language subtags, such as `es`."""
    minimum_age: float | None = None
    maximum_age: float | None = None
    free: bool | None = None
    """True when it costs the client nothing, or can; None when the directory does not say."""
    lowest_cost: Decimal | None = None
    currency: str | None = None
    open_hours: int | None = None
    """When it is open in any way, as a mask of the week."""
    in_person_hours: int | None = None
    remote_hours: int | None = None
    in_person: bool | None = None
    remote: bool | None = None
    """Whether it can be used by telephone, video or online."""
    accessibility: frozenset[str] | None = None
    """What the place offers, in the words of `ClientContext.access_needs`; None when nothing is said."""
    capacity: Capacity = Capacity.UNKNOWN
    places: int | None = None
    """How many places are free, where the directory counts them."""
    assured_date: date | None = None
    """When somebody last checked the entry."""
    acknowledge_within_working_days: int | None = None
    """The service's own clock for an answer; None means the default."""
    progress_within_working_days: int | None = None
    """The service's own clock for the next word while it is at work; None means the default."""
    latitude: float | None = None
    longitude: float | None = None

    def serves(self, postcode: str | None) -> bool | None:
        """Whether it serves that postcode; None when that is not known."""
        if self.areas is None:
            return None
        if self.areas == EVERYWHERE:
            return True
        if postcode is None:
            return None
        return postcode_key(postcode).startswith(self.areas)


def postcode_key(postcode: str) -> str:
    """The postcode in capitals, with nothing but its letters and digits, so that prefixes compare."""
    return "".join(character for character in postcode.upper() if character.isalnum())


@lru_cache(maxsize=4096)
def code_and_parents(code: str) -> tuple[str, ...]:
    """The Open Eligibility code and every broader one: `108-07-07` gives itself, `108-07` and `108`."""
    parts = code.split("-")
    return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1))


def static_order(listing: Listing) -> tuple[int, int, int, UUID]:
    """Sort by what needs no client to judge: open before closed, with room before full, fresh before stale.

    Ties break on the id, so that every process keeps the same order.
    """
    assured = listing.assured_date.toordinal() if listing.assured_date else 0
    return (
        _STATUS_ORDER[listing.status],
        _CAPACITY_ORDER[listing.capacity],
        -assured,
        listing.service_id,
    )


def half_hours(weekday: int, opens: int, closes: int) -> int:
    """The mask of the half hours from `opens` to `closes` (minutes of the day) on an ISO weekday (1-7).

    Only whole half hours count. Past midnight (`closes` at or before `opens`) goes on into the next day;
    equal times mean around the clock.
    """
    if closes <= opens:
        closes += 24 * 60
    first = -(-opens // 30)
    last = closes // 30
    if last <= first:
        return 0
    start = (weekday - 1) * HALF_HOURS_PER_DAY + first
    run = (1 << (last - first)) - 1
    mask = run << start
    week = (1 << HALF_HOURS_PER_WEEK) - 1
    return (mask & week) | (mask >> HALF_HOURS_PER_WEEK)


def union(masks: Iterable[int]) -> int:
    """Open in any of these."""
    total = 0
    for mask in masks:
        total |= mask
    return total


_STATUS_ORDER = {
    ServiceStatus.ACTIVE: 0,
    ServiceStatus.TEMPORARILY_CLOSED: 1,
    ServiceStatus.INACTIVE: 2,
    ServiceStatus.DEFUNCT: 3,
}
_CAPACITY_ORDER = {Capacity.HAS: 0, Capacity.UNKNOWN: 1, Capacity.WAITLIST: 2, Capacity.NONE: 3}
