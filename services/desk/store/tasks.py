"""One task with everything that one needs to do it."""

from __future__ import annotations

from uuid import UUID

from services.desk.model.work import Work
from shared.db import Connection

CLIENT_OF_TASK = "select client_id from task where id = $1"


async def client_of(conn: Connection, task_id: UUID) -> UUID | None:
    """Whose task it is; None when there is no such task."""
    found: UUID | None = await conn.fetchval(CLIENT_OF_TASK, task_id)
    return found


WORK = """
with it as materialized (
    select t.id, t.client_id, t.referral_id, t.assignee, t.picture,
           array(select json_array_elements_text(t.picture -> 'barrier_ids')::uuid) as barrier_ids
    from task t
    where t.id = $1
)
select json_build_object(
    'task', it.picture,
    'client', (select c.picture from client c
               where c.id in (it.client_id, p.survivor_id)
               order by c.id is distinct from p.survivor_id
               limit 1),
    'barriers', (select coalesce(json_agg(b.picture order by b.stated_at, b.id), '[]')
                 from barrier b where b.id = any(it.barrier_ids)),
    'plans', (select coalesce(json_agg(n.picture order by n.moved_at desc nulls last, n.id), '[]')
              from plan n where n.client_id = it.client_id and n.barrier_id = any(it.barrier_ids)),
    'referral', (select r.picture from referral r where r.id = it.referral_id),
    'replies', (select coalesce(json_agg(said.words), '[]')
                from (select e.data ->> 'words' as words
                      from entry e
                      where e.client_id = it.client_id and e.kind = 'reply' and e.data ->> 'words' is not null
                      order by e.occurred_at desc, e.id desc
                      limit 3) said),
    'team_id', l.team_id,
    'team_ids', coalesce(p.team_ids, array_remove(array[l.team_id], null)),
    'caretaker', l.staff_id,
    'names', (select coalesce(json_object_agg(s.id, s.name), '{}')
              from staff s
              where s.id in (it.assignee, l.staff_id, (it.picture ->> 'acknowledged_by')::uuid,
                             (it.picture -> 'handed_over' ->> 'by')::uuid)),
    'others', (select coalesce(json_agg(o.picture order by o.due_by, o.id), '[]')
               from task o
               where o.client_id = any(array(
                         select it.client_id
                         union
                         select r.client_id from one_person r where r.survivor_id = p.survivor_id))
                 and o.id <> it.id and o.status in ('open', 'claimed', 'in_progress'))
)::text
from it
left join one_person p on p.client_id = it.client_id
left join lateral who_looks_after(it.client_id) l on true
"""


async def work(conn: Connection, task_id: UUID) -> Work | None:
    """A task, the client, their words, barriers, plans and the referral that it is about."""
    text = await conn.fetchval(WORK, task_id)
    return Work.model_validate_json(text) if text else None
