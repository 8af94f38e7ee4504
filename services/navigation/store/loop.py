"""A partner's record and the figures of the loop, both derived from what was sent and how it was moved."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from contracts.terms import ChangedBy, ReasonCode
from services.navigation.model.loop import FiguresAsked, LineKind, LoopFigures, RecordLine
from shared.db import Connection, Record

LINES = """
select line.at, line.referral_id, line.version, line.kind, r.service_id, r.service_name, line.by, line.reason,
       line.reason_text,
       case when line.kind in ('accept', 'decline', 'unanswered')
            then extract(epoch from line.at - r.sent_at)::double precision / 3600 end as waited_hours
from (
    (select sent_at as at, id as referral_id, 0 as version, 'sent' as kind, null as by, null as reason,
            null as reason_text
     from referral
     where organization_id = $1 and sent_at is not null and 'sent' = any($2::text[])
       and (sent_at, id, 0) < (coalesce($3::timestamptz, 'infinity'), $4::uuid, $5::integer)
     order by sent_at desc, id desc
     limit $6)
    union all
    (select moved_at, referral_id, version, move, by, reason, reason_text
     from answer
     where organization_id = $1 and move = any($2::text[])
       and (moved_at, referral_id, version) < (coalesce($3::timestamptz, 'infinity'), $4::uuid, $5::integer)
       and exists (select from referral s where s.id = answer.referral_id and s.sent_at is not null)
     order by moved_at desc, referral_id desc, version desc
     limit $6)
) as line
join referral r on r.id = line.referral_id
order by line.at desc, line.referral_id desc, line.version desc
limit $6
"""

_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)


async def record(
    conn: Connection,
    organization_id: UUID,
    *,
    kinds: Collection[LineKind],
    after: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[RecordLine]:
    """The latest lines of a partner's record, at most `limit`, before the one named."""
    at, referral_id, version = after or (None, _LAST, 2**31 - 1)
    names = [kind.value for kind in kinds]
    rows = await conn.fetch(LINES, organization_id, names, at, referral_id, version, limit)
    return [
        RecordLine(
            at=row["at"],
            referral_id=row["referral_id"],
            version=row["version"],
            kind=LineKind(row["kind"]),
            service_id=row["service_id"],
            service_name=row["service_name"],
            by=ChangedBy(row["by"]) if row["by"] else None,
            reason=ReasonCode(row["reason"]) if row["reason"] else None,
            reason_text=row["reason_text"],
            waited_hours=row["waited_hours"],
        )
        for row in rows
    ]


FIGURES = """
select counted.*, coalesce(o.name, '') as organization_name, coalesce(s.name, '') as service_name
from (
    select organization_id, service_id,
           count(*) as sent,
           count(answered_at) as answered,
           count(*) filter (where status = 'rejected') as declined,
           count(unanswered_at) as unanswered,
           count(*) filter (where status = 'requested') as waiting,
           count(*) filter (where status in ('accepted', 'in-progress', 'on-hold') and progress_by <= $6)
               as stalled,
           count(*) filter (where status = 'cancelled' and ended_by = 'partner') as called_off,
           count(*) filter (where status = 'completed') as completed,
           count(*) filter (where status = 'completed' and client_confirmed = 'yes') as confirmed_yes,
           count(*) filter (where status = 'completed' and client_confirmed = 'no') as confirmed_no,
           count(*) filter (where status = 'completed' and client_confirmed = 'unknown') as confirmed_unknown,
           count(*) filter (where client_confirmed = 'yes') as got_help,
           extract(epoch from percentile_cont(0.5) within group (order by answered_at - sent_at))
               ::double precision / 3600 as median_hours_to_answer,
           extract(epoch from avg(answered_at - sent_at))::double precision / 3600 as mean_hours_to_answer
    from referral
    where sent_at is not null and status <> 'entered-in-error'
      and organization_id between $1 and $2 and ($3::uuid is null or service_id = $3)
      and sent_at >= $4 and sent_at < $5
    group by organization_id, service_id
) as counted
left join organization o on o.id = counted.organization_id
left join service s on s.id = counted.service_id
order by organization_name, service_name, counted.organization_id, counted.service_id
"""


PLAN_ANEW = """
set local plan_cache_mode = force_custom_plan
"""


async def figures(conn: Connection, asked: FiguresAsked, *, now: datetime) -> list[LoopFigures]:
    """How the loop went, by partner and service; services to which nothing was sent are left out."""
    first, last = asked.organization_id or _FIRST, asked.organization_id or _LAST
    async with conn.transaction(readonly=True):
        # One partner or all, a day or a year: a plan that serves for any of them sorts everything.
        await conn.execute(PLAN_ANEW)
        rows = await conn.fetch(FIGURES, first, last, asked.service_id, asked.since, asked.until, now)
    return [_figures(row) for row in rows]


def _figures(row: Record) -> LoopFigures:
    return LoopFigures(
        organization_id=row["organization_id"],
        organization_name=row["organization_name"],
        service_id=row["service_id"],
        service_name=row["service_name"],
        sent=row["sent"],
        answered=row["answered"],
        declined=row["declined"],
        unanswered=row["unanswered"],
        waiting=row["waiting"],
        stalled=row["stalled"],
        called_off=row["called_off"],
        completed=row["completed"],
        confirmed_yes=row["confirmed_yes"],
        confirmed_no=row["confirmed_no"],
        confirmed_unknown=row["confirmed_unknown"],
        got_help=row["got_help"],
        median_hours_to_answer=row["median_hours_to_answer"],
        mean_hours_to_answer=row["mean_hours_to_answer"],
    )
