"""Everything that a client's sheet is composed of, from the desk's own picture."""

from __future__ import annotations

from collections.abc import Collection
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

SHEET_CLIENTS = "select picture::text as picture from client where id = any($1::uuid[])"


async def clients(conn: Connection, records: Collection[UUID]) -> tuple[ClientPicture, ...]:
    """Each of these records as it stands, in no order."""
    rows = await conn.fetch(SHEET_CLIENTS, list(records))
    return tuple(ClientPicture.model_validate_json(row["picture"]) for row in rows)


async def known(conn: Connection, client: ClientPicture, records: Collection[UUID]) -> Known:
    """What is known of a client, in all of these records."""
    return Known(
        client=client,
        barriers=await _barriers(conn, records),
        plans=await _plans(conn, records),
        tasks=await _tasks(conn, records),
        referrals=await _referrals(conn, records),
    )


SHEET_BARRIERS = """
select picture::text as picture from barrier where client_id = any($1::uuid[])
order by stated_at, id
limit 100
"""


async def _barriers(conn: Connection, records: Collection[UUID]) -> tuple[BarrierPicture, ...]:
    rows = await conn.fetch(SHEET_BARRIERS, list(records))
    return tuple(BarrierPicture.model_validate_json(row["picture"]) for row in rows)


SHEET_PLANS = (
    "select picture::text as picture from plan where client_id = any($1::uuid[]) order by id limit 100"
)


async def _plans(conn: Connection, records: Collection[UUID]) -> tuple[PlanPicture, ...]:
    rows = await conn.fetch(SHEET_PLANS, list(records))
    return tuple(PlanPicture.model_validate_json(row["picture"]) for row in rows)


SHEET_TASKS = """
select picture::text as picture
from task
where client_id = any($1::uuid[]) and status in ('open', 'claimed', 'in_progress')
order by due_by nulls last, id
limit 30
"""


async def _tasks(conn: Connection, records: Collection[UUID]) -> tuple[TaskPicture, ...]:
    rows = await conn.fetch(SHEET_TASKS, list(records))
    return tuple(TaskPicture.model_validate_json(row["picture"]) for row in rows)


SHEET_REFERRALS = """
select picture::text as picture from referral where client_id = any($1::uuid[])
order by drafted_at, id
limit 100
"""


async def _referrals(conn: Connection, records: Collection[UUID]) -> tuple[ReferralPicture, ...]:
    rows = await conn.fetch(SHEET_REFERRALS, list(records))
    return tuple(ReferralPicture.model_validate_json(row["picture"]) for row in rows)
