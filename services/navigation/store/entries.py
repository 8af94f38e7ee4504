"""Services of the directory, whole: as editors see them and as others are told of them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from pydantic import TypeAdapter

from services.navigation.model.editing import Correction, Entry
from services.navigation.store.directory import listing_of
from shared.db import Connection, Record

ENTRIES = """
select s.id, s.revision, s.name, s.organization_id, o.name as organization_name, s.status, s.codes, s.areas,
       s.languages, s.minimum_age, s.maximum_age, s.free, s.lowest_cost, s.currency, s.open_hours,
       s.in_person_hours, s.remote_hours, s.in_person, s.remote, s.accessibility, s.capacity, s.places,
       s.assured_date, s.latitude, s.longitude,
       coalesce(s.acknowledge_as_agreed, s.acknowledge_within_working_days) as acknowledge_within,
       s.progress_as_agreed as progress_within,
       s.source, s.changed_at, s.closed_at is not null as retired, s.closed_until, s.capacity_said_at,
       s.document, o.document ->> 'website' as organization_url,
       coalesce((select jsonb_agg(to_jsonb(c) order by c.field) from service_correction c
                 where c.service_id = s.id), '[]') as corrections,
       (select count(*) from service_report r where r.service_id = s.id and r.resolved_at is null)
           as open_reports
from service s
join organization o on o.id = s.organization_id
where s.id = any($1::uuid[])
order by s.revision, s.id
"""


async def entries(conn: Connection, service_ids: Collection[UUID]) -> list[Entry]:
    """These services as they stand; those that there are not are left out."""
    return [_entry(row) for row in await conn.fetch(ENTRIES, list(service_ids))]


def _entry(row: Record) -> Entry:
    return Entry(
        listing=listing_of(row),
        source=row["source"],
        changed_at=row["changed_at"],
        retired=row["retired"],
        closed_until=row["closed_until"],
        capacity_said_at=row["capacity_said_at"],
        document=row["document"],
        organization_url=row["organization_url"],
        corrections=tuple(_correction(found) for found in row["corrections"]),
        open_reports=row["open_reports"],
    )


_CORRECTION = TypeAdapter(Correction)


def _correction(found: dict[str, object]) -> Correction:
    return _CORRECTION.validate_python({name: found[name] for name in Correction.__slots__})


OUTBOX_LENGTH = """
select count(*) from (select from outbox limit $1) as waiting
"""


async def waiting_to_leave(conn: Connection, *, at_most: int) -> int:
    """How many events of this service are not known to be in the stream yet, counted up to `at_most`."""
    found = await conn.fetchval(OUTBOX_LENGTH, at_most)
    assert isinstance(found, int)
    return found


NEXT_UNSTATED = """
with reached as (
    select revision, service_id from directory_statement for update skip locked
)
select s.id, s.revision
from reached
cross join lateral (
    select id, revision from service s
    where (s.revision, s.id) > (reached.revision, reached.service_id)
    order by s.revision, s.id
    limit $1
) as s
order by s.revision, s.id
"""


async def next_unstated(conn: Connection, *, limit: int) -> list[tuple[UUID, int]]:
    """The services (id, revision) that changed and were not stated, oldest first.

    None while another copy is at it. Holds the place that was reached until the transaction ends.
    """
    return [(row["id"], row["revision"]) for row in await conn.fetch(NEXT_UNSTATED, limit)]


STATED = """
update directory_statement set revision = $1, service_id = $2
"""


async def stated_up_to(conn: Connection, revision: int, service_id: UUID) -> None:
    """Remember that everything up to this service of this revision was stated."""
    await conn.execute(STATED, revision, service_id)


STATED_ALONE = """
update directory_statement d
set revision = s.revision, service_id = s.id
from service s
where s.id = $1 and (s.revision, s.id) > (d.revision, d.service_id)
  and not exists (
      select from service e
      where (e.revision, e.id) > (d.revision, d.service_id) and (e.revision, e.id) < (s.revision, s.id))
"""


async def stated_alone(conn: Connection, service_id: UUID) -> None:
    """Remember that this service was stated, where it is the only one that was waiting for it."""
    await conn.execute(STATED_ALONE, service_id)
