"""Where mails go, which are due, and what became of them. Due moments are real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.published.events import Verb
from contracts.terms import ReferralStatus
from services.navigation.model.links import Due
from shared.db import Connection

SET_ADDRESS = """
insert into partner_email as known (organization_id, address, since) values ($1, $2, clock_timestamp())
on conflict (organization_id) do update
set address = excluded.address,
    since = case when known.address = excluded.address then known.since else excluded.since end,
    last_sent_at = case when known.address = excluded.address then known.last_sent_at end,
    last_problem = null,
    last_problem_at = null
"""


async def set_address(conn: Connection, organization_id: UUID, address: str) -> None:
    """Write to this address from now on."""
    await conn.execute(SET_ADDRESS, organization_id, address)


REMOVE_ADDRESS = "delete from partner_email where organization_id = $1 returning organization_id"


async def remove_address(conn: Connection, organization_id: UUID) -> bool:
    """Write no more; False when there was no address."""
    return await conn.fetchval(REMOVE_ADDRESS, organization_id) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """An organisation's address and how mails to it fare."""

    organization_id: UUID
    name: str
    address: str
    since: datetime
    last_sent_at: datetime | None
    last_problem: str | None
    last_problem_at: datetime | None
    waiting: int
    given_up: int


MAILING = """
select m.organization_id, p.name, m.address, m.since, m.last_sent_at, m.last_problem, m.last_problem_at,
       (select count(*) from delivery d
        where d.way = 'link' and d.organization_id = m.organization_id and d.state = 'waiting') as waiting,
       (select count(*) from delivery d
        where d.way = 'link' and d.organization_id = m.organization_id and d.state = 'given_up') as given_up
from partner_email m join partner p on p.organization_id = m.organization_id
where m.organization_id = $1
"""


async def mailing(conn: Connection, organization_id: UUID) -> Mailing | None:
    """An organisation's address and how mails to it fare; None when it has none."""
    row = await conn.fetchrow(MAILING, organization_id)
    return Mailing(**dict(row)) if row else None


CLAIM_MAILS = """
with due as (
    select event_id from delivery
    where way = 'link' and state = 'waiting' and due_at <= clock_timestamp()
    order by due_at
    limit $1
    for update skip locked
), claimed as (
    update delivery d
    set attempts = d.attempts + 1, due_at = clock_timestamp() + $2::interval
    from due
    where d.way = 'link' and d.event_id = due.event_id
    returning d.event_id, d.referral_id, d.organization_id, d.position, d.attempts
)
select c.event_id, c.referral_id, c.organization_id, c.position, c.attempts, e.verb, r.status, m.address,
       p.revoked_at is not null as partner_revoked
from claimed c
join partner_event e on e.id = c.event_id
join referral r on r.id = c.referral_id
join partner p on p.organization_id = c.organization_id
left join partner_email m on m.organization_id = c.organization_id
order by c.organization_id, c.position
"""


async def claim(conn: Connection, *, most: int, lease: timedelta) -> list[Due]:
    """Take what is due into hand; whoever does not come back within the lease has lost it again."""
    return [
        Due(
            event_id=row["event_id"],
            referral_id=row["referral_id"],
            organization_id=row["organization_id"],
            position=row["position"],
            verb=Verb(row["verb"]),
            attempts=row["attempts"],
            status=ReferralStatus(row["status"]),
            address=row["address"],
            partner_revoked=row["partner_revoked"],
        )
        for row in await conn.fetch(CLAIM_MAILS, most, lease)
    ]


MAILS_DELIVERED = """
update delivery set state = 'delivered', delivered_at = clock_timestamp()
where way = 'link' and event_id = any($1) and state = 'waiting'
"""


async def delivered(conn: Connection, event_ids: Sequence[UUID]) -> None:
    """Nothing more is to be done about these."""
    await conn.execute(MAILS_DELIVERED, event_ids)


MAILS_LATER = """
update delivery d set due_at = clock_timestamp() + u.pause
from unnest($1::uuid[], $2::interval[]) as u (event_id, pause)
where d.way = 'link' and d.event_id = u.event_id and d.state = 'waiting'
"""


async def later(conn: Connection, pauses: Mapping[UUID, timedelta]) -> None:
    """Try these again after their pauses."""
    await conn.execute(MAILS_LATER, list(pauses), list(pauses.values()))


MAILS_GIVEN_UP = """
update delivery set state = 'given_up'
where way = 'link' and event_id = any($1) and state = 'waiting'
"""


async def give_up(conn: Connection, event_ids: Sequence[UUID]) -> None:
    """Try these no more."""
    await conn.execute(MAILS_GIVEN_UP, event_ids)


NOTE_SENT = """
update partner_email set last_sent_at = clock_timestamp() where organization_id = any($1)
"""


async def note_sent(conn: Connection, organization_ids: Sequence[UUID]) -> None:
    """Remember that mails went out to these."""
    await conn.execute(NOTE_SENT, sorted(set(organization_ids)))


NOTE_PROBLEMS = """
update partner_email m set last_problem = u.problem, last_problem_at = clock_timestamp()
from (select distinct on (organization_id) organization_id, problem
      from unnest($1::uuid[], $2::text[]) as u (organization_id, problem)
      order by organization_id) as u
where m.organization_id = u.organization_id
"""


async def note_problems(conn: Connection, problems: Sequence[tuple[UUID, str]]) -> None:
    """Remember what stood in the way of mails to these, for whoever looks after partners."""
    await conn.execute(NOTE_PROBLEMS, [who for who, _ in problems], [why for _, why in problems])


SEND_AGAIN = """
insert into delivery (way, event_id, organization_id, referral_id, position)
select 'link', e.id, e.organization_id, e.referral_id, e.position
from partner_event e
join referral r on r.id = e.referral_id and r.organization_id = e.organization_id
where e.organization_id = $1 and e.referral_id = any($2) and e.verb = 'requested'
on conflict (way, event_id) do update
set state = 'waiting', attempts = 0, due_at = clock_timestamp(), delivered_at = null
returning referral_id
"""


async def send_again(conn: Connection, organization_id: UUID, referral_ids: Sequence[UUID]) -> set[UUID]:
    """Let requests be mailed anew; return those of them that a mail can be written about."""
    rows = await conn.fetch(SEND_AGAIN, organization_id, referral_ids)
    return {row["referral_id"] for row in rows}


LIVE_REFERRALS = """
select id from referral
where organization_id = $1 and sent_at is not null
  and status in ('requested', 'accepted', 'in-progress', 'on-hold')
order by sent_at, id
"""


async def live_referrals(conn: Connection, organization_id: UUID) -> list[UUID]:
    """What is under way with an organisation."""
    return [row["id"] for row in await conn.fetch(LIVE_REFERRALS, organization_id)]
