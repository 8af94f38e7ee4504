"""Which records are one person's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.desk.model.clients import OfOnePerson, Person
from shared.db import Connection

PERSON = """
select coalesce(s.id, $1) as shown,
       array(select r.client_id from one_person r where r.survivor_id = o.survivor_id) as records
from (select $1::uuid as id) asked
left join one_person o on o.client_id = asked.id
left join client s on s.id = o.survivor_id
"""


async def person(conn: Connection, client_id: UUID) -> Person:
    """The person whom a record is of. While the one that stands for them has not come, it is shown itself."""
    row = await conn.fetchrow(PERSON, client_id)
    if row is None:
        return Person(shown=client_id, records=frozenset({client_id}))
    return Person(shown=row["shown"], records=frozenset({client_id, *row["records"]}))


RECORDS = """
select r.client_id
from one_person o join one_person r on r.survivor_id = o.survivor_id
where o.client_id = any($1::uuid[])
"""


async def records(conn: Connection, client_ids: Collection[UUID]) -> frozenset[UUID]:
    """Every record of the people whom these records are of, themselves included."""
    rows = await conn.fetch(RECORDS, list(client_ids))
    return frozenset(client_ids) | {row["client_id"] for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Records that are tied to one another by what they were merged into, and to which team each belongs."""

    into: Mapping[UUID, UUID | None]
    teams: Mapping[UUID, UUID]


LINKED = """
with recursive linked as (
    select id from unnest($1::uuid[]) as u (id)
    union
    select n.id
    from linked l
    cross join lateral (
        select c.id from client c where c.merged_into = l.id
        union all
        select c.merged_into from client c where c.id = l.id and c.merged_into is not null
    ) n
)
select l.id, c.merged_into, k.team_id
from linked l
left join client c on c.id = l.id
left join caseload k on k.client_id = l.id
"""


async def linked(conn: Connection, client_ids: Collection[UUID]) -> Linked:
    """These records and all that are tied to them, over however many merges."""
    rows = await conn.fetch(LINKED, list(client_ids))
    return Linked(
        into={row["id"]: row["merged_into"] for row in rows},
        teams={row["id"]: row["team_id"] for row in rows if row["team_id"] is not None},
    )


SAVE_PEOPLE = """
with gone as (
    delete from one_person where client_id = any($1::uuid[]) and client_id <> all($2::uuid[])
)
insert into one_person (client_id, survivor_id, team_ids)
select u.client_id, u.survivor_id,
       array(select team_id from unnest($4::uuid[], $5::uuid[]) as t (client_id, team_id)
             where t.client_id = u.client_id order by team_id)
from unnest($2::uuid[], $3::uuid[]) as u (client_id, survivor_id)
on conflict (client_id) do update set survivor_id = excluded.survivor_id, team_ids = excluded.team_ids
"""


async def save(conn: Connection, looked_at: Collection[UUID], found: Collection[OfOnePerson]) -> None:
    """Write which of the records that were looked at share a person; the others stand by themselves."""
    teams = [(one.client_id, team_id) for one in found for team_id in one.team_ids]
    await conn.execute(
        SAVE_PEOPLE,
        list(looked_at),
        [one.client_id for one in found],
        [one.survivor_id for one in found],
        [client_id for client_id, _ in teams],
        [team_id for _, team_id in teams],
    )
