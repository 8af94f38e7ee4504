"""By which ways each partner is told without asking."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.navigation.model.telling import Way
from shared.db import Connection

BEGIN_WAY = """
insert into partner_way (organization_id, way, since) values ($1, $2, $3)
on conflict (organization_id, way) do update set since = excluded.since, ended_at = null
where partner_way.ended_at is not null
"""


async def begin(conn: Connection, organization_id: UUID, way: Way, *, now: datetime) -> None:
    """From here on the partner is told by this way too."""
    await conn.execute(BEGIN_WAY, organization_id, way.value, now)


END_WAY = """
update partner_way set ended_at = $3 where organization_id = $1 and way = $2 and ended_at is null
"""


async def end(conn: Connection, organization_id: UUID, way: Way, *, now: datetime) -> None:
    """From here on the partner is told by this way no more; what waits stays for its sender to judge."""
    await conn.execute(END_WAY, organization_id, way.value, now)


END_WAYS = """
with ended as (
    update partner_way set ended_at = $2 where organization_id = $1 and ended_at is null
)
update delivery set state = 'given_up' where organization_id = $1 and state = 'waiting'
"""


async def end_all(conn: Connection, organization_id: UUID, *, now: datetime) -> None:
    """From here on the partner is told by no way, and nothing that waits goes out."""
    await conn.execute(END_WAYS, organization_id, now)


LISTENING = """
select p.organization_id,
       array(select w.way from partner_way w
             where w.organization_id = p.organization_id and w.ended_at is null order by w.way) as ways
from partner p
where p.organization_id = any($1::uuid[]) and p.revoked_at is null
order by p.organization_id
for no key update of p
"""


async def listening(conn: Connection, organization_ids: Collection[UUID]) -> dict[UUID, frozenset[Way]]:
    """Hold those of the organisations that are partners, and tell by which ways each is told."""
    rows = await conn.fetch(LISTENING, list(organization_ids))
    return {row["organization_id"]: frozenset(Way(way) for way in row["ways"]) for row in rows}
