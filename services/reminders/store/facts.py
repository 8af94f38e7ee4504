"""What messages rest on: barriers, plans and referrals, as other services stated them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from contracts.terms import ClientConfirmed, PlanStatus, ReferralStatus
from services.reminders.model import Barrier, Plan, Referral
from shared.db import Connection, Record

MERGE_BARRIERS = """
insert into barrier (barrier_id, client_id, version, status)
select distinct on (u.barrier_id) u.barrier_id, u.client_id, u.version, u.status
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[]) as u (barrier_id, client_id, version, status)
order by u.barrier_id, u.version desc
on conflict (barrier_id) do update set version = excluded.version, status = excluded.status
where excluded.version > barrier.version
"""


async def merge_barriers(conn: Connection, barriers: Sequence[Barrier]) -> None:
    """Keep the highest version of each barrier's status."""
    await conn.execute(
        MERGE_BARRIERS,
        [barrier.id for barrier in barriers],
        [barrier.client_id for barrier in barriers],
        [barrier.version for barrier in barriers],
        [barrier.status for barrier in barriers],
    )


WITHOUT_CHECK_IN = """
select distinct on (b.client_id) b.client_id, b.barrier_id
from barrier b
left join choice ch on ch.client_id = b.client_id
where b.client_id = any($1::uuid[])
    and b.status not in ('eased', 'withdrawn')
    and not coalesce(ch.stopped, false)
    and not exists (
        select from reminder r
        where r.client_id = b.client_id and r.kind = 'check_in'
            and r.stage in ('scheduled', 'held', 'sending')
    )
order by b.client_id, b.barrier_id
"""


async def without_check_in(conn: Connection, client_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Those of these clients with an open barrier and no check-in ahead, each with one such barrier."""
    rows = await conn.fetch(WITHOUT_CHECK_IN, list(set(client_ids)))
    return {row["client_id"]: row["barrier_id"] for row in rows}


MERGE_PLANS = """
insert into plan (plan_id, client_id, barrier_id, version, status, cue_hours_before)
select distinct on (u.plan_id) u.plan_id, u.client_id, u.barrier_id, u.version, u.status, u.cue_hours_before
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::integer[])
    as u (plan_id, client_id, barrier_id, version, status, cue_hours_before)
order by u.plan_id, u.version desc
on conflict (plan_id) do update
set version = excluded.version, status = excluded.status, cue_hours_before = excluded.cue_hours_before
where excluded.version > plan.version
"""


async def merge_plans(conn: Connection, plans: Sequence[Plan]) -> None:
    """Keep the highest version of each plan."""
    await conn.execute(
        MERGE_PLANS,
        [plan.id for plan in plans],
        [plan.client_id for plan in plans],
        [plan.barrier_id for plan in plans],
        [plan.version for plan in plans],
        [plan.status for plan in plans],
        [plan.cue_hours_before for plan in plans],
    )


PLANS_WITH_CUE = """
select plan_id, client_id, barrier_id, version, status, cue_hours_before
from plan
where client_id = any($1::uuid[]) and cue_hours_before is not null
order by plan_id
"""


async def plans_with_cue(conn: Connection, client_ids: Iterable[UUID]) -> list[Plan]:
    """The clients' plans that have a timed cue, whether they stand or not."""
    rows = await conn.fetch(PLANS_WITH_CUE, list(set(client_ids)))
    return [
        Plan(
            id=row["plan_id"],
            client_id=row["client_id"],
            barrier_id=row["barrier_id"],
            version=row["version"],
            status=PlanStatus(row["status"]),
            cue_hours_before=row["cue_hours_before"],
        )
        for row in rows
    ]


REFERRALS = """
select referral_id, client_id, barrier_id, version, status, appointment_version, starts_at, completed_at,
    confirmed_version, confirmed, confirmed_at
from referral
where referral_id = any($1::uuid[])
"""


async def referrals(conn: Connection, referral_ids: Iterable[UUID]) -> dict[UUID, Referral]:
    """Those of these referrals of which anything is known."""
    rows = await conn.fetch(REFERRALS, list(set(referral_ids)))
    return {row["referral_id"]: _referral(row) for row in rows}


WITH_APPOINTMENT = """
select referral_id, client_id, barrier_id, version, status, appointment_version, starts_at, completed_at,
    confirmed_version, confirmed, confirmed_at
from referral
where client_id = any($1::uuid[]) and starts_at is not null
order by referral_id
"""


async def with_appointment(conn: Connection, client_ids: Iterable[UUID]) -> list[Referral]:
    """The clients' referrals for which an appointment stands."""
    rows = await conn.fetch(WITH_APPOINTMENT, list(set(client_ids)))
    return [_referral(row) for row in rows]


KEEP_REFERRALS = """
insert into referral (referral_id, client_id, barrier_id, version, status, appointment_version, starts_at,
    completed_at, confirmed_version, confirmed, confirmed_at)
select u.referral_id, u.client_id, u.barrier_id, u.version, u.status, u.appointment_version, u.starts_at,
    u.completed_at, u.confirmed_version, u.confirmed, u.confirmed_at
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::integer[], $7::timestamptz[],
    $8::timestamptz[], $9::integer[], $10::text[], $11::timestamptz[])
    as u (referral_id, client_id, barrier_id, version, status, appointment_version, starts_at,
    completed_at, confirmed_version, confirmed, confirmed_at)
on conflict (referral_id) do update
set version = excluded.version, status = excluded.status, appointment_version = excluded.appointment_version,
    starts_at = excluded.starts_at, completed_at = excluded.completed_at,
    confirmed_version = excluded.confirmed_version, confirmed = excluded.confirmed,
    confirmed_at = excluded.confirmed_at
"""


async def keep_referrals(conn: Connection, referrals: Sequence[Referral]) -> None:
    """Write referrals as they were merged; the clients' locks keep others from doing so meanwhile."""
    await conn.execute(
        KEEP_REFERRALS,
        [referral.id for referral in referrals],
        [referral.client_id for referral in referrals],
        [referral.barrier_id for referral in referrals],
        [referral.version for referral in referrals],
        [referral.status for referral in referrals],
        [referral.appointment_version for referral in referrals],
        [referral.starts_at for referral in referrals],
        [referral.completed_at for referral in referrals],
        [referral.confirmed_version for referral in referrals],
        [referral.confirmed for referral in referrals],
        [referral.confirmed_at for referral in referrals],
    )


def _referral(row: Record) -> Referral:
    return Referral(
        id=row["referral_id"],
        client_id=row["client_id"],
        barrier_id=row["barrier_id"],
        version=row["version"],
        status=ReferralStatus(row["status"]),
        appointment_version=row["appointment_version"],
        starts_at=row["starts_at"],
        completed_at=row["completed_at"],
        confirmed_version=row["confirmed_version"],
        confirmed=ClientConfirmed(row["confirmed"]),
        confirmed_at=row["confirmed_at"],
    )
