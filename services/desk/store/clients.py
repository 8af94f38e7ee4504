"""A client and everything of theirs, as it stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.desk.model.clients import Looked
from services.desk.model.pictures import (
    BarrierPicture,
    ClientPicture,
    MessagePicture,
    PlanPicture,
    ReferralPicture,
    StepPicture,
    TaskPicture,
)
from shared.db import Connection

MOST = 200
"""How much of one kind is shown of one client; nobody has so much of it."""

LOOK_AT_CLIENT = """
select c.picture::text as picture, l.team_id, t.name as team_name, l.staff_id, s.name as staff_name,
       (select count(*) from barrier b
        where b.client_id = c.id and b.status not in ('eased', 'withdrawn')) as way,
       (select count(*) from referral r
        where r.client_id = c.id
          and r.status in ('draft', 'requested', 'accepted', 'in-progress', 'on-hold')) as referrals,
       (select count(*) from message m where m.client_id = c.id) as messages,
       array(
           with recursive theirs as (
               select c.id
               union
               select m.id from client m join theirs t on m.merged_into = t.id
           )
           select id from theirs
       ) as records
from client c
left join caseload l on l.client_id = c.id
left join team t on t.id = l.team_id
left join staff s on s.id = l.staff_id
where c.id = $1
"""


async def looked_at(conn: Connection, client_id: UUID) -> Looked | None:
    """A client, who looks after them, and how much there is of everything; None where there is none."""
    row = await conn.fetchrow(LOOK_AT_CLIENT, client_id)
    if row is None:
        return None
    return Looked(
        client=ClientPicture.model_validate_json(row["picture"]),
        team_id=row["team_id"],
        team_name=row["team_name"],
        staff_id=row["staff_id"],
        staff_name=row["staff_name"],
        counts={part: row[part] for part in ("way", "referrals", "messages")},
        records=frozenset(row["records"]),
    )


BARRIERS_OF_CLIENT = """
select picture::text as picture from barrier
where client_id = $1
order by status in ('eased', 'withdrawn'), stated_at desc nulls last, id desc
limit $2
"""


async def barriers(conn: Connection, client_id: UUID) -> list[BarrierPicture]:
    """What stands in a client's way, what is over last."""
    rows = await conn.fetch(BARRIERS_OF_CLIENT, client_id, MOST)
    return [BarrierPicture.model_validate_json(row["picture"]) for row in rows]


BARRIER_OF_CLIENT = "select picture::text as picture from barrier where id = $2 and client_id = $1"


async def barrier(conn: Connection, client_id: UUID, barrier_id: UUID) -> BarrierPicture | None:
    """One of a client's barriers."""
    row = await conn.fetchrow(BARRIER_OF_CLIENT, client_id, barrier_id)
    return BarrierPicture.model_validate_json(row["picture"]) if row else None


PLANS_OF_CLIENT = """
select picture::text as picture from plan
where client_id = $1
order by moved_at desc nulls last, id desc
limit $2
"""


async def plans(conn: Connection, client_id: UUID) -> list[PlanPicture]:
    """A client's plans, those that moved last first."""
    rows = await conn.fetch(PLANS_OF_CLIENT, client_id, MOST)
    return [PlanPicture.model_validate_json(row["picture"]) for row in rows]


PLAN_OF_CLIENT = "select picture::text as picture from plan where id = $2 and client_id = $1"


async def plan(conn: Connection, client_id: UUID, plan_id: UUID) -> PlanPicture | None:
    """One of a client's plans."""
    row = await conn.fetchrow(PLAN_OF_CLIENT, client_id, plan_id)
    return PlanPicture.model_validate_json(row["picture"]) if row else None


STEPS_OF_CLIENT = """
select picture::text as picture from step where client_id = $1 order by moved_at desc, id desc limit $2
"""


async def steps(conn: Connection, client_id: UUID) -> list[StepPicture]:
    """A client's small steps, those that moved last first."""
    rows = await conn.fetch(STEPS_OF_CLIENT, client_id, MOST)
    return [StepPicture.model_validate_json(row["picture"]) for row in rows]


STEP_OF_CLIENT = "select picture::text as picture from step where id = $2 and client_id = $1"


async def step(conn: Connection, client_id: UUID, step_id: UUID) -> StepPicture | None:
    """One of a client's small steps."""
    row = await conn.fetchrow(STEP_OF_CLIENT, client_id, step_id)
    return StepPicture.model_validate_json(row["picture"]) if row else None


LIVE_TASKS_OF_CLIENT = """
select t.picture::text as picture, s.name as assignee_name
from task t left join staff s on s.id = t.assignee
where t.client_id = $1 and t.status in ('open', 'claimed', 'in_progress')
order by t.due_by, t.id
limit $2
"""


async def live_tasks(conn: Connection, client_id: UUID) -> list[tuple[TaskPicture, str | None]]:
    """What there is to do for a client, in the order in which it is due, and who has it."""
    rows = await conn.fetch(LIVE_TASKS_OF_CLIENT, client_id, MOST)
    return [(TaskPicture.model_validate_json(row["picture"]), row["assignee_name"]) for row in rows]


REFERRALS_OF_CLIENT = """
select picture::text as picture from referral
where client_id = $1
order by status not in ('draft', 'requested', 'accepted', 'in-progress', 'on-hold'),
         moved_at desc nulls last, id desc
limit $2
"""


async def referrals(conn: Connection, client_id: UUID) -> list[ReferralPicture]:
    """A client's referrals, what is under way first."""
    rows = await conn.fetch(REFERRALS_OF_CLIENT, client_id, MOST)
    return [ReferralPicture.model_validate_json(row["picture"]) for row in rows]


REFERRAL_OF_CLIENT = "select picture::text as picture from referral where id = $2 and client_id = $1"


async def referral(conn: Connection, client_id: UUID, referral_id: UUID) -> ReferralPicture | None:
    """One of a client's referrals."""
    row = await conn.fetchrow(REFERRAL_OF_CLIENT, client_id, referral_id)
    return ReferralPicture.model_validate_json(row["picture"]) if row else None


MESSAGES_OF_CLIENT = """
select picture::text as picture from message
where client_id = $1
  and ($2::timestamptz is null or (due_at, id) < ($2::timestamptz, $3::uuid))
order by due_at desc, id desc
limit $4
"""


async def messages(
    conn: Connection, client_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[MessagePicture]:
    """What was, is or will be said to a client, what is due last first."""
    rows = await conn.fetch(
        MESSAGES_OF_CLIENT, client_id, after[0] if after else None, after[1] if after else None, limit
    )
    return [MessagePicture.model_validate_json(row["picture"]) for row in rows]


SENDS_KNOWN_SERVICES = """
select distinct organization_id, picture ->> 'organization_name' as organization_name
from referral where client_id = $1 and organization_id = any($2::uuid[])
"""


async def organization_names(
    conn: Connection, client_id: UUID, organization_ids: Collection[UUID]
) -> dict[UUID, str]:
    """What organisations are called that a client has had to do with; others are left out."""
    rows = await conn.fetch(SENDS_KNOWN_SERVICES, client_id, list(organization_ids))
    return {row["organization_id"]: row["organization_name"] for row in rows}
