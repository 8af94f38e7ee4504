"""The directory as matching reads it: its revision, and the services that changed since one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from functools import lru_cache
from sys import intern
from uuid import UUID

from contracts.terms import Capacity, ServiceStatus
from services.navigation.model.directory import Listing
from shared.db import Connection, Record

CURRENT_REVISION = """
select revision from directory
"""


async def current_revision(conn: Connection) -> int:
    """The directory's revision: grows by one with every change that was committed."""
    revision = await conn.fetchval(CURRENT_REVISION)
    assert isinstance(revision, int)
    return revision


LISTINGS_SINCE = """
select s.id, s.revision, s.name, s.organization_id, o.name as organization_name, s.status, s.codes, s.areas,
       s.languages, s.minimum_age, s.maximum_age, s.free, s.lowest_cost, s.currency, s.open_hours,
       s.in_person_hours, s.remote_hours, s.in_person, s.remote, s.accessibility, s.capacity, s.places,
       s.assured_date, s.latitude, s.longitude,
       coalesce(s.acknowledge_as_agreed, s.acknowledge_within_working_days) as acknowledge_within,
       s.progress_as_agreed as progress_within
from service s
join organization o on o.id = s.organization_id
where (s.revision, s.id) > ($1, $2)
order by s.revision, s.id
limit $3
"""


async def listings_since(conn: Connection, revision: int, *, rows: int = 500) -> AsyncIterator[list[Listing]]:
    """Yield the services that changed after that revision, in pages of `rows`, closed ones included."""
    # The highest id there is: what changed at that very revision has been seen.
    at, last = revision, UUID(int=2**128 - 1)
    while page := await conn.fetch(LISTINGS_SINCE, at, last, rows):
        yield [listing_of(row) for row in page]
        at, last = page[-1]["revision"], page[-1]["id"]


def listing_of(row: Record) -> Listing:
    """Read a row that has a service's columns, its organisation's name and its clocks."""
    return Listing(
        service_id=row["id"],
        service_name=row["name"],
        organization_id=row["organization_id"],
        organization_name=intern(row["organization_name"]),
        revision=row["revision"],
        status=_STATUSES[row["status"]],
        codes=_shared(tuple(row["codes"])),
        areas=None if row["areas"] is None else _shared(tuple(row["areas"])),
        languages=_words(row["languages"]),
        minimum_age=row["minimum_age"],
        maximum_age=row["maximum_age"],
        free=row["free"],
        lowest_cost=row["lowest_cost"],
        currency=row["currency"],
        open_hours=_mask(row["open_hours"]),
        in_person_hours=_mask(row["in_person_hours"]),
        remote_hours=_mask(row["remote_hours"]),
        in_person=row["in_person"],
        remote=row["remote"],
        accessibility=_words(row["accessibility"]),
        capacity=_CAPACITIES[row["capacity"]],
        places=row["places"],
        assured_date=row["assured_date"],
        acknowledge_within_working_days=row["acknowledge_within"],
        progress_within_working_days=row["progress_within"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )


_STATUSES = {status.value: status for status in ServiceStatus}
_CAPACITIES = {capacity.value: capacity for capacity in Capacity}


@lru_cache(maxsize=100_000)
def _shared(words: tuple[str, ...]) -> tuple[str, ...]:
    """One tuple for all who have the same, as memory is kept for long."""
    return tuple(map(intern, words))


@lru_cache(maxsize=100_000)
def _shared_set(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_shared(words))


def _words(words: list[str] | None) -> frozenset[str] | None:
    return None if words is None else _shared_set(tuple(words))


def _mask(stored: bytes | None) -> int | None:
    return None if stored is None else int.from_bytes(stored, "big")


SET_CAPACITY = """
with known as (
    select id, capacity, places from service where id = $1
), next as (
    update directory set revision = revision + 1
    where exists (select from known where capacity <> $2 or places is distinct from $3)
    returning revision
), said as (
    update service s
    set capacity = $2, places = $3, capacity_said_at = $4, revision = next.revision, changed_at = $4
    from next
    where s.id = $1
)
select exists (select from known)
"""


async def set_capacity(
    conn: Connection, service_id: UUID, *, capacity: Capacity, places: int | None, now: datetime
) -> bool:
    """Keep what was said of a service's capacity, until its source says something new; False when unknown.

    Locks the directory until the transaction ends, if anything changes.
    """
    known = await conn.fetchval(SET_CAPACITY, service_id, capacity.value, places, now)
    return known is True


SET_CLOCKS = """
with known as (
    select id, acknowledge_as_agreed, progress_as_agreed from service where id = $1
), next as (
    update directory set revision = revision + 1
    where exists (
        select from known
        where acknowledge_as_agreed is distinct from $2 or progress_as_agreed is distinct from $3
    )
    returning revision
), agreed as (
    update service s
    set acknowledge_as_agreed = $2, progress_as_agreed = $3, revision = next.revision, changed_at = $4
    from next
    where s.id = $1
)
select exists (select from known)
"""


async def set_clocks(
    conn: Connection,
    service_id: UUID,
    *,
    acknowledge_days: int | None,
    progress_days: int | None,
    now: datetime,
) -> bool:
    """Keep in how many working days a service answers and moves on; False when there is no such service.

    None leaves it to the directory that the service came from, or to the default. Locks the directory until
    the transaction ends, if anything changes.
    """
    known = await conn.fetchval(SET_CLOCKS, service_id, acknowledge_days, progress_days, now)
    return known is True
