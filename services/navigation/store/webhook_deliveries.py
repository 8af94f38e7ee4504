"""Notices that wait for a partner's endpoint: whose turn it is, in whose hands they are, what became of them.

A delivery in hand is due again when its lease is over, so a sender that dies loses nothing. Of one referral
only the earliest that waits can be taken. All times are real and the database's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.navigation.model.webhooks import (
    Again,
    Claimed,
    DeliveryState,
    GivenUp,
    Health,
    Next,
    Ready,
    Taken,
)
from shared.db import Connection

READY_ENDPOINTS = """
with turn as (
    select e.organization_id
    from webhook_endpoint e
    where e.disabled_at is null
      and (e.paused_until is null or e.paused_until <= statement_timestamp())
      and exists (
          select from delivery d
          where d.way = 'webhook' and d.state = 'waiting' and d.organization_id = e.organization_id
            and d.due_at <= statement_timestamp())
      and exists (
          select from partner p where p.organization_id = e.organization_id and p.revoked_at is null)
    order by e.claimed_at
    limit $1
    for no key update of e skip locked
)
update webhook_endpoint e
set claimed_at = clock_timestamp()
from turn t
where e.organization_id = t.organization_id
returning e.organization_id, e.failures, e.milliseconds
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """An endpoint that is held for its turn."""

    organization_id: UUID
    health: Health


async def take_turns(conn: Connection, *, limit: int) -> list[Turn]:
    """Hold endpoints that may be sent to and have something due, those that have waited longest first."""
    return [
        Turn(row["organization_id"], Health(failures=row["failures"], milliseconds=row["milliseconds"]))
        for row in await conn.fetch(READY_ENDPOINTS, limit)
    ]


IN_HAND = """
select organization_id, count(*) as many
from delivery
where way = 'webhook' and state = 'waiting' and lease is not null and due_at > statement_timestamp()
  and organization_id = any($1::uuid[])
group by organization_id
"""


async def in_hand(conn: Connection, turns: Sequence[Turn]) -> list[Ready]:
    """How much each of the endpoints held has in hand already, by whichever copy of ours."""
    rows = await conn.fetch(IN_HAND, [turn.organization_id for turn in turns])
    many = {row["organization_id"]: row["many"] for row in rows}
    return [
        Ready(
            organization_id=turn.organization_id,
            health=turn.health,
            in_hand=many.get(turn.organization_id, 0),
        )
        for turn in turns
    ]


CLAIM = """
with picked as (
    select d.event_id, d.replayed
    from unnest($1::uuid[], $2::integer[]) as share (organization_id, many)
    cross join lateral (
        select w.event_id, w.replayed
        from delivery w
        where w.way = 'webhook' and w.state = 'waiting' and w.organization_id = share.organization_id
          and w.due_at <= statement_timestamp()
          and not exists (
              select from delivery e
              where e.way = 'webhook' and e.state = 'waiting' and e.referral_id = w.referral_id
                and e.position < w.position)
        order by w.due_at, w.position
        limit share.many
        for no key update skip locked
    ) d
)
update delivery d
set lease = $3, due_at = clock_timestamp() + $4::interval, replayed = false
from picked p
where d.way = 'webhook' and d.event_id = p.event_id
returning d.event_id, d.organization_id, d.attempts, p.replayed
"""


async def claim(
    conn: Connection, shares: Mapping[UUID, int], *, lease: UUID, lasts: timedelta
) -> list[Claimed]:
    """Take up to so many due deliveries of each endpoint into hand. The endpoints must be held."""
    rows = await conn.fetch(CLAIM, list(shares), list(shares.values()), lease, lasts)
    return [
        Claimed(
            event_id=row["event_id"],
            organization_id=row["organization_id"],
            attempts=row["attempts"],
            replayed=row["replayed"],
        )
        for row in rows
    ]


IS_HELD = """
select exists (
    select from delivery
    where way = 'webhook' and event_id = $1 and state = 'waiting' and lease = $2
)
"""


async def is_held(conn: Connection, event_id: UUID, *, lease: UUID) -> bool:
    """Whether a delivery still waits, and in these hands."""
    return bool(await conn.fetchval(IS_HELD, event_id, lease))


RECORD_DELIVERIES = """
update delivery d
set state = u.state, attempts = d.attempts + 1, lease = null,
    due_at = clock_timestamp() + u.wait,
    delivered_at = case when u.state = 'delivered' then clock_timestamp() end
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::interval[]) as u (event_id, lease, state, wait)
where d.way = 'webhook' and d.event_id = u.event_id and d.state = 'waiting'
  and (d.lease = u.lease or u.state = 'delivered')
"""


async def record(conn: Connection, results: Sequence[tuple[UUID, UUID, Next]]) -> None:
    """Write down what became of deliveries, by event and lease.

    What the partner has taken is taken, whoever's hands it is in by now; a failure counts only for a lease
    that still holds.
    """
    await conn.execute(
        RECORD_DELIVERIES,
        [event_id for event_id, _, _ in results],
        [lease for _, lease, _ in results],
        [_STATE[type(result)] for _, _, result in results],
        [result.after if isinstance(result, Again) else timedelta(0) for _, _, result in results],
    )


_STATE = {Taken: "delivered", Again: "waiting", GivenUp: "given_up"}

HAND_BACK = """
update delivery
set lease = null, due_at = clock_timestamp() + $3::interval
where way = 'webhook' and state = 'waiting' and event_id = any($1::uuid[]) and lease = any($2::uuid[])
"""


async def hand_back(
    conn: Connection, event_ids: Collection[UUID], leases: Collection[UUID], *, after: timedelta
) -> None:
    """Give deliveries out of hand that were not attempted; they are due after this long."""
    await conn.execute(HAND_BACK, list(event_ids), list(leases), after)


GIVE_UP_OLD = """
update delivery
set state = 'given_up', lease = null
where way = 'webhook' and state = 'waiting' and queued_at < statement_timestamp() - $1::interval
  and (lease is null or due_at <= statement_timestamp())
"""


async def give_up_old(conn: Connection, *, after: timedelta) -> int:
    """Give up what has waited for longer than this; returns how many there were."""
    done: str = await conn.execute(GIVE_UP_OLD, after)
    return int(done.rpartition(" ")[2])


LONG_DISABLED = """
select e.organization_id
from webhook_endpoint e join partner_way w on w.organization_id = e.organization_id
where e.disabled_at < statement_timestamp() - $1::interval and w.way = 'webhook' and w.ended_at is null
"""


async def long_disabled(conn: Connection, *, after: timedelta) -> list[UUID]:
    """Partners that are still told by an endpoint that has been disabled for longer than this."""
    return [row["organization_id"] for row in await conn.fetch(LONG_DISABLED, after)]


HURRY = """
update delivery
set due_at = clock_timestamp()
where way = 'webhook' and state = 'waiting' and organization_id = $1 and lease is null
  and due_at > statement_timestamp()
"""


async def hurry(conn: Connection, organization_id: UUID) -> None:
    """Make everything that waits for an endpoint due at once."""
    await conn.execute(HURRY, organization_id)


REPLAY = """
insert into delivery as d (way, event_id, organization_id, referral_id, position, replayed)
select 'webhook', e.id, e.organization_id, e.referral_id, e.position, true
from partner_event e
where e.organization_id = $1 and e.recorded_at > $2
order by e.position
on conflict (way, event_id) do update
set state = 'waiting', attempts = 0, due_at = clock_timestamp(), delivered_at = null,
    queued_at = clock_timestamp(), replayed = true, lease = null
where d.state <> 'waiting'
"""


async def replay(conn: Connection, organization_id: UUID, *, since: datetime) -> int:
    """Queue again, in order, what was said since then and is not waiting anyway; returns how many."""
    done: str = await conn.execute(REPLAY, organization_id, since)
    return int(done.rpartition(" ")[2])


REPLAYING = """
select count(*) from delivery
where way = 'webhook' and state = 'waiting' and organization_id = $1 and replayed
"""


async def replaying(conn: Connection, organization_id: UUID) -> int:
    """How many notices of a replay are still to be sent for the first time."""
    found = await conn.fetchval(REPLAYING, organization_id)
    assert isinstance(found, int), "an aggregate always answers"
    return found


COUNTS = """
select (select count(*) from delivery
        where way = 'webhook' and state = 'waiting' and organization_id = $1) as waiting,
       (select count(*) from delivery
        where way = 'webhook' and state = 'given_up' and organization_id = $1) as given_up
"""


async def counts(conn: Connection, organization_id: UUID) -> tuple[int, int]:
    """How many notices wait for an endpoint, and how many were given up."""
    row = await conn.fetchrow(COUNTS, organization_id)
    assert row is not None, "an aggregate always answers"
    return row["waiting"], row["given_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How one notice stands with the endpoint."""

    event_id: UUID
    referral_id: UUID
    position: int
    state: DeliveryState
    attempts: int
    due_at: datetime
    delivered_at: datetime | None


DELIVERIES = """
select event_id, referral_id, position, state, attempts, due_at, delivered_at
from delivery
where organization_id = $1 and way = 'webhook' and ($2::bigint is null or position < $2)
order by position desc
limit $3
"""


async def deliveries(
    conn: Connection, organization_id: UUID, *, before: int | None, limit: int
) -> list[Delivery]:
    """How a partner's notices stand with its endpoint, the latest first."""
    return [Delivery(**row) for row in await conn.fetch(DELIVERIES, organization_id, before, limit)]


DELIVERIES_IN_STATE = """
select event_id, referral_id, position, state, attempts, due_at, delivered_at
from delivery
where organization_id = $1 and way = 'webhook' and state = $4 and ($2::bigint is null or position < $2)
order by position desc
limit $3
"""


async def deliveries_in(
    conn: Connection, organization_id: UUID, state: DeliveryState, *, before: int | None, limit: int
) -> list[Delivery]:
    """Those of a partner's notices that stand like this with its endpoint, the latest first."""
    rows = await conn.fetch(DELIVERIES_IN_STATE, organization_id, before, limit, state)
    return [Delivery(**row) for row in rows]
