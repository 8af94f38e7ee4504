"""Who may see a client, and who has broken the glass. All times are real."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.desk.model.glass import Glass, GlassSeen, Standing
from services.desk.model.staff import Assigned
from shared.db import Connection, Record

STANDINGS = """
select u.id as client_id, c.version, c.team_id, c.staff_id,
       coalesce(o.team_ids, array_remove(array[c.team_id], null)) as team_ids,
       (select g.id from glass g
        where g.client_id = u.id and g.staff_id = $2 and g.ends_at > $3
        order by g.ends_at desc limit 1) as glass_id,
       exists (
           select from one_person r join caseload k on k.client_id = r.client_id
           where r.survivor_id = o.survivor_id
             and not exists (
                 select from glass g
                 where g.client_id = r.client_id and g.staff_id = $2 and g.ends_at > $3)) as partly
from unnest($1::uuid[]) as u (id)
left join caseload c on c.client_id = u.id
left join one_person o on o.client_id = u.id
"""


async def standings(
    conn: Connection, client_ids: Collection[UUID], *, staff_id: UUID, now: datetime
) -> list[Standing]:
    """Where somebody stands with each of these clients."""
    return [
        Standing(
            client_id=row["client_id"],
            assigned=Assigned(
                client_id=row["client_id"],
                version=row["version"],
                team_id=row["team_id"],
                staff_id=row["staff_id"],
            )
            if row["team_id"] is not None
            else None,
            team_ids=frozenset(row["team_ids"]),
            glass_id=row["glass_id"],
            partly=row["partly"],
        )
        for row in await conn.fetch(STANDINGS, list(client_ids), staff_id, now)
    ]


INSERT_GLASS = """
insert into glass (id, client_id, team_id, staff_id, reason, broken_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""


async def insert(conn: Connection, glass: Glass) -> None:
    """Write down that the glass was broken."""
    await conn.execute(
        INSERT_GLASS,
        glass.id,
        glass.client_id,
        glass.team_id,
        glass.staff_id,
        glass.reason,
        glass.broken_at,
        glass.ends_at,
    )


ACKNOWLEDGE_GLASS = """
update glass
set acknowledged_at = coalesce(acknowledged_at, $4), acknowledged_by = coalesce(acknowledged_by, $2)
where id = $1 and team_id = any($3::uuid[])
"""


async def acknowledge(
    conn: Connection, glass_id: UUID, *, staff_id: UUID, team_ids: Collection[UUID], now: datetime
) -> bool:
    """Say who saw it first; whether it is of one of these teams."""
    done = await conn.execute(ACKNOWLEDGE_GLASS, glass_id, staff_id, list(team_ids), now)
    return str(done).endswith(" 1")


GLASS_OF_TEAMS = """
select g.id, g.client_id, g.team_id, g.staff_id, g.reason, g.broken_at, g.ends_at, g.acknowledged_at,
       g.acknowledged_by, s.name as staff_name, k.name as acknowledged_name, c.full_name as client_name,
       t.name as team_name
from glass g
join staff s on s.id = g.staff_id
join team t on t.id = g.team_id
left join staff k on k.id = g.acknowledged_by
left join client c on c.id = g.client_id
where g.team_id = any($1::uuid[])
order by g.acknowledged_at is not null, g.broken_at desc, g.id desc
limit $2
"""


async def of_teams(conn: Connection, team_ids: Collection[UUID], *, most: int) -> list[GlassSeen]:
    """Where the glass was broken to clients of these teams: first what nobody has read, then the latest."""
    return [
        GlassSeen(
            glass=_glass(row),
            staff_name=row["staff_name"],
            client_name=row["client_name"] or "",
            team_name=row["team_name"],
            acknowledged_name=row["acknowledged_name"] or "",
        )
        for row in await conn.fetch(GLASS_OF_TEAMS, list(team_ids), most)
    ]


def _glass(row: Record) -> Glass:
    return Glass(
        id=row["id"],
        client_id=row["client_id"],
        team_id=row["team_id"],
        staff_id=row["staff_id"],
        reason=row["reason"],
        broken_at=row["broken_at"],
        ends_at=row["ends_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
    )
