"""Teams: who is in them, how much each has in hand, and which clients wait for somebody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from services.desk.model.team import Colleague, Load, Team, TeamClient
from shared.db import Connection

COLLEAGUES = """
select s.id, s.name, array_agg(m.team_id) as team_ids
from team_member m join staff s on s.id = m.staff_id
where m.team_id = any($1::uuid[]) and s.ended_at is null and s.roles && array['case_manager', 'supervisor']
group by s.id, s.name
order by lower(s.name), s.id
"""


async def colleagues(conn: Connection, teams: Collection[UUID]) -> tuple[Colleague, ...]:
    """Who of these teams works with clients and is still here."""
    return tuple(
        Colleague(id=row["id"], name=row["name"], team_ids=frozenset(row["team_ids"]))
        for row in await conn.fetch(COLLEAGUES, list(teams))
    )


TEAMS = "select id, name from team order by lower(name), id"


async def teams(conn: Connection) -> tuple[Team, ...]:
    """Every team."""
    return tuple(Team(id=row["id"], name=row["name"]) for row in await conn.fetch(TEAMS))


LOADS = """
with clients as (
    select staff_id, count(*) as clients from caseload where team_id = any($1::uuid[]) group by staff_id
),
tasks as (
    select coalesce(t.assignee, t.caretaker) as staff_id, count(*) as open,
           count(*) filter (where t.due_by < $2) as late,
           count(*) filter (where t.escalated_at is not null and t.acknowledged_at is null) as too_long
    from task t
    where t.team_id = any($1) and t.status in ('open', 'claimed', 'in_progress')
    group by 1
),
referrals as (
    select r.caretaker as staff_id,
           count(*) filter (where r.status = 'requested' and r.acknowledge_by < $2) as unanswered,
           count(*) filter (where r.stalled) as stalled
    from referral r
    where r.team_id = any($1) and (r.status = 'requested' or r.stalled)
    group by 1
),
people as (
    select staff_id from clients
    union
    select staff_id from tasks
    union
    select m.staff_id
    from team_member m join staff s on s.id = m.staff_id
    where m.team_id = any($1) and s.ended_at is null and s.roles && array['case_manager']
)
select p.staff_id, s.name, coalesce(c.clients, 0) as clients, coalesce(t.open, 0) as open,
       coalesce(t.late, 0) as late, coalesce(t.too_long, 0) as too_long,
       coalesce(r.unanswered, 0) as unanswered, coalesce(r.stalled, 0) as stalled
from people p
left join staff s on s.id = p.staff_id
left join clients c on c.staff_id is not distinct from p.staff_id
left join tasks t on t.staff_id is not distinct from p.staff_id
left join referrals r on r.staff_id is not distinct from p.staff_id
order by p.staff_id is null, lower(s.name), p.staff_id
"""


async def loads(conn: Connection, teams: Collection[UUID], *, now: datetime) -> tuple[Load, ...]:
    """How much each person of these teams has in hand at this moment; the last row is nobody's."""
    return tuple(
        Load(
            staff_id=row["staff_id"],
            name=row["name"],
            clients=row["clients"],
            open=row["open"],
            late=row["late"],
            too_long=row["too_long"],
            unanswered=row["unanswered"],
            stalled=row["stalled"],
        )
        for row in await conn.fetch(LOADS, list(teams), now)
    )


CLIENTS_OF_TEAMS = """
with theirs as materialized (
    select l.client_id, l.version, l.team_id, l.staff_id
    from caseload l
    where l.team_id = any($1::uuid[])
),
found as (
    select client_id, version, team_id, staff_id
    from theirs
    where ($2::uuid is null or staff_id = $2) and (not $3::boolean or staff_id is null)
      and ($4::uuid is null or client_id > $4)
    order by client_id
    limit $5
)
select json_agg(json_build_object(
    'client_id', f.client_id, 'version', f.version, 'team_id', f.team_id, 'staff_id', f.staff_id,
    'name', coalesce(c.full_name, ''), 'registered_at', c.registered_at, 'staff_name', s.name,
    'team_name', t.name,
    'open', (select count(*) from task k where k.client_id = f.client_id
             and k.status in ('open', 'claimed', 'in_progress'))) order by f.client_id)::text
from found f
join team t on t.id = f.team_id
left join client c on c.id = f.client_id
left join staff s on s.id = f.staff_id
"""
_CLIENTS = TypeAdapter(tuple[TeamClient, ...])


async def clients_of(
    conn: Connection,
    teams: Collection[UUID],
    *,
    staff_id: UUID | None,
    nobodys: bool,
    after: UUID | None,
    limit: int,
) -> tuple[TeamClient, ...]:
    """Clients of these teams, of one person or of nobody where that is asked for; one more tells of more."""
    text = await conn.fetchval(CLIENTS_OF_TEAMS, list(teams), staff_id, nobodys, after, limit + 1)
    return _CLIENTS.validate_json(text) if text else ()


CLIENTS_WITHOUT_TEAM = """
with found as (
    select w.client_id as id, c.full_name, w.registered_at
    from waiting_client w
    join client c on c.id = w.client_id
    where ($1::timestamptz is null or (w.registered_at, w.client_id) < ($1, $2::uuid))
      and not exists (
          select from one_person o
          where o.client_id = w.client_id and (o.survivor_id <> o.client_id or o.team_ids <> '{}'))
    order by w.registered_at desc, w.client_id desc
    limit $3
)
select json_agg(json_build_object(
    'client_id', f.id, 'version', 0, 'name', f.full_name, 'registered_at', f.registered_at,
    'open', (select count(*) from task k where k.client_id = f.id
             and k.status in ('open', 'claimed', 'in_progress')))
    order by f.registered_at desc, f.id desc)::text
from found f
"""


async def clients_without_team(
    conn: Connection, *, after: tuple[datetime, UUID] | None, limit: int
) -> tuple[TeamClient, ...]:
    """Clients who wait for a team, the latest first; one more tells of more."""
    at, last = after or (None, None)
    text = await conn.fetchval(CLIENTS_WITHOUT_TEAM, at, last, limit + 1)
    return _CLIENTS.validate_json(text) if text else ()


NUMBER_WITHOUT_TEAM = """
select count(*) from (
    select from waiting_client w
    where not exists (
        select from one_person o
        where o.client_id = w.client_id and (o.survivor_id <> o.client_id or o.team_ids <> '{}'))
    limit $1
) waiting
"""


async def number_without_team(conn: Connection, *, most: int) -> int:
    """How many clients wait for a team, counted no further than to `most`."""
    return int(await conn.fetchval(NUMBER_WITHOUT_TEAM, most))
