"""What waits to be published to partners' systems, what must leave the stream, and who may be connected."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Connection

GIVE_UP_WAITING = """
update delivery d set state = 'given_up'
where d.way = 'nats' and d.state = 'waiting'
  and not exists (select from partner_way w join partner p on p.organization_id = w.organization_id
                  where w.organization_id = d.organization_id and w.way = 'nats'
                    and w.ended_at is null and p.revoked_at is null)
"""


async def give_up(conn: Connection) -> None:
    """Wait no longer with what is for partners who are not told by this way any more."""
    await conn.execute(GIVE_UP_WAITING)


CLAIM_PARTNERS = """
with due as (
    select distinct organization_id from (
        select organization_id from delivery
        where way = 'nats' and state = 'waiting' and due_at <= clock_timestamp()
        order by due_at limit 2000
    ) oldest
)
select w.organization_id, w.since
from partner_way w
where w.way = 'nats' and w.ended_at is null and w.organization_id in (select organization_id from due)
order by w.organization_id
limit $1
for update of w skip locked
"""


async def claim(conn: Connection, *, most: int) -> dict[UUID, datetime]:
    """Hold partners for whom something waits, to be the one who publishes; since when each is told."""
    rows = await conn.fetch(CLAIM_PARTNERS, most)
    return {row["organization_id"]: row["since"] for row in rows}


HOLD_WAITING = """
select d.event_id
from unnest($1::uuid[]) as u (organization_id)
cross join lateral (
    select event_id from delivery
    where way = 'nats' and state = 'waiting' and organization_id = u.organization_id
    order by position
    limit $2
    for update
) d
"""


async def waiting(conn: Connection, organization_ids: Collection[UUID], *, most: int) -> list[UUID]:
    """Hold the first of what waits for each of these partners. The content is to be read after this."""
    return [row["event_id"] for row in await conn.fetch(HOLD_WAITING, list(organization_ids), most)]


@dataclass(frozen=True, slots=True)
class Published:
    """A notice that the server has stored: where, if it holds anything that may have to be taken back."""

    event_id: UUID
    sequence: int | None


MARK_PUBLISHED = """
update delivery d
set state = 'delivered', attempts = d.attempts + 1, delivered_at = clock_timestamp(),
    stream_sequence = p.sequence
from unnest($1::uuid[], $2::bigint[]) as p (event_id, sequence)
where d.way = 'nats' and d.event_id = p.event_id
"""


async def mark(conn: Connection, published: Sequence[Published]) -> None:
    """Write down what the server has acknowledged."""
    await conn.execute(MARK_PUBLISHED, [p.event_id for p in published], [p.sequence for p in published])


POSTPONE = """
update delivery
set attempts = attempts + 1,
    due_at = clock_timestamp() + interval '250 milliseconds' * 2 ^ least(attempts, 7)
where way = 'nats' and state = 'waiting' and event_id = any($1::uuid[])
"""


async def postpone(conn: Connection, event_ids: Collection[UUID]) -> None:
    """Try these again in a moment: soon at first, then every half minute."""
    await conn.execute(POSTPONE, list(event_ids))


HOLD_REMOVALS = """
select r.event_id, d.stream_sequence
from stream_removal r join delivery d on d.way = 'nats' and d.event_id = r.event_id
where d.state <> 'waiting'
order by r.event_id
limit $1
for update of d skip locked
"""


async def removals(conn: Connection, *, most: int) -> dict[UUID, int | None]:
    """What must leave the stream, with its place there. What is just being published comes the next time.

    So does what waits: an attempt whose end nobody saw may have stored it, which only the next one tells.
    """
    rows = await conn.fetch(HOLD_REMOVALS, most)
    return {row["event_id"]: row["stream_sequence"] for row in rows}


MARK_REMOVED = """
with asked as (
    delete from stream_removal where event_id = any($1::uuid[])
)
update delivery set stream_sequence = null
where way = 'nats' and event_id = any($1::uuid[]) and stream_sequence is not null
"""


async def removed(conn: Connection, event_ids: Collection[UUID]) -> None:
    """Write down that nothing of these is in the stream any more."""
    await conn.execute(MARK_REMOVED, list(event_ids))


EXPECT_CONSUMER = """
insert into stream_consumer (organization_id) values ($1) on conflict (organization_id) do nothing
"""


async def expect_consumer(conn: Connection, organization_id: UUID) -> None:
    """Remember that the broker may have a consumer of this partner."""
    await conn.execute(EXPECT_CONSUMER, organization_id)


HOLD_LEFT_OVER = """
select w.organization_id
from stream_consumer c join partner_way w on w.organization_id = c.organization_id and w.way = 'nats'
where w.ended_at is not null
order by w.organization_id
limit $1
for update of w skip locked
"""


async def left_over(conn: Connection, *, most: int) -> list[UUID]:
    """Hold partners who are not told by this way any more and may still have a consumer."""
    return [row["organization_id"] for row in await conn.fetch(HOLD_LEFT_OVER, most)]


FORGET_CONSUMERS = "delete from stream_consumer where organization_id = any($1::uuid[])"


async def forget_consumers(conn: Connection, organization_ids: Collection[UUID]) -> None:
    """Write down that these partners' consumers are gone."""
    await conn.execute(FORGET_CONSUMERS, list(organization_ids))


TOLD_SINCE = """
select w.since
from partner_way w join partner p on p.organization_id = w.organization_id
where w.organization_id = $1 and w.way = 'nats' and w.ended_at is null and p.revoked_at is null
"""


async def told_since(conn: Connection, organization_id: UUID) -> datetime | None:
    """Since when a partner is told by this way; None when it is not."""
    since: datetime | None = await conn.fetchval(TOLD_SINCE, organization_id)
    return since


OPEN_KEYS = """
select k.id
from partner_key k
join partner p on p.organization_id = k.organization_id
join partner_way w on w.organization_id = k.organization_id and w.way = 'nats'
where k.id = any($1::uuid[]) and k.revoked_at is null and p.revoked_at is null and w.ended_at is null
  and (k.works_until is null or k.works_until > clock_timestamp())
"""


async def open_keys(conn: Connection, key_ids: Collection[UUID]) -> set[UUID]:
    """Those of the keys with which a connection may be open at this moment."""
    return {row["id"] for row in await conn.fetch(OPEN_KEYS, list(key_ids))}


MAY_ANSWER = """
select exists (
    select from partner_key k
    join partner p on p.organization_id = k.organization_id
    join partner_way w on w.organization_id = k.organization_id and w.way = 'nats'
    where k.id = $1 and k.organization_id = $2 and 'answers' = any(k.scopes)
      and k.revoked_at is null and p.revoked_at is null and w.ended_at is null
      and (k.works_until is null or k.works_until > clock_timestamp())
)
"""


async def may_answer(conn: Connection, key_id: UUID, *, organization_id: UUID) -> bool:
    """Whether a connection that was opened with this key may answer for the organisation right now."""
    return bool(await conn.fetchval(MAY_ANSWER, key_id, organization_id))
