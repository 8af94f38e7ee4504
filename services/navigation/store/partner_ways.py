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


HOLD_PARTNERS = """
select organization_id from partner
where organization_id = any($1::uuid[]) and revoked_at is null
order by organization_id
for no key update
"""

WAYS = """
select organization_id, way from partner_way where organization_id = any($1::uuid[]) and ended_at is null
"""


async def listening(conn: Connection, organization_ids: Collection[UUID]) -> dict[UUID, frozenset[Way]]:
    """Hold those of the organisations that are partners, and tell by which ways each is told.

    The ways are read once the partners are held: one that began while we waited for that is among them.
    """
    held = [row["organization_id"] for row in await conn.fetch(HOLD_PARTNERS, list(organization_ids))]
    found: dict[UUID, set[Way]] = {organization_id: set() for organization_id in held}
    for row in await conn.fetch(WAYS, held) if held else ():
        found[row["organization_id"]].add(Way(row["way"]))
    return {organization_id: frozenset(ways) for organization_id, ways in found.items()}
