"""Everything that was stated, as it came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from contracts.registry import event_for
from services.desk.model.entries import Entry, Kind, Place
from shared.db import Connection, Record

LOCK_PEOPLE = "select pg_advisory_xact_lock_shared(hashtextextended('desk people', 0))"
LOCK_PEOPLE_ALONE = "select pg_advisory_xact_lock(hashtextextended('desk people', 0))"
LOCK_CLIENTS = """
select pg_advisory_xact_lock(hashtextextended('desk client ' || id, 0))
from (
    select id from unnest($1::uuid[]) as u (id)
    union
    select r.client_id
    from one_person o join one_person r on r.survivor_id = o.survivor_id
    where o.client_id = any($1)
    order by id
) as client
"""


async def lock_clients(conn: Connection, client_ids: Iterable[UUID], *, joining: bool = False) -> None:
    """Let nobody else fold anything of these clients, or services, until the transaction ends.

    The other records of the same people are locked as well. `joining`: which records are one person's may
    change, so that nobody else locks any client in the meantime.
    """
    # A statement of its own: the next one has to see what whoever held it has written.
    await conn.execute(LOCK_PEOPLE_ALONE if joining else LOCK_PEOPLE)
    await conn.execute(LOCK_CLIENTS, list(client_ids))


INSERT_ENTRIES = """
insert into entry (id, type, kind, subject_id, client_id, version, occurred_at, correlation_id,
                   causation_id, data)
select u.id, u.type, u.kind, u.subject_id, u.client_id, u.version, u.occurred_at, u.correlation_id,
       u.causation_id, u.data::json
from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::integer[], $7::timestamptz[],
            $8::uuid[], $9::uuid[], $10::text[])
    as u (id, type, kind, subject_id, client_id, version, occurred_at, correlation_id, causation_id, data)
on conflict (id) do update
set kind = excluded.kind, subject_id = excluded.subject_id, client_id = excluded.client_id,
    version = excluded.version, data = excluded.data
"""


async def insert(conn: Connection, entries: Sequence[Entry]) -> None:
    """Keep what was stated. What is kept already is kept once, in the place where it belongs today."""
    await conn.execute(
        INSERT_ENTRIES,
        [one.id for one in entries],
        [one.event.subject for one in entries],
        [one.place.kind.value for one in entries],
        [one.place.subject_id for one in entries],
        [one.client_id for one in entries],
        [one.place.version for one in entries],
        [one.occurred_at for one in entries],
        [one.correlation_id for one in entries],
        [one.causation_id for one in entries],
        [one.event.model_dump_json() for one in entries],
    )


ENTRIES_ABOUT = """
select e.id, e.type, e.kind, e.subject_id, e.client_id, e.version, e.occurred_at, e.correlation_id,
       e.causation_id, e.data::text as data
from unnest($1::text[], $2::uuid[]) as u (kind, subject_id)
join entry e on e.kind = u.kind and e.subject_id = u.subject_id
"""


async def about(
    conn: Connection, subjects: Collection[tuple[Kind, UUID]]
) -> dict[tuple[Kind, UUID], list[Entry]]:
    """Everything that was stated about each of these things, in no order."""
    rows = await conn.fetch(
        ENTRIES_ABOUT, [kind.value for kind, _ in subjects], [subject_id for _, subject_id in subjects]
    )
    found: dict[tuple[Kind, UUID], list[Entry]] = {subject: [] for subject in subjects}
    for row in rows:
        entry = entry_of(row)
        found[entry.place.kind, entry.place.subject_id].append(entry)
    return found


SUBJECTS_AFTER = """
select kind, subject_id, array_agg(distinct client_id) filter (where client_id is not null) as client_ids
from (
    select e.kind, e.subject_id, e.client_id from entry e
    join (
        select distinct kind, subject_id from entry
        where (kind, subject_id) > ($1::text, $2::uuid)
        order by kind, subject_id
        limit $3
    ) next using (kind, subject_id)
) of_them
group by kind, subject_id
order by kind, subject_id
"""


async def subjects_after(
    conn: Connection, kind: str, subject_id: UUID, *, limit: int
) -> list[tuple[Kind, UUID, list[UUID]]]:
    """The next things that anything was stated about, with their clients; empty at the end."""
    rows = await conn.fetch(SUBJECTS_AFTER, kind, subject_id, limit)
    return [(Kind(row["kind"]), row["subject_id"], row["client_ids"] or []) for row in rows]


COUNT_SUBJECTS = "select count(*) from (select distinct kind, subject_id from entry) of_them"


async def count_subjects(conn: Connection) -> int:
    """Of how many things anything was stated."""
    return int(await conn.fetchval(COUNT_SUBJECTS))


ARRIVED = "select count(*) from entry where id = any($1::uuid[])"


async def have_arrived(conn: Connection, event_ids: Collection[UUID]) -> bool:
    """Whether all of these events have been taken in."""
    return int(await conn.fetchval(ARRIVED, list(event_ids))) == len(set(event_ids))


def entry_of(row: Record) -> Entry:
    """An entry as it is kept."""
    return Entry(
        id=row["id"],
        place=Place(Kind(row["kind"]), row["subject_id"], row["version"]),
        client_id=row["client_id"],
        occurred_at=row["occurred_at"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        event=event_for(row["type"]).model_validate_json(row["data"]),
    )
