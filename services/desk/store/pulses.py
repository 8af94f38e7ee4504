"""Where clients, teams and the lists of staff were last touched, so that open pages know of news."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from shared.db import Connection

CONCERNED = """
select l.team_id as id from caseload l where l.client_id = any($1::uuid[])
union
select l.staff_id from caseload l where l.client_id = any($1::uuid[]) and l.staff_id is not null
union
select t.assignee from task t
where t.client_id = any($1::uuid[]) and t.assignee is not null
  and t.status in ('open', 'claimed', 'in_progress')
"""


async def concerned(conn: Connection, client_ids: Collection[UUID]) -> frozenset[UUID]:
    """The teams and the staff on whose lists something of these clients is."""
    return frozenset(row["id"] for row in await conn.fetch(CONCERNED, list(client_ids)))


TOUCH = """
insert into pulse (topic, position)
select id, nextval('pulse_position')
from (select distinct id from unnest($1::uuid[]) as u (id) order by id) topic
on conflict (topic) do update set position = nextval('pulse_position')
"""


async def touch(conn: Connection, topics: Collection[UUID]) -> None:
    """Say that something about these clients, or on the lists of these teams and staff, is new."""
    await conn.execute(TOUCH, list(topics))


POSITIONS = "select topic, position from pulse where topic = any($1::uuid[])"


async def positions(conn: Connection, topics: Collection[UUID]) -> dict[UUID, int]:
    """The latest position of each of these clients and teams; what was never touched is left out."""
    return {row["topic"]: row["position"] for row in await conn.fetch(POSITIONS, list(topics))}
