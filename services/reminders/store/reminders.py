"""Messages: planned, claimed, changed. The one table that decides what is said to whom and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from contracts.terms import (
    BarrierStatus,
    ChannelKind,
    ClientConfirmed,
    MessageKind,
    PlanStatus,
    ReferralStatus,
    WithheldReason,
)
from services.reminders.model import (
    Cause,
    Change,
    Claimed,
    Facts,
    Intent,
    Plan,
    Recorded,
    Referral,
    Reminder,
    Stage,
    Timing,
)
from shared.db import Connection, Record

ADD_REMINDERS = """
insert into reminder (reminder_id, client_id, kind, barrier_id, referral_id, plan_id, appointment_version,
    anchor_at, lead, due_at, useful_until, why, cause_id, cause_type, correlation_id, traceparent,
    stage, next_look_at, scheduled_at, changed_at)
select u.reminder_id, u.client_id, u.kind, u.barrier_id, u.referral_id, u.plan_id, u.appointment_version,
    u.anchor_at, u.lead, u.due_at, u.useful_until, u.why, u.cause_id, u.cause_type, u.correlation_id,
    u.traceparent, 'scheduled', u.due_at, $17, $17
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::integer[],
    $8::timestamptz[], $9::integer[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::uuid[],
    $14::text[], $15::uuid[], $16::text[])
    as u (reminder_id, client_id, kind, barrier_id, referral_id, plan_id, appointment_version,
    anchor_at, lead, due_at, useful_until, why, cause_id, cause_type, correlation_id, traceparent)
where u.kind not in ('check_in', 'after_setback') or not exists (
    select from reminder r
    where r.client_id = u.client_id and r.kind = u.kind and r.stage in ('scheduled', 'held', 'sending')
)
and (u.kind <> 'after_setback' or not exists (
    select from reminder r
    where r.client_id = u.client_id and r.kind = u.kind and r.stage = 'sent' and r.let_go_at > $18
))
order by u.client_id, u.reminder_id
on conflict do nothing
returning reminder_id
"""


async def add(
    conn: Connection, reminders: Sequence[Reminder], now: datetime, *, asked_since: datetime
) -> list[Reminder]:
    """Plan messages; return those that are new. One that exists, or has a pending like, changes nothing.

    A question after a setback that went out after `asked_since` stands for the next one too.
    """
    if not reminders:
        return []
    rows = await conn.fetch(
        ADD_REMINDERS,
        [reminder.id for reminder in reminders],
        [reminder.client_id for reminder in reminders],
        [reminder.kind for reminder in reminders],
        [reminder.barrier_id for reminder in reminders],
        [reminder.referral_id for reminder in reminders],
        [reminder.plan_id for reminder in reminders],
        [reminder.appointment_version for reminder in reminders],
        [reminder.anchor_at for reminder in reminders],
        [reminder.lead for reminder in reminders],
        [reminder.timing.due_at for reminder in reminders],
        [reminder.timing.useful_until for reminder in reminders],
        [reminder.why for reminder in reminders],
        [reminder.cause.id for reminder in reminders],
        [reminder.cause.type for reminder in reminders],
        [reminder.cause.correlation_id for reminder in reminders],
        [reminder.cause.traceparent for reminder in reminders],
        now,
        asked_since,
    )
    added = {row["reminder_id"] for row in rows}
    return list({reminder.id: reminder for reminder in reminders if reminder.id in added}.values())


PENDING = """
select reminder_id, client_id, kind, barrier_id, referral_id, plan_id, appointment_version, anchor_at, lead,
    due_at, useful_until, why, cause_id, cause_type, correlation_id, traceparent
from reminder
where client_id = any($1::uuid[]) and stage in ('scheduled', 'held')
"""


async def pending(conn: Connection, client_ids: Iterable[UUID]) -> list[Reminder]:
    """The clients' messages that wait."""
    rows = await conn.fetch(PENDING, list(set(client_ids)))
    return [_reminder(row) for row in rows]


PLAN_ANEW = """
update reminder r
set due_at = u.due_at, useful_until = u.useful_until, lead = u.lead,
    next_look_at = case when r.stage = 'held' then r.next_look_at else u.due_at end
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::integer[])
    as u (reminder_id, due_at, useful_until, lead)
where r.reminder_id = u.reminder_id
"""


async def plan_anew(conn: Connection, reminders: Sequence[Reminder]) -> None:
    """Move messages that wait to other times."""
    await conn.execute(
        PLAN_ANEW,
        [reminder.id for reminder in reminders],
        [reminder.timing.due_at for reminder in reminders],
        [reminder.timing.useful_until for reminder in reminders],
        [reminder.lead for reminder in reminders],
    )


WAKE = """
update reminder set next_look_at = $2
where client_id = any($1::uuid[]) and stage in ('scheduled', 'held') and next_look_at > $2
"""


async def wake(conn: Connection, client_ids: Iterable[UUID], now: datetime) -> None:
    """Have the gate look at all that waits for these clients, because something it looks at has changed."""
    await conn.execute(WAKE, list(set(client_ids)), now)


HAND_BACK = """
update reminder set stage = 'scheduled', lease_until = null
where reminder_id in (
    select reminder_id from reminder
    where stage = 'sending' and lease_until < clock_timestamp()
    limit $1
    for update skip locked
)
"""


async def hand_back_lapsed(conn: Connection, most: int) -> None:
    """Give back messages whose sender died or lost touch; they are looked at anew, under the same key."""
    await conn.execute(HAND_BACK, most)


LOCK_DUE_CLIENTS = """
select client_id from (
    select distinct client_id from (
        select client_id from reminder
        where stage in ('scheduled', 'held') and next_look_at <= $1
        order by next_look_at
        limit $2
    ) as due
) as waiting
where pg_try_advisory_xact_lock(hashtextextended('reminders/' || client_id::text, 0))
"""


async def lock_due_clients(conn: Connection, now: datetime, most: int) -> list[UUID]:
    """Lock the clients who have something due, leaving out those whom another copy has in hand."""
    rows = await conn.fetch(LOCK_DUE_CLIENTS, now, most)
    return [row["client_id"] for row in rows]


CLAIM_DUE = """
select r.reminder_id, r.client_id, r.kind, r.barrier_id, r.referral_id, r.plan_id, r.appointment_version,
    r.anchor_at, r.lead, r.due_at, r.useful_until, r.why, r.cause_id, r.cause_type, r.correlation_id,
    r.traceparent, r.stage, r.reason, r.held_until, r.attempts, r.channel, r.address, r.subject, r.body,
    f.version as f_version, f.status as f_status, f.barrier_id as f_barrier_id, f.starts_at as f_starts_at,
    f.appointment_version as f_appointment_version, f.confirmed as f_confirmed,
    p.version as p_version, p.status as p_status, p.barrier_id as p_barrier_id,
    p.cue_hours_before as p_cue_hours_before,
    b.status as b_status,
    exists (
        select from barrier o where o.client_id = r.client_id and o.status not in ('eased', 'withdrawn')
    ) as open_barriers
from reminder r
left join referral f on f.referral_id = r.referral_id
left join plan p on p.plan_id = r.plan_id
left join barrier b on b.barrier_id = r.barrier_id
where r.client_id = any($1::uuid[]) and r.stage in ('scheduled', 'held') and r.next_look_at <= $2
order by r.due_at, r.reminder_id
limit $3
for update of r skip locked
"""


async def claim_due(conn: Connection, client_ids: Sequence[UUID], now: datetime, most: int) -> list[Claimed]:
    """Take in hand what is to be looked at for these clients, earliest due first, with what it rests on."""
    rows = await conn.fetch(CLAIM_DUE, client_ids, now, most)
    return [_claimed(row) for row in rows]


RECORD = """
with changed as (
    update reminder r
    set stage = u.stage, next_look_at = u.next_look_at, reason = u.reason, detail = u.detail,
        held_until = u.held_until, channel = coalesce(u.channel, r.channel),
        address = coalesce(u.address, r.address), subject = coalesce(u.subject, r.subject),
        body = coalesce(u.body, r.body), attempts = r.attempts + (u.stage = 'sending')::integer,
        lease_until = case when u.stage = 'sending' then clock_timestamp() + make_interval(secs => $13) end,
        let_go_at = case when u.stage = 'sending' then $12 else r.let_go_at end,
        changed_at = case when u.noted then $12 else r.changed_at end
    from unnest($1::uuid[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[], $6::text[],
        $7::timestamptz[], $8::text[], $9::text[], $10::text[], $11::text[], $14::boolean[])
        as u (reminder_id, attempts, stage, next_look_at, reason, detail, held_until, channel, address,
        subject, body, noted)
    where r.reminder_id = u.reminder_id and r.attempts = u.attempts and r.stage not in ('sent', 'withheld')
    returning r.reminder_id, r.stage, r.reason, r.detail, r.held_until, r.channel, r.let_go_at, u.noted
), noted as (
    insert into reminder_change (reminder_id, changed_at, stage, reason, detail, held_until, channel)
    select reminder_id, $12, stage, reason, detail, held_until, channel from changed where noted
)
select reminder_id, let_go_at, channel from changed
"""


async def record(
    conn: Connection, changes: Sequence[Change], now: datetime, *, lease_seconds: float
) -> dict[UUID, Recorded]:
    """Write what became of messages, and their history; return those for which it holds, and how they stand.

    A message that somebody else has taken in hand since is left to them. The lease runs in real time.
    """
    intents = [change.intent for change in changes]
    rows = await conn.fetch(
        RECORD,
        [change.reminder_id for change in changes],
        [change.attempts for change in changes],
        [change.stage for change in changes],
        [change.next_look_at for change in changes],
        [change.reason for change in changes],
        [change.detail for change in changes],
        [change.held_until for change in changes],
        [intent.channel if intent else None for intent in intents],
        [intent.address if intent else None for intent in intents],
        [intent.subject if intent else None for intent in intents],
        [intent.body if intent else None for intent in intents],
        now,
        lease_seconds,
        [change.noted for change in changes],
    )
    return {
        row["reminder_id"]: Recorded(
            row["let_go_at"], ChannelKind(row["channel"]) if row["channel"] else None
        )
        for row in rows
    }


def _reminder(row: Record) -> Reminder:
    return Reminder(
        id=row["reminder_id"],
        client_id=row["client_id"],
        kind=MessageKind(row["kind"]),
        barrier_id=row["barrier_id"],
        referral_id=row["referral_id"],
        plan_id=row["plan_id"],
        appointment_version=row["appointment_version"],
        anchor_at=row["anchor_at"],
        lead=row["lead"],
        timing=Timing(due_at=row["due_at"], useful_until=row["useful_until"]),
        why=row["why"],
        cause=Cause(
            id=row["cause_id"],
            type=row["cause_type"],
            correlation_id=row["correlation_id"],
            traceparent=row["traceparent"],
        ),
    )


def _claimed(row: Record) -> Claimed:
    intent = None
    if row["body"] is not None:
        intent = Intent(
            channel=ChannelKind(row["channel"]),
            address=row["address"],
            subject=row["subject"],
            body=row["body"],
        )
    return Claimed(
        reminder=_reminder(row),
        stage=Stage(row["stage"]),
        reason=WithheldReason(row["reason"]) if row["reason"] else None,
        held_until=row["held_until"],
        attempts=row["attempts"],
        intent=intent,
        facts=Facts(
            referral=_referral(row) if row["f_version"] is not None else None,
            plan=_plan(row) if row["p_version"] is not None else None,
            barrier_status=BarrierStatus(row["b_status"]) if row["b_status"] else None,
            open_barriers=row["open_barriers"],
        ),
    )


def _referral(row: Record) -> Referral:
    return Referral(
        id=row["referral_id"],
        client_id=row["client_id"],
        barrier_id=row["f_barrier_id"],
        version=row["f_version"],
        status=ReferralStatus(row["f_status"]),
        appointment_version=row["f_appointment_version"],
        starts_at=row["f_starts_at"],
        confirmed=ClientConfirmed(row["f_confirmed"]),
    )


def _plan(row: Record) -> Plan:
    return Plan(
        id=row["plan_id"],
        client_id=row["client_id"],
        barrier_id=row["p_barrier_id"],
        version=row["p_version"],
        status=PlanStatus(row["p_status"]),
        cue_hours_before=row["p_cue_hours_before"],
    )
