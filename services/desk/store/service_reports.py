"""Reports that something in the directory is wrong, as they were stated, and the answers to them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import TypeAdapter

from services.desk.model.service_reports import Report, Sought
from shared.db import Connection, Record

REPORTS = """
select r.id as entry_id, r.occurred_at as reported_at, r.data::text as said, a.occurred_at as resolved_at,
       a.data::text as answered
from entry r
left join entry a
    on a.type = 'care.navigation.report.resolved.v1' and a.data ->> 'report_id' = r.data ->> 'report_id'
where r.type = 'care.navigation.service.reported.v1'
  and ($1 = 'all' or (a.id is null) = ($1 = 'waiting'))
  and ($2::text is null or r.data ->> 'source' = $2)
  and ($3::text is null or r.data ->> 'service_id' = $3)
  and ($4::timestamptz is null or (r.occurred_at, r.id) > ($4, $5::uuid))
order by r.occurred_at, r.id
limit $6
"""


async def found(conn: Connection, sought: Sought, *, limit: int) -> list[Report]:
    """Reports, the oldest first."""
    rows = await conn.fetch(
        REPORTS,
        sought.stand.value,
        sought.source,
        str(sought.service_id) if sought.service_id else None,
        *(sought.after or (None, None)),
        limit,
    )
    return [_report(row) for row in rows]


WAITING_OF = """
select r.id as entry_id, r.occurred_at as reported_at, r.data::text as said, null::timestamptz as resolved_at,
       null::text as answered
from entry r
where r.type = 'care.navigation.service.reported.v1' and r.data ->> 'service_id' = $1
  and not exists (
      select from entry a
      where a.type = 'care.navigation.report.resolved.v1' and a.data ->> 'report_id' = r.data ->> 'report_id')
order by r.occurred_at, r.id
limit $2
"""


async def waiting_of(conn: Connection, service_id: UUID, *, limit: int) -> list[Report]:
    """What waits for an editor about a service, the oldest first."""
    return [_report(row) for row in await conn.fetch(WAITING_OF, str(service_id), limit)]


REPORT = """
select r.id as entry_id, r.occurred_at as reported_at, r.data::text as said, a.occurred_at as resolved_at,
       a.data::text as answered
from entry r
left join entry a
    on a.type = 'care.navigation.report.resolved.v1' and a.data ->> 'report_id' = r.data ->> 'report_id'
where r.type = 'care.navigation.service.reported.v1' and r.data ->> 'report_id' = $1
"""


async def report(conn: Connection, report_id: UUID) -> Report | None:
    """One report; None where there is no such report."""
    row = await conn.fetchrow(REPORT, str(report_id))
    return None if row is None else _report(row)


COUNTS = """
select r.data ->> 'source' as source, count(*) as every, count(*) filter (where a.id is null) as waiting
from entry r
left join entry a
    on a.type = 'care.navigation.report.resolved.v1' and a.data ->> 'report_id' = r.data ->> 'report_id'
where r.type = 'care.navigation.service.reported.v1'
group by 1
order by 1
"""


async def counts(conn: Connection) -> Mapping[str, tuple[int, int]]:
    """How many reports there are, and how many wait, by the directory that they are about."""
    return {row["source"]: (row["every"], row["waiting"]) for row in await conn.fetch(COUNTS)}


_SAID: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_REPORT = TypeAdapter(Report)


def _report(row: Record) -> Report:
    said = _SAID.validate_json(row["said"])
    answered = _SAID.validate_json(row["answered"]) if row["answered"] else {}
    return _REPORT.validate_python(
        {
            "entry_id": row["entry_id"],
            "id": said["report_id"],
            "service_id": said["service_id"],
            "service_name": said["name"],
            "source": said["source"],
            "fields": said.get("fields", ()),
            "words": said["words"],
            "reported_by": said.get("by_staff"),
            "reported_at": row["reported_at"],
            "outcome": answered.get("outcome"),
            "answer": answered.get("words"),
            "resolved_by": answered.get("by_staff"),
            "resolved_at": row["resolved_at"],
        }
    )
