"""Lists of what there is to do. Each is counted and read in one statement, so that the two always agree."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from services.desk.model.lists import Asked, Board, TaskNow
from shared.db import Connection

BOARD = """
with seen as materialized (
    select t.id, t.kind, t.rank, t.due_by, coalesce(t.assignee, t.caretaker) as owner,
           t.escalated_at is not null and t.acknowledged_at is null as too_long,
           case when t.due_by < $6 or t.rank <= 1 then 0 when t.due_from <= $5 then 1 else 2 end as turn
    from task t
    where $1::uuid is null and t.team_id = any($2::uuid[]) and t.status in ('open', 'claimed', 'in_progress')
      and ($4::uuid[] is null or t.client_id = any($4))
      and (not $3::boolean or coalesce(t.assignee, t.caretaker) is null)
    union all
    -- Of people with several teams a task is on the list of one, and is seen by the others as well.
    select t.id, t.kind, t.rank, t.due_by, coalesce(t.assignee, t.caretaker),
           t.escalated_at is not null and t.acknowledged_at is null,
           case when t.due_by < $6 or t.rank <= 1 then 0 when t.due_from <= $5 then 1 else 2 end
    from one_person o
    join task t on t.client_id = o.client_id
    where $1 is null and cardinality(o.team_ids) > 1 and o.team_ids && $2
      and t.team_id <> all($2) and t.status in ('open', 'claimed', 'in_progress')
      and ($4::uuid[] is null or t.client_id = any($4))
      and (not $3 or coalesce(t.assignee, t.caretaker) is null)
    union all
    select t.id, t.kind, t.rank, t.due_by, coalesce(t.assignee, t.caretaker),
           t.escalated_at is not null and t.acknowledged_at is null,
           case when t.due_by < $6 or t.rank <= 1 then 0 when t.due_from <= $5 then 1 else 2 end
    from task t
    where coalesce(t.assignee, t.caretaker) = $1 and t.status in ('open', 'claimed', 'in_progress')
      and (t.team_id = any($2) or exists (
          select from one_person o where o.client_id = t.client_id and o.team_ids && $2))
      and ($4::uuid[] is null or t.client_id = any($4))
),
counted as (
    select turn, kind, too_long, count(*) as number from seen group by turn, kind, too_long
),
matching as (
    select id, owner, turn, rank, due_by
    from seen
    where ($7::integer is null or turn = $7) and ($8::text[] is null or kind = any($8))
      and (not $9::boolean or too_long)
),
page as (
    select id, owner, turn, rank, due_by
    from matching
    where $10::integer is null
       or (turn, rank, due_by, id) > ($10, $11::integer, $12::timestamptz, $13::uuid)
    order by turn, rank, due_by, id
    limit $14
),
told as (
    select c.turn, c.rank, c.due_by, c.owner, t.picture as task, p.full_name as client_name,
           p.time_zone, b.picture ->> 'words' as words, b.category, s.name as owner_name,
           h.name as handed_by_name, p.id as person_id
    from page c
    join task t on t.id = c.id
    left join one_person o on o.client_id = t.client_id
    left join client v on v.id = o.survivor_id
    left join client p on p.id = coalesce(v.id, t.client_id)
    left join barrier b on b.id = (t.picture -> 'barrier_ids' ->> 0)::uuid
    left join staff s on s.id = c.owner
    left join staff h on h.id = (t.picture -> 'handed_over' ->> 'by')::uuid
)
select json_build_object(
    'counts', (select coalesce(json_agg(counted), '[]') from counted),
    'rows', (select coalesce(json_agg(json_build_object(
                'turn', turn, 'rank', rank, 'task', task,
                'client_name', coalesce(client_name, ''), 'time_zone', time_zone, 'words', words,
                'category', category, 'owner', owner, 'owner_name', owner_name,
                'handed_by_name', handed_by_name, 'person_id', person_id)
                order by turn, rank, due_by, task ->> 'id'), '[]') from told),
    'position', (select coalesce(max(position), 0) from pulse where topic = any($15::uuid[]))
)::text
"""


async def board(conn: Connection, asked: Asked, *, now: datetime, tomorrow: datetime) -> Board:
    """A part of a list as it stands at this moment, with the counts of all of it."""
    after = asked.after
    text = await conn.fetchval(
        BOARD,
        asked.person,
        list(asked.teams),
        asked.nobodys,
        None if asked.records is None else list(asked.records),
        now,
        tomorrow,
        asked.turn,
        None if asked.kinds is None else [kind.value for kind in asked.kinds],
        asked.waited_too_long,
        None if after is None else after.turn,
        None if after is None else after.rank,
        None if after is None else after.due_by,
        None if after is None else after.id,
        asked.limit + 1,
        list(asked.topics),
    )
    return Board.model_validate_json(text)


STANDING = """
select json_agg(json_build_object('task', t.picture, 'client_name', coalesce(p.full_name, ''),
                                  'by_name', s.name,
                                  'team_ids', coalesce(o.team_ids, array[t.team_id])))::text
from task t
left join one_person o on o.client_id = t.client_id
left join client v on v.id = o.survivor_id
left join client p on p.id = coalesce(v.id, t.client_id)
left join staff s on s.id = t.assignee
where t.id = any($1::uuid[])
  and (t.team_id = any($2::uuid[]) or o.team_ids && $2)
"""
_STANDING = TypeAdapter(tuple[TaskNow, ...])


async def standing(
    conn: Connection, task_ids: Collection[UUID], *, teams: Collection[UUID]
) -> tuple[TaskNow, ...]:
    """How these tasks stand, so far as they are of clients of these teams."""
    text = await conn.fetchval(STANDING, list(task_ids), list(teams))
    return _STANDING.validate_json(text) if text else ()
