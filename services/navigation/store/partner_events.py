"""Notices to partners, each in its place, and which of them wait on which way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from contracts.published.events import Verb
from services.navigation.model.telling import News, PartnerEvent, Way
from shared.db import Connection, Record

INSERT_EVENTS = """
with said as (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                         $8::uuid[], $9::timestamptz[], $10::timestamptz[])
        with ordinality as u (id, organization_id, referral_id, client_id, verb, data, client,
                              consent_id, tellable_until, occurred_at, turn)
), moved_on as (
    update partner p
    set last_position = p.last_position + c.many
    from (select organization_id, count(*) as many from said group by organization_id) c
    where p.organization_id = c.organization_id
    returning p.organization_id, p.last_position - c.many as before
)
insert into partner_event (id, organization_id, position, referral_id, sequence, client_id, verb, data,
                           client, consent_id, tellable_until, occurred_at)
select s.id, s.organization_id,
       m.before + row_number() over (partition by s.organization_id order by s.turn),
       s.referral_id,
       coalesce((select max(e.sequence) from partner_event e where e.referral_id = s.referral_id), 0)
           + row_number() over (partition by s.referral_id order by s.turn),
       s.client_id, s.verb, s.data::jsonb, s.client::jsonb, s.consent_id, s.tellable_until, s.occurred_at
from said s join moved_on m using (organization_id)
returning id, organization_id, position, referral_id, sequence, client_id, verb, data, client,
          consent_id, tellable_until, withdrawn_at, occurred_at
"""


async def insert(conn: Connection, told: Sequence[News]) -> list[PartnerEvent]:
    """Give each notice its place, in this order. The partners and the clients must be held."""
    rows = await conn.fetch(
        INSERT_EVENTS,
        [n.id for n in told],
        [n.referral.organization_id for n in told],
        [n.referral.id for n in told],
        [n.referral.client_id for n in told],
        [n.verb.value for n in told],
        [to_json(n.data).decode() for n in told],
        [to_json(n.client).decode() if n.client is not None else None for n in told],
        [n.consent_id for n in told],
        [n.tellable_until for n in told],
        [n.at for n in told],
    )
    return [_event(row) for row in rows]


INSERT_DELIVERIES = """
insert into delivery (way, event_id, organization_id, referral_id, position)
select way, event_id, organization_id, referral_id, position
from unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[])
    as u (way, event_id, organization_id, referral_id, position)
"""


async def queue(conn: Connection, waiting: Sequence[tuple[Way, PartnerEvent]]) -> None:
    """Have these notices go out by these ways; due at once."""
    await conn.execute(
        INSERT_DELIVERIES,
        [way.value for way, _ in waiting],
        [event.id for _, event in waiting],
        [event.organization_id for _, event in waiting],
        [event.referral_id for _, event in waiting],
        [event.position for _, event in waiting],
    )


EVENTS_BY_ID = """
select id, organization_id, position, referral_id, sequence, client_id, verb, data, client,
       consent_id, tellable_until, withdrawn_at, occurred_at
from partner_event where id = any($1::uuid[])
order by organization_id, position
"""


async def by_id(conn: Connection, event_ids: Collection[UUID]) -> dict[UUID, PartnerEvent]:
    """These notices as they may be told at this moment, by position."""
    return {row["id"]: _event(row) for row in await conn.fetch(EVENTS_BY_ID, list(event_ids))}


EVENTS_AFTER = """
select id, organization_id, position, referral_id, sequence, client_id, verb, data, client,
       consent_id, tellable_until, withdrawn_at, occurred_at
from partner_event
where organization_id = $1 and position > $2
order by position
limit $3
"""


async def after(conn: Connection, organization_id: UUID, position: int, *, limit: int) -> list[PartnerEvent]:
    """A partner's notices after this position, in order. None is ever missed: positions appear in order."""
    return [_event(row) for row in await conn.fetch(EVENTS_AFTER, organization_id, position, limit)]


LAST_CONTENT = """
select distinct on (referral_id) referral_id, client
from partner_event
where referral_id = any($1::uuid[]) and client is not null
order by referral_id, sequence desc
"""


async def last_content(conn: Connection, referral_ids: Collection[UUID]) -> dict[UUID, dict[str, object]]:
    """What was last said of the client in each referral's notices, where anything still stands."""
    rows = await conn.fetch(LAST_CONTENT, list(referral_ids))
    return {row["referral_id"]: row["client"] for row in rows}


WITHOUT_ANY = """
select id from unnest($1::uuid[]) as u (id)
where not exists (select from partner_event e where e.referral_id = u.id)
"""


async def without_any(conn: Connection, referral_ids: Collection[UUID]) -> set[UUID]:
    """Those of the referrals of which their partner has heard nothing yet."""
    return {row["id"] for row in await conn.fetch(WITHOUT_ANY, list(referral_ids))}


WAITING_TO_HEAR = """
select distinct r.organization_id
from referral r join partner p on p.organization_id = r.organization_id
where p.revoked_at is null and r.sent_at is not null
  and r.status in ('requested', 'accepted', 'in-progress', 'on-hold')
  and not exists (select from partner_event e where e.referral_id = r.id)
order by r.organization_id
limit $1
"""


async def waiting_to_hear(conn: Connection, *, limit: int) -> list[UUID]:
    """Partners with a live referral of which they have heard nothing: each became one while it was sent."""
    return [row["organization_id"] for row in await conn.fetch(WAITING_TO_HEAR, limit)]


FORGET_CONTENT = (
    "update partner_event set client = null where referral_id = any($1::uuid[]) and client is not null"
)


async def forget_content(conn: Connection, referral_ids: Collection[UUID]) -> None:
    """Take what they say of the client out of notices: a newer one says it, or it is told no more."""
    await conn.execute(FORGET_CONTENT, list(referral_ids))


FORGET_ENDED = """
update partner_event e
set client = null
from referral r
where r.client_id = any($1::uuid[]) and e.referral_id = r.id and e.client is not null
  and r.status not in ('requested', 'accepted', 'in-progress', 'on-hold')
"""


async def forget_ended(conn: Connection, client_ids: Collection[UUID]) -> None:
    """Take out of the notices what was said of these clients about referrals that have ended."""
    await conn.execute(FORGET_ENDED, list(client_ids))


WITHDRAW_CONTENT = """
update partner_event set client = null, withdrawn_at = $2
where consent_id = any($1::uuid[]) and withdrawn_at is null
"""


async def withdraw(conn: Connection, consent_ids: Collection[UUID], *, now: datetime) -> None:
    """From here on nothing that rests on these consents goes out, by any way, nor at a replay."""
    await conn.execute(WITHDRAW_CONTENT, list(consent_ids), now)


def _event(row: Record) -> PartnerEvent:
    return PartnerEvent(
        id=row["id"],
        organization_id=row["organization_id"],
        position=row["position"],
        referral_id=row["referral_id"],
        sequence=row["sequence"],
        client_id=row["client_id"],
        verb=Verb(row["verb"]),
        data=row["data"],
        client=row["client"],
        consent_id=row["consent_id"],
        tellable_until=row["tellable_until"],
        withdrawn_at=row["withdrawn_at"],
        occurred_at=row["occurred_at"],
    )
