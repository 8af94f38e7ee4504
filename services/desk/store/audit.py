"""The audit: lines are added, read, and never anything else; the database sees to that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from services.desk.model.audit import Kept, Trace
from shared.db import Connection, Record

INSERT_TRACES = """
insert into audit (staff_id, session_id, deed, route, client_id, team_id, about_id, correlation_id)
select u.staff_id, u.session_id, u.deed, u.route, u.client_id, u.team_id, u.about_id, u.correlation_id
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[])
    as u (staff_id, session_id, deed, route, client_id, team_id, about_id, correlation_id)
"""


async def insert(conn: Connection, traces: Sequence[Trace]) -> None:
    """Add these lines in their order. In a transaction do it last: nobody else can add one until it ends."""
    await conn.execute(
        INSERT_TRACES,
        [one.staff_id for one in traces],
        [one.session_id for one in traces],
        [str(one.deed) for one in traces],
        [one.route for one in traces],
        [one.client_id for one in traces],
        [one.team_id for one in traces],
        [one.about_id for one in traces],
        [one.correlation_id for one in traces],
    )


WHOLE_AUDIT = """
select sequence, at, staff_id, session_id, deed, route, client_id, team_id, about_id, correlation_id,
       previous_hash, hash
from audit
order by sequence
"""
AT_A_TIME = 2000


async def whole(conn: Connection) -> AsyncIterator[Kept]:
    """Every line in turn, as it is at one moment. Needs a transaction."""
    async for row in conn.cursor(WHOLE_AUDIT, prefetch=AT_A_TIME):
        yield kept_of(row)


LAST_OF_AUDIT = "select sequence, hash from audit order by sequence desc limit 1"


async def last(conn: Connection) -> tuple[int, bytes] | None:
    """The turn and the hash of the last line, if there is one."""
    row = await conn.fetchrow(LAST_OF_AUDIT)
    return (row["sequence"], row["hash"]) if row is not None else None


def kept_of(row: Record) -> Kept:
    """A line as it is kept."""
    return Kept(
        sequence=row["sequence"],
        at=row["at"],
        trace=trace_of(row),
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )


def trace_of(row: Record) -> Trace:
    """What a line says was done, by whom and to whom."""
    return Trace(
        deed=row["deed"],
        route=row["route"],
        correlation_id=row["correlation_id"],
        staff_id=row["staff_id"],
        session_id=row["session_id"],
        client_id=row["client_id"],
        team_id=row["team_id"],
        about_id=row["about_id"],
    )
