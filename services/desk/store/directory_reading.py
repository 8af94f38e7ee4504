"""One service of the directory: how it stands, what was said about it, and how referrals to it go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.events.navigation import ServiceChanged
from services.desk.model.directory import Line, Referred, Report, ServicePicture
from services.desk.store.entries import entry_of
from shared.db import Connection

ONE_SERVICE = "select picture::text from service where id = $1"


async def one(conn: Connection, service_id: UUID) -> ServicePicture | None:
    """A service as it stands; None where the desk has not heard of it."""
    text = await conn.fetchval(ONE_SERVICE, service_id)
    return ServicePicture.model_validate_json(text) if text else None


OPEN_REPORTS = """
select (e.data ->> 'report_id')::uuid as id, e.data ->> 'words' as words, e.occurred_at as at, s.name,
       array(select json_array_elements_text(e.data -> 'fields')) as fields
from entry e
left join staff s on s.id = (e.data ->> 'by_staff')::uuid
where e.subject_id = $1 and e.kind = 'service' and e.type = 'care.navigation.service.reported.v1'
  and not exists (
      select from entry r
      where r.subject_id = $1 and r.kind = 'service' and r.type = 'care.navigation.report.resolved.v1'
        and r.data ->> 'report_id' = e.data ->> 'report_id')
order by e.occurred_at, e.id
limit $2
"""


async def open_reports(conn: Connection, service_id: UUID, *, limit: int) -> list[Report]:
    """What was said to be wrong with it and nobody has looked into, the longest first."""
    return [
        Report(id=row["id"], words=row["words"], fields=tuple(row["fields"]), at=row["at"], by=row["name"])
        for row in await conn.fetch(OPEN_REPORTS, service_id, limit)
    ]


HISTORY_OF_SERVICE = """
select e.id, e.type, e.kind, e.subject_id, e.client_id, e.version, e.occurred_at, e.correlation_id,
       e.causation_id, e.data::text as data, s.name,
       case when e.type = 'care.navigation.service.changed.v1' then (
           select b.data::text from entry b
           where b.subject_id = e.subject_id and b.type = 'care.navigation.service.changed.v1'
             and b.version < e.version
           order by b.version desc
           limit 1) end as before
from entry e
left join staff s on s.id = (e.data ->> 'by_staff')::uuid
where e.subject_id = $1 and e.kind = 'service'
  and ($2::timestamptz is null or (e.occurred_at, e.id) < ($2, $3::uuid))
order by e.occurred_at desc, e.id desc
limit $4
"""


async def history(
    conn: Connection, service_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Line]:
    """What was stated about it, the latest first; with each change how it stood before."""
    at, last = after or (None, None)
    return [
        Line(
            entry=entry_of(row),
            before=ServiceChanged.model_validate_json(row["before"]) if row["before"] else None,
            by=row["name"],
        )
        for row in await conn.fetch(HISTORY_OF_SERVICE, service_id, at, last, limit)
    ]


REFERRED_THERE = """
with sent as materialized (
    select r.team_id, r.status, r.client_confirmed, r.answered_at, r.acknowledge_by,
           extract(epoch from r.answered_at - r.requested_at) as seconds,
           case when r.status = 'requested' then $3::timestamptz else r.moved_at end as silent_until
    from referral r
    where r.service_id = $1 and r.requested_at >= $2 and r.status <> 'entered-in-error'
)
select json_build_object(
    'sent', count(*),
    'answered', count(answered_at),
    'unanswered', count(*) filter (where answered_at is null and acknowledge_by < silent_until),
    'waiting', count(*) filter (
        where status = 'requested' and answered_at is null and not coalesce(acknowledge_by < $3, false)),
    'median_seconds', percentile_cont(0.5) within group (order by seconds),
    'slow_seconds', percentile_disc(0.9) within group (order by seconds),
    'teams', (
        select coalesce(json_agg(json_build_array(name, number) order by number desc, name), '[]')
        from (
            select t.name, count(*) as number from sent s left join team t on t.id = s.team_id group by t.name
        ) by_team),
    'statuses', (
        select coalesce(json_agg(json_build_array(status, client_confirmed, number)), '[]')
        from (
            select status, client_confirmed, count(*) as number from sent group by status, client_confirmed
        ) by_status)
)::text
from sent
"""


async def referred(conn: Connection, service_id: UUID, *, since: datetime, now: datetime) -> Referred:
    """How it goes with what was referred there since then."""
    return Referred.model_validate_json(await conn.fetchval(REFERRED_THERE, service_id, since, now))
