"""Reading the audit: the latest lines first, a page at a time, each by the index that fits what is wanted."""

from __future__ import annotations

from datetime import datetime

from services.desk.model.audit import Line, Wanted
from services.desk.store.audit import trace_of
from shared.db import Connection, Record

BOUNDS = """
select coalesce((select max(a.sequence) from audit a where a.at < $1), 0) as after,
       (select min(a.sequence) from audit a where a.at >= $2) as before
"""


async def bounds(conn: Connection, since: datetime, until: datetime) -> tuple[int, int | None]:
    """Between which lines all those lie that were written from `since` to before `until`."""
    row = await conn.fetchrow(BOUNDS, since, until)
    assert row is not None
    return row["after"], row["before"]


OF_TEAMS = """
select a.sequence, a.at, a.staff_id, a.session_id, a.deed, a.route, a.client_id, a.team_id, a.about_id,
       a.correlation_id, s.name as staff_name, c.full_name as client_name, g.reason
from unnest($1::uuid[]) as u (team_id)
cross join lateral (
    select l.sequence, l.at, l.staff_id, l.session_id, l.deed, l.route, l.client_id, l.team_id, l.about_id,
           l.correlation_id
    from audit l
    where l.team_id = u.team_id and l.sequence > $2 and l.sequence < $3 and ($4::text is null or l.deed = $4)
    order by l.sequence desc
    limit $5
) as a
left join staff s on s.id = a.staff_id
left join client c on c.id = a.client_id
left join glass g on g.id = a.about_id
order by a.sequence desc
limit $5
"""

OF_CLIENT = """
select a.sequence, a.at, a.staff_id, a.session_id, a.deed, a.route, a.client_id, a.team_id, a.about_id,
       a.correlation_id, s.name as staff_name, c.full_name as client_name, g.reason
from audit a
left join staff s on s.id = a.staff_id
left join client c on c.id = a.client_id
left join glass g on g.id = a.about_id
where a.client_id = $1 and a.sequence > $2 and a.sequence < $3 and ($4::text is null or a.deed = $4)
      and ($6::uuid is null or a.staff_id = $6)
order by a.sequence desc
limit $5
"""

OF_STAFF = """
select a.sequence, a.at, a.staff_id, a.session_id, a.deed, a.route, a.client_id, a.team_id, a.about_id,
       a.correlation_id, s.name as staff_name, c.full_name as client_name, g.reason
from audit a
left join staff s on s.id = a.staff_id
left join client c on c.id = a.client_id
left join glass g on g.id = a.about_id
where a.staff_id = $1 and a.sequence > $2 and a.sequence < $3 and ($4::text is null or a.deed = $4)
      and (a.team_id = any($6::uuid[])
           or a.client_id is null
              and exists (select from team_member m where m.staff_id = $1 and m.team_id = any($6::uuid[])))
order by a.sequence desc
limit $5
"""


async def lines(conn: Connection, wanted: Wanted) -> list[Line]:
    """The latest lines that are wanted and lie within the supervisor's teams.

    Of a client all are given, whatever team they belonged to then: whoever asks may see the client now.
    """
    bound = (wanted.after, wanted.before, wanted.deed, wanted.most)
    if wanted.client_id is not None:
        rows = await conn.fetch(OF_CLIENT, wanted.client_id, *bound, wanted.staff_id)
    elif wanted.staff_id is not None:
        rows = await conn.fetch(OF_STAFF, wanted.staff_id, *bound, list(wanted.team_ids))
    else:
        rows = await conn.fetch(OF_TEAMS, list(wanted.team_ids), *bound)
    return [_line(row) for row in rows]


def _line(row: Record) -> Line:
    return Line(
        sequence=row["sequence"],
        at=row["at"],
        trace=trace_of(row),
        staff_name=row["staff_name"] or "",
        client_name=row["client_name"] or "",
        reason=row["reason"] or "",
    )
