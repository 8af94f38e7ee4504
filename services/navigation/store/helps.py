"""Help that was asked for, and what is known about it beyond the request itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from contracts.terms import Wish
from contracts.values import ClientContext, HelpFilters
from services.navigation.model.referrals import Help
from shared.db import Connection, Record

INSERT_HELPS = """
insert into help (id, barrier_id, client_id, category, resource_codes, filters, wish, send_allowed, words,
                  needed_at, cause_id, correlation_id)
select id, barrier_id, client_id, category,
       array(select jsonb_array_elements_text(codes::jsonb)), filters, wish, send_allowed, words,
       needed_at, cause_id, correlation_id
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::text[],
            $8::boolean[], $9::text[], $10::timestamptz[], $11::uuid[], $12::uuid[])
    as u (id, barrier_id, client_id, category, codes, filters, wish, send_allowed, words,
          needed_at, cause_id, correlation_id)
"""


async def insert(conn: Connection, helps: Sequence[Help]) -> None:
    """Write down help that was asked for; asking twice under one id is an error of the caller."""
    await conn.execute(
        INSERT_HELPS,
        [h.id for h in helps],
        [h.barrier_id for h in helps],
        [h.client_id for h in helps],
        [h.category for h in helps],
        [to_json(h.resource_codes).decode() for h in helps],
        [h.filters for h in helps],
        [h.wish.value for h in helps],
        [h.send_allowed for h in helps],
        [h.words for h in helps],
        [h.needed_at for h in helps],
        [h.cause_id for h in helps],
        [h.correlation_id for h in helps],
    )


HELPS = """
select id, barrier_id, client_id, category, resource_codes, filters, wish, send_allowed, words, needed_at,
       cause_id, correlation_id
from help where id = any($1::uuid[])
"""


async def helps(conn: Connection, help_ids: Collection[UUID]) -> dict[UUID, Help]:
    """The help that was asked for under each of these ids."""
    return {row["id"]: _help(row) for row in await conn.fetch(HELPS, list(help_ids))}


def _help(row: Record) -> Help:
    return Help(
        id=row["id"],
        barrier_id=row["barrier_id"],
        client_id=row["client_id"],
        category=row["category"],
        resource_codes=tuple(row["resource_codes"]),
        filters=HelpFilters.model_validate(row["filters"]),
        wish=Wish(row["wish"]),
        send_allowed=row["send_allowed"],
        words=row["words"],
        needed_at=row["needed_at"],
        cause_id=row["cause_id"],
        correlation_id=row["correlation_id"],
    )


SITUATIONS = """
select u.help_id, h.id is not null as known, w.withdrawn_at,
       case when c.context_version > u.context_version then c.context end as newer,
       array(
           select r.service_id from referral r
           where r.barrier_id = u.barrier_id
             and (r.status in ('rejected', 'failed') or r.unanswered_at is not null
                  or (r.status = 'cancelled' and r.ended_by = 'partner')
                  or r.reason = 'client_declined' or (r.reason = 'superseded' and r.sent_at is not null))
       ) as tried
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[])
    as u (help_id, barrier_id, client_id, context_version)
left join help h on h.id = u.help_id
left join withdrawal w on w.barrier_id = u.barrier_id
left join client c on c.id = u.client_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known about help beyond the event that asks for it.

    `newer` is a later context, if any; `tried` are services that could not help or that the client declined.
    """

    known: bool
    withdrawn_at: datetime | None
    newer: ClientContext | None
    tried: frozenset[UUID]


async def situations(
    conn: Connection, asked: Collection[tuple[UUID, UUID, ClientContext]]
) -> dict[UUID, Situation]:
    """The situation of each (help, barrier, context). The clients must be held."""
    rows = await conn.fetch(
        SITUATIONS,
        [help_id for help_id, _, _ in asked],
        [barrier_id for _, barrier_id, _ in asked],
        [context.client_id for _, _, context in asked],
        [context.version for _, _, context in asked],
    )
    return {
        row["help_id"]: Situation(
            known=row["known"],
            withdrawn_at=row["withdrawn_at"],
            newer=ClientContext.model_validate(row["newer"]) if row["newer"] else None,
            tried=frozenset(row["tried"]),
        )
        for row in rows
    }


TRIED = """
select barrier_id, service_id, null::timestamptz as withdrawn_at
from referral
where barrier_id = any($1::uuid[])
  and (status in ('rejected', 'failed') or unanswered_at is not null
       or (status = 'cancelled' and ended_by = 'partner')
       or reason = 'client_declined' or (reason = 'superseded' and sent_at is not null))
union
select barrier_id, null::uuid, withdrawn_at from withdrawal where barrier_id = any($1::uuid[])
"""


async def tried(
    conn: Connection, barrier_ids: Collection[UUID]
) -> tuple[dict[UUID, set[UUID]], dict[UUID, datetime]]:
    """For each barrier, which services could not help or were declined, and when help was last withdrawn."""
    services: dict[UUID, set[UUID]] = {}
    withdrawn: dict[UUID, datetime] = {}
    for row in await conn.fetch(TRIED, list(barrier_ids)):
        if row["service_id"] is not None:
            services.setdefault(row["barrier_id"], set()).add(row["service_id"])
        else:
            withdrawn[row["barrier_id"]] = row["withdrawn_at"]
    return services, withdrawn
