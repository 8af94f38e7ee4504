"""Everything that happened with a client, in order, and why each thing is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from services.desk.model.clients import Cause
from services.desk.model.entries import Entry, Kind
from services.desk.store.entries import entry_of
from shared.db import Connection

# Each record is read along its index, however many a person has.
TIMELINE = """
select e.id, e.type, e.kind, e.subject_id, e.client_id, e.version, e.occurred_at, e.correlation_id,
       e.causation_id, e.data::text as data
from unnest($1::uuid[]) as r (id)
cross join lateral (
    select id, type, kind, subject_id, client_id, version, occurred_at, correlation_id, causation_id, data
    from entry
    where client_id = r.id
      and ($2::text[] is null or type = any($2::text[]))
      and ($3::timestamptz is null or (occurred_at, id) < ($3::timestamptz, $4::uuid))
    order by occurred_at desc, id desc
    limit $5
) e
order by e.occurred_at desc, e.id desc
limit $5
"""


async def of_client(
    conn: Connection,
    records: Collection[UUID],
    *,
    types: Collection[str] | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[Entry]:
    """What happened, the latest first; of these types only, where any are named."""
    rows = await conn.fetch(
        TIMELINE,
        list(records),
        None if types is None else list(types),
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [entry_of(row) for row in rows]


# A cause is always of the same person; nothing of anybody else can come into a chain, whatever an event says.
WHY = """
with recursive cause as (
    select id, type, kind, subject_id, client_id, version, occurred_at, correlation_id, causation_id,
           data, 0 as steps
    from entry
    where id = $2 and client_id = any($1::uuid[])
    union all
    select e.id, e.type, e.kind, e.subject_id, e.client_id, e.version, e.occurred_at, e.correlation_id,
           e.causation_id, e.data, c.steps + 1
    from cause c join entry e on e.id = c.causation_id
    where e.client_id = any($1) and c.steps < $3
)
select 'chain' as place, steps, id, type, kind, subject_id, client_id, version, occurred_at, correlation_id,
       causation_id, data::text as data
from cause
union all
(select case when e.causation_id = $2 then 'led_to' else 'beside' end, 0, e.id, e.type, e.kind, e.subject_id,
        e.client_id, e.version, e.occurred_at, e.correlation_id, e.causation_id, e.data::text
 from entry e
 where e.causation_id in (select id from cause where steps <= 1) and e.client_id = any($1) and e.id <> $2
   and not exists (select from cause where cause.id = e.id)
 order by e.occurred_at, e.id
 limit $4)
"""
MOST_STEPS = 40
MOST_BESIDE = 60


async def why(conn: Connection, records: Collection[UUID], entry_id: UUID) -> Cause | None:
    """The chain of causes that leads to something, and what else came of it; None where there is none."""
    rows = await conn.fetch(WHY, list(records), entry_id, MOST_STEPS, MOST_BESIDE)
    found: dict[str, list[tuple[int, Entry]]] = {"chain": [], "led_to": [], "beside": []}
    for row in rows:
        found[row["place"]].append((row["steps"], entry_of(row)))
    if not found["chain"]:
        return None
    chain = sorted(found["chain"], key=lambda one: one[0], reverse=True)
    return Cause(
        chain=tuple(entry for _, entry in chain),
        led_to=tuple(entry for _, entry in found["led_to"]),
        beside=tuple(entry for _, entry in found["beside"]),
    )


FIRST_ENTRIES = """
select distinct on (kind, subject_id) kind, subject_id, id
from entry
where client_id = any($1::uuid[]) and (kind, subject_id) in (select * from unnest($2::text[], $3::uuid[]))
order by kind, subject_id, occurred_at, version, id
"""


async def beginnings(
    conn: Connection, records: Collection[UUID], subjects: Collection[tuple[Kind, UUID]]
) -> Mapping[UUID, UUID]:
    """With which entry each of these things began, by the thing: where "why is this here?" leads."""
    rows = await conn.fetch(
        FIRST_ENTRIES,
        list(records),
        [kind.value for kind, _ in subjects],
        [subject_id for _, subject_id in subjects],
    )
    return {row["subject_id"]: row["id"] for row in rows}
