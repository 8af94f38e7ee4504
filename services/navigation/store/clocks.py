"""Referrals whose clock has run out: found by the clock itself, each client held by one copy at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.navigation.model.referrals import Referral
from services.navigation.store import referrals
from shared.db import Connection

CLIENTS_WAITING = """
select id from client
where id in (
    select client_id from referral
    where status = 'requested' and unanswered_at is null and acknowledge_by <= $1
    order by acknowledge_by
    limit $2
)
order by id
for update skip locked
"""


async def clients_waiting(conn: Connection, now: datetime, *, limit: int) -> list[UUID]:
    """Hold up to `limit` clients with a referral that nobody answered in time and that nobody else holds."""
    return [row["id"] for row in await conn.fetch(CLIENTS_WAITING, now, limit)]


UNANSWERED = """
select id from referral
where client_id = any($1::uuid[]) and status = 'requested' and unanswered_at is null and acknowledge_by <= $2
"""


async def unanswered(conn: Connection, client_ids: Collection[UUID], now: datetime) -> list[Referral]:
    """The referrals of these clients that nobody answered in time. The clients must be held."""
    return await _in_order(conn, UNANSWERED, client_ids, now)


CLIENTS_STALLED = """
select id from client
where id in (
    select client_id from referral
    where status in ('accepted', 'in-progress', 'on-hold') and stalled_at is null and progress_by <= $1
    order by progress_by
    limit $2
)
order by id
for update skip locked
"""


async def clients_stalled(conn: Connection, now: datetime, *, limit: int) -> list[UUID]:
    """Hold up to `limit` clients with a referral that stopped moving and that nobody else holds."""
    return [row["id"] for row in await conn.fetch(CLIENTS_STALLED, now, limit)]


STALLED = """
select id from referral
where client_id = any($1::uuid[]) and status in ('accepted', 'in-progress', 'on-hold')
  and stalled_at is null and progress_by <= $2
"""


async def stalled(conn: Connection, client_ids: Collection[UUID], now: datetime) -> list[Referral]:
    """The referrals of these clients that stopped moving and of which that is not said yet."""
    return await _in_order(conn, STALLED, client_ids, now)


async def _in_order(
    conn: Connection, statement: str, client_ids: Collection[UUID], now: datetime
) -> list[Referral]:
    rows = await conn.fetch(statement, list(client_ids), now)
    return list((await referrals.by_id(conn, [row["id"] for row in rows])).values())
