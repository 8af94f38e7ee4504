"""Partners, and how long they take to answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Connection, Record

ORGANIZATION_NAME = "select name from organization where id = $1"


async def organization_name(conn: Connection, organization_id: UUID) -> str | None:
    """What the directory calls this organisation; None when it does not know it."""
    name: str | None = await conn.fetchval(ORGANIZATION_NAME, organization_id)
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An organisation that answers for itself. Revoked, none of its keys opens anything."""

    organization_id: UUID
    name: str
    created_at: datetime
    revoked_at: datetime | None


INSERT_PARTNER = """
insert into partner (organization_id, name, created_at) values ($1, $2, $3)
on conflict (organization_id) do nothing
returning organization_id
"""


async def insert_partner(conn: Connection, organization_id: UUID, *, name: str, now: datetime) -> bool:
    """Add a partner; False when the organisation is one already."""
    return await conn.fetchval(INSERT_PARTNER, organization_id, name, now) is not None


LOCK_PARTNER = """
select organization_id, name, created_at, revoked_at from partner where organization_id = $1 for update
"""


async def lock_partner(conn: Connection, organization_id: UUID) -> Partner | None:
    """Hold a partner until the transaction ends; None when there is no such partner."""
    row = await conn.fetchrow(LOCK_PARTNER, organization_id)
    return _partner(row) if row else None


PARTNER = "select organization_id, name, created_at, revoked_at from partner where organization_id = $1"


async def partner(conn: Connection, organization_id: UUID) -> Partner | None:
    """A partner; None when there is no such partner."""
    row = await conn.fetchrow(PARTNER, organization_id)
    return _partner(row) if row else None


PARTNERS = """
select organization_id, name, created_at, revoked_at
from partner
where $1::uuid is null or organization_id > $1
order by organization_id
limit $2
"""


async def partners(conn: Connection, *, after: UUID | None, limit: int) -> list[Partner]:
    """Every partner, by organisation."""
    return [_partner(row) for row in await conn.fetch(PARTNERS, after, limit)]


def _partner(row: Record) -> Partner:
    return Partner(
        organization_id=row["organization_id"],
        name=row["name"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )


REVOKE_PARTNER = """
update partner set revoked_at = $2 where organization_id = $1 and revoked_at is null
"""


async def revoke_partner(conn: Connection, organization_id: UUID, *, now: datetime) -> None:
    """Shut a partner out; doing it again changes nothing."""
    await conn.execute(REVOKE_PARTNER, organization_id, now)


RESTORE_PARTNER = "update partner set revoked_at = null where organization_id = $1"


async def restore_partner(conn: Connection, organization_id: UUID) -> None:
    """Let a partner in again; what it had before stays closed."""
    await conn.execute(RESTORE_PARTNER, organization_id)


LAST_POSITION = "select last_position from partner where organization_id = $1"


async def last_position(conn: Connection, organization_id: UUID) -> int:
    """The position of a partner's latest notice; 0 before the first one."""
    found: int | None = await conn.fetchval(LAST_POSITION, organization_id)
    return found or 0


NEWS_FOR = """
select organization_id,
       case when revoked_at is null then last_position else 9223372036854775807 end as position
from partner
where organization_id = any($1::uuid[])
"""


async def news_for(conn: Connection, organization_ids: Collection[UUID]) -> dict[UUID, int]:
    """The latest position of each of these partners; of one that was shut out a last one, to wait no more."""
    rows = await conn.fetch(NEWS_FOR, list(organization_ids))
    return {row["organization_id"]: row["position"] for row in rows}


OBSERVE_ANSWERS = """
insert into response_time as known (organization_id, answers, mean_seconds)
select organization_id, count(*), avg(seconds)
from unnest($1::uuid[], $2::double precision[]) as u (organization_id, seconds)
group by organization_id order by organization_id
on conflict (organization_id) do update
set answers = known.answers + excluded.answers,
    mean_seconds = known.mean_seconds
        + (excluded.mean_seconds - known.mean_seconds) / least(known.answers + 1, 5)
"""


async def observe_answers(conn: Connection, seconds: Sequence[tuple[UUID, float]]) -> None:
    """Take in how many seconds organisations took to answer; the last five or so count most."""
    await conn.execute(
        OBSERVE_ANSWERS,
        [organization_id for organization_id, _ in seconds],
        [taken for _, taken in seconds],
    )


RESPONSE_TIMES = "select organization_id, mean_seconds from response_time"


async def response_times(conn: Connection) -> dict[UUID, float]:
    """How long each organisation takes to answer, in seconds, as far as that was seen."""
    return {row["organization_id"]: row["mean_seconds"] for row in await conn.fetch(RESPONSE_TIMES)}
