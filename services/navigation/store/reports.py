"""Reports that something in the directory is wrong, until an editor has looked into each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.terms import ReportOutcome
from shared.db import Connection, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody noticed, and what an editor found; the latter None while it waits."""

    id: UUID
    service_id: UUID
    service_name: str
    fields: tuple[str, ...]
    words: str
    reported_by: UUID
    reported_at: datetime
    outcome: ReportOutcome | None
    answer: str | None
    resolved_by: UUID | None
    resolved_at: datetime | None


INSERT_REPORT = """
insert into service_report (id, service_id, fields, words, reported_by, reported_at)
values ($1, $2, $3, $4, $5, $6)
"""


async def insert(  # noqa: PLR0913 - one argument per column
    conn: Connection,
    report_id: UUID,
    *,
    service_id: UUID,
    fields: list[str],
    words: str,
    by: UUID,
    now: datetime,
) -> None:
    """Keep a report."""
    await conn.execute(INSERT_REPORT, report_id, service_id, fields, words, by, now)


RESOLVE = """
update service_report
set outcome = $2, answer = $3, resolved_by = $4, resolved_at = $5
where id = $1 and resolved_at is null
returning service_id
"""


async def resolve(
    conn: Connection, report_id: UUID, *, outcome: ReportOutcome, answer: str, by: UUID, now: datetime
) -> UUID | None:
    """Write down what an editor found; the service, or None when that was done already."""
    service_id: UUID | None = await conn.fetchval(RESOLVE, report_id, outcome.value, answer, by, now)
    return service_id


REPORT = """
select r.id, r.service_id, s.name as service_name, r.fields, r.words, r.reported_by, r.reported_at, r.outcome,
       r.answer, r.resolved_by, r.resolved_at
from service_report r
join service s on s.id = r.service_id
where r.id = $1
"""


async def report(conn: Connection, report_id: UUID) -> Report | None:
    """One report; None when there is no such report."""
    row = await conn.fetchrow(REPORT, report_id)
    return None if row is None else _report(row)


WAITING = """
select r.id, r.service_id, s.name as service_name, r.fields, r.words, r.reported_by, r.reported_at, r.outcome,
       r.answer, r.resolved_by, r.resolved_at
from service_report r
join service s on s.id = r.service_id
where r.resolved_at is null and ($1::uuid is null or r.id > $1)
order by r.id
limit $2
"""


async def waiting(conn: Connection, *, after: UUID | None, limit: int) -> list[Report]:
    """Reports that wait for an editor, the oldest first."""
    return [_report(row) for row in await conn.fetch(WAITING, after, limit)]


OF_SERVICE = """
select r.id, r.service_id, s.name as service_name, r.fields, r.words, r.reported_by, r.reported_at, r.outcome,
       r.answer, r.resolved_by, r.resolved_at
from service_report r
join service s on s.id = r.service_id
where r.service_id = $1 and ($2::uuid is null or r.id < $2)
order by r.id desc
limit $3
"""


async def of_service(conn: Connection, service_id: UUID, *, after: UUID | None, limit: int) -> list[Report]:
    """Every report about a service, the latest first."""
    return [_report(row) for row in await conn.fetch(OF_SERVICE, service_id, after, limit)]


def _report(row: Record) -> Report:
    return Report(
        id=row["id"],
        service_id=row["service_id"],
        service_name=row["service_name"],
        fields=tuple(row["fields"]),
        words=row["words"],
        reported_by=row["reported_by"],
        reported_at=row["reported_at"],
        outcome=ReportOutcome(row["outcome"]) if row["outcome"] else None,
        answer=row["answer"],
        resolved_by=row["resolved_by"],
        resolved_at=row["resolved_at"],
    )
