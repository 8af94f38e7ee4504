"""Which team a client belongs to, and who of it looks after them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from contracts.events.desk import ClientAssigned
from services.desk.model.entries import Entry
from services.desk.model.staff import Assigned, Care
from shared.db import Connection

TAKE_IN_CASELOAD = """
insert into caseload (client_id, version, team_id, staff_id, assigned_at, assigned_by)
select distinct on (u.client_id) u.client_id, u.version, u.team_id, u.staff_id, u.assigned_at, u.assigned_by
from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::uuid[])
    as u (client_id, version, team_id, staff_id, assigned_at, assigned_by)
where exists (select from team t where t.id = u.team_id)
order by u.client_id, u.version desc
on conflict (client_id) do update
set version = excluded.version, team_id = excluded.team_id, staff_id = excluded.staff_id,
    assigned_at = excluded.assigned_at, assigned_by = excluded.assigned_by
where caseload.version < excluded.version
"""


async def take_in(conn: Connection, assigned: Sequence[Entry]) -> None:
    """Keep who looks after whom by the highest version; `hand_on` brings it to their tasks and referrals."""
    events = [one.event for one in assigned if isinstance(one.event, ClientAssigned)]
    if not events:
        return
    await conn.execute(
        TAKE_IN_CASELOAD,
        [one.client_id for one in events],
        [one.version for one in events],
        [one.team_id for one in events],
        [one.staff_id for one in events],
        [one.assigned_at for one in events],
        [one.by for one in events],
    )


HAND_ON = """
with found as materialized (
    select u.id, w.team_id, w.staff_id
    from unnest($1::uuid[]) as u (id)
    left join lateral who_looks_after(u.id) w on true
),
tasks as (
    update task t set team_id = f.team_id, caretaker = f.staff_id from found f where t.client_id = f.id
)
update referral r set team_id = f.team_id, caretaker = f.staff_id from found f where r.client_id = f.id
"""


async def hand_on(conn: Connection, client_ids: Collection[UUID]) -> None:
    """Let the tasks and referrals of these clients be of who looks after them now."""
    await conn.execute(HAND_ON, list(client_ids))


ASSIGNED = """
select client_id, version, team_id, staff_id from caseload where client_id = any($1::uuid[])
"""


async def assigned(conn: Connection, client_ids: Collection[UUID]) -> dict[UUID, Assigned]:
    """Who looks after these clients; who waits for a team is left out."""
    return {
        row["client_id"]: Assigned(
            client_id=row["client_id"],
            version=row["version"],
            team_id=row["team_id"],
            staff_id=row["staff_id"],
        )
        for row in await conn.fetch(ASSIGNED, list(client_ids))
    }


WHO_LOOKS_AFTER = "select team_id, staff_id from who_looks_after($1)"


async def who_looks_after(conn: Connection, client_id: UUID) -> Care | None:
    """Who looks after a record: as is said of it, else of another one of that person; None: nobody."""
    row = await conn.fetchrow(WHO_LOOKS_AFTER, client_id)
    return None if row is None else Care(team_id=row["team_id"], staff_id=row["staff_id"])


TEAMS_OF = """
select u.id, coalesce(o.team_ids, array_remove(array[c.team_id], null)) as team_ids
from unnest($1::uuid[]) as u (id)
left join caseload c on c.client_id = u.id
left join one_person o on o.client_id = u.id
"""


async def teams_of(conn: Connection, client_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The teams of all records of the people whom these records are of; none while they wait for one."""
    rows = await conn.fetch(TEAMS_OF, list(client_ids))
    return {row["id"]: frozenset(row["team_ids"]) for row in rows}


LISTS_AMONG = """
select s.id, exists (
    select from team_member m where m.staff_id = s.id and m.team_id = any($2::uuid[])) as ours
from staff s
where s.id = any($1::uuid[])
union all
select t.id, t.id = any($2) from team t where t.id = any($1)
"""


async def lists_among(
    conn: Connection, ids: Collection[UUID], *, teams: Collection[UUID]
) -> dict[UUID, bool]:
    """Which of these are staff or teams, and whether they are of these teams. What is left are clients."""
    return {row["id"]: row["ours"] for row in await conn.fetch(LISTS_AMONG, list(ids), list(teams))}
