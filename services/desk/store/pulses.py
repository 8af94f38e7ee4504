"""Where clients and teams were last touched, so that open pages know of news."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from shared.db import Connection

TOUCH = """
with touched as (
    select topic from (
        select id as topic from unnest($1::uuid[]) as u (id)
        union
        select l.team_id from caseload l where l.client_id = any($1::uuid[])
    ) all_of_them
    order by topic
)
insert into pulse (topic, position)
select topic, nextval('pulse_position') from touched
on conflict (topic) do update set position = nextval('pulse_position')
"""


async def touch(conn: Connection, client_ids: Collection[UUID]) -> None:
    """Say that something about these clients, and so in their teams, is new."""
    await conn.execute(TOUCH, list(client_ids))


POSITIONS = "select topic, position from pulse where topic = any($1::uuid[])"


async def positions(conn: Connection, topics: Collection[UUID]) -> dict[UUID, int]:
    """The latest position of each of these clients and teams; what was never touched is left out."""
    return {row["topic"]: row["position"] for row in await conn.fetch(POSITIONS, list(topics))}
