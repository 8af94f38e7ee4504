"""Everything that a client's sheet is composed of, from the desk's own picture."""

from __future__ import annotations

from uuid import UUID

from services.desk.model.pictures import (
    BarrierPicture,
    ClientPicture,
    PlanPicture,
    ReferralPicture,
    TaskPicture,
)
from services.desk.model.sheet import Known
from shared.db import Connection

SHEET_CLIENT = "select picture::text from client where id = $1"


async def known(conn: Connection, client_id: UUID) -> Known | None:
    """What is known of a client; None while nothing is."""
    picture = await conn.fetchval(SHEET_CLIENT, client_id)
    if picture is None:
        return None
    return Known(
        client=ClientPicture.model_validate_json(picture),
        barriers=await _barriers(conn, client_id),
        plans=await _plans(conn, client_id),
        tasks=await _tasks(conn, client_id),
        referrals=await _referrals(conn, client_id),
    )


SHEET_BARRIERS = """
select picture::text as picture from barrier where client_id = $1 order by stated_at, id limit 100
"""


async def _barriers(conn: Connection, client_id: UUID) -> tuple[BarrierPicture, ...]:
    rows = await conn.fetch(SHEET_BARRIERS, client_id)
    return tuple(BarrierPicture.model_validate_json(row["picture"]) for row in rows)


SHEET_PLANS = "select picture::text as picture from plan where client_id = $1 order by id limit 100"


async def _plans(conn: Connection, client_id: UUID) -> tuple[PlanPicture, ...]:
    rows = await conn.fetch(SHEET_PLANS, client_id)
    return tuple(PlanPicture.model_validate_json(row["picture"]) for row in rows)


SHEET_TASKS = """
select picture::text as picture
from task
where client_id = $1 and status in ('open', 'claimed', 'in_progress')
order by due_by nulls last, id
limit 30
"""


async def _tasks(conn: Connection, client_id: UUID) -> tuple[TaskPicture, ...]:
    rows = await conn.fetch(SHEET_TASKS, client_id)
    return tuple(TaskPicture.model_validate_json(row["picture"]) for row in rows)


SHEET_REFERRALS = """
select picture::text as picture from referral where client_id = $1 order by drafted_at, id limit 100
"""


async def _referrals(conn: Connection, client_id: UUID) -> tuple[ReferralPicture, ...]:
    rows = await conn.fetch(SHEET_REFERRALS, client_id)
    return tuple(ReferralPicture.model_validate_json(row["picture"]) for row in rows)
