"""A client and everything of theirs, as it stands: of all records of one person."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.desk.model.clients import Found
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
select array(select c.picture::text from client c where c.id = any($2::uuid[])) as pictures,
       l.team_id, t.name as team_name, l.staff_id, s.name as staff_name,
       (select count(*) from barrier b
        where b.client_id = any($2) and b.status not in ('eased', 'withdrawn')) as way,
       (select count(*) from referral r
        where r.client_id = any($2)
          and r.status in ('draft', 'requested', 'accepted', 'in-progress', 'on-hold')) as referrals,
       (select count(*) from message m where m.client_id = any($2)) as messages
from (select $1::uuid as id) asked
left join lateral who_looks_after(asked.id) l on true
left join team t on t.id = l.team_id
left join staff s on s.id = l.staff_id
"""


async def looked_at(conn: Connection, client_id: UUID, records: Collection[UUID]) -> Found:
    """Everything about a client's records, who looks after the first, and how much there is of everything."""
    row = await conn.fetchrow(LOOK_AT_CLIENT, client_id, list(records))
    if row is None:
        raise LookupError("a statement without a table gives one row")
    return Found(
        clients=tuple(ClientPicture.model_validate_json(one) for one in row["pictures"]),
        team_id=row["team_id"],
        team_name=row["team_name"],
        staff_id=row["staff_id"],
        staff_name=row["staff_name"],
        counts={part: row[part] for part in ("way", "referrals", "messages")},
    )


BARRIERS_OF_CLIENT = """
select picture::text as picture from barrier
where client_id = any($1::uuid[])
order by status in ('eased', 'withdrawn'), stated_at desc nulls last, id desc
limit $2
"""


async def barriers(conn: Connection, records: Collection[UUID]) -> list[BarrierPicture]:
    """What stands in a client's way, what is over last."""
    rows = await conn.fetch(BARRIERS_OF_CLIENT, list(records), MOST)
    return [BarrierPicture.model_validate_json(row["picture"]) for row in rows]


BARRIER_OF_CLIENT = (
    "select picture::text as picture from barrier where id = $2 and client_id = any($1::uuid[])"
)


async def barrier(conn: Connection, records: Collection[UUID], barrier_id: UUID) -> BarrierPicture | None:
    """One of a client's barriers."""
    row = await conn.fetchrow(BARRIER_OF_CLIENT, list(records), barrier_id)
    return BarrierPicture.model_validate_json(row["picture"]) if row else None


PLANS_OF_CLIENT = """
select picture::text as picture from plan
where client_id = any($1::uuid[])
order by moved_at desc nulls last, id desc
limit $2
"""


async def plans(conn: Connection, records: Collection[UUID]) -> list[PlanPicture]:
    """A client's plans, those that moved last first."""
    rows = await conn.fetch(PLANS_OF_CLIENT, list(records), MOST)
    return [PlanPicture.model_validate_json(row["picture"]) for row in rows]


PLAN_OF_CLIENT = """
select picture::text as picture from plan where id = $2 and client_id = any($1::uuid[])
"""


async def plan(conn: Connection, records: Collection[UUID], plan_id: UUID) -> PlanPicture | None:
    """One of a client's plans."""
    row = await conn.fetchrow(PLAN_OF_CLIENT, list(records), plan_id)
    return PlanPicture.model_validate_json(row["picture"]) if row else None


STEPS_OF_CLIENT = """
select picture::text as picture from step
where client_id = any($1::uuid[])
order by moved_at desc, id desc
limit $2
"""


async def steps(conn: Connection, records: Collection[UUID]) -> list[StepPicture]:
    """A client's small steps, those that moved last first."""
    rows = await conn.fetch(STEPS_OF_CLIENT, list(records), MOST)
    return [StepPicture.model_validate_json(row["picture"]) for row in rows]


STEP_OF_CLIENT = """
select picture::text as picture from step where id = $2 and client_id = any($1::uuid[])
"""


async def step(conn: Connection, records: Collection[UUID], step_id: UUID) -> StepPicture | None:
    """One of a client's small steps."""
    row = await conn.fetchrow(STEP_OF_CLIENT, list(records), step_id)
    return StepPicture.model_validate_json(row["picture"]) if row else None


LIVE_TASKS_OF_CLIENT = """
select t.picture::text as picture, s.name as assignee_name
from task t left join staff s on s.id = t.assignee
where t.client_id = any($1::uuid[]) and t.status in ('open', 'claimed', 'in_progress')
order by t.due_by, t.id
limit $2
"""


async def live_tasks(conn: Connection, records: Collection[UUID]) -> list[tuple[TaskPicture, str | None]]:
    """What there is to do for a client, in the order in which it is due, and who has it."""
    rows = await conn.fetch(LIVE_TASKS_OF_CLIENT, list(records), MOST)
    return [(TaskPicture.model_validate_json(row["picture"]), row["assignee_name"]) for row in rows]


REFERRALS_OF_CLIENT = """
select picture::text as picture from referral
where client_id = any($1::uuid[])
order by status not in ('draft', 'requested', 'accepted', 'in-progress', 'on-hold'),
         moved_at desc nulls last, id desc
limit $2
"""


async def referrals(conn: Connection, records: Collection[UUID]) -> list[ReferralPicture]:
    """A client's referrals, what is under way first."""
    rows = await conn.fetch(REFERRALS_OF_CLIENT, list(records), MOST)
    return [ReferralPicture.model_validate_json(row["picture"]) for row in rows]


REFERRAL_OF_CLIENT = (
    "select picture::text as picture from referral where id = $2 and client_id = any($1::uuid[])"
)


async def referral(conn: Connection, records: Collection[UUID], referral_id: UUID) -> ReferralPicture | None:
    """One of a client's referrals."""
    row = await conn.fetchrow(REFERRAL_OF_CLIENT, list(records), referral_id)
    return ReferralPicture.model_validate_json(row["picture"]) if row else None


MESSAGES_OF_CLIENT = """
select picture::text as picture from message
where client_id = any($1::uuid[])
  and ($2::timestamptz is null or (due_at, id) < ($2::timestamptz, $3::uuid))
order by due_at desc, id desc
limit $4
"""


async def messages(
    conn: Connection, records: Collection[UUID], *, after: tuple[datetime, UUID] | None, limit: int
) -> list[MessagePicture]:
    """What was, is or will be said to a client, what is due last first."""
    rows = await conn.fetch(
        MESSAGES_OF_CLIENT, list(records), after[0] if after else None, after[1] if after else None, limit
    )
    return [MessagePicture.model_validate_json(row["picture"]) for row in rows]


SENDS_KNOWN_SERVICES = """
select distinct on (organization_id) organization_id, picture ->> 'organization_name' as organization_name
from referral where client_id = any($1::uuid[]) and organization_id = any($2::uuid[])
"""


async def organization_names(
    conn: Connection, records: Collection[UUID], organization_ids: Collection[UUID]
) -> dict[UUID, str]:
    """What organisations are called that a client has had to do with; others are left out."""
    rows = await conn.fetch(SENDS_KNOWN_SERVICES, list(records), list(organization_ids))
    return {row["organization_id"]: row["organization_name"] for row in rows}
