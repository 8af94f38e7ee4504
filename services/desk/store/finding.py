"""Finding clients: by the beginnings of their names, the latest ones, those who wait for a team.

Nobody is found whom the viewer has no reason to see: their own teams' clients, and those of no team yet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Connection, Record

LAST_LETTER = "\U0010ffff"
"""After every word that begins alike, in the order of code points that the column has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Enough of a client to know them by."""

    client_id: UUID
    full_name: str
    preferred_name: str
    registered_at: datetime | None
    contact_prohibited: bool
    team_id: UUID | None
    staff_id: UUID | None
    born_on: str | None
    postcode: str | None


FIND_CLIENTS = """
with hit as materialized (
    select n.word, n.client_id, l.team_id, l.staff_id
    from client_name n
    left join caseload l on l.client_id = n.client_id
    left join one_person o on o.client_id = n.client_id
    where n.word >= $2 and n.word < $2 || $4
      and case when o.client_id is null then l.client_id is null or l.team_id = any($3::uuid[])
               else o.team_ids = '{}' or o.team_ids && $3::uuid[] end
      and not exists (
          select from client_name m where m.client_id = n.client_id and m.word >= $2 and m.word < n.word)
      and not exists (
          select from unnest($1::text[]) as w (word)
          where not exists (
              select from client_name m
              where m.client_id = n.client_id and m.word >= w.word and m.word < w.word || $4))
    order by n.word, n.client_id
    offset $5 limit $6
)
select c.id, c.full_name, c.preferred_name, c.registered_at, c.contact_prohibited, h.team_id, h.staff_id,
       c.picture -> 'context' ->> 'born_on' as born_on, c.picture -> 'context' ->> 'postcode' as postcode
from hit h
left join one_person o on o.client_id = h.client_id
left join client v on v.id = o.survivor_id
join client c on c.id = coalesce(v.id, h.client_id)
order by h.word, h.client_id
"""


async def by_name(
    conn: Connection, words: Collection[str], *, team_ids: Collection[UUID], offset: int, limit: int
) -> list[Found]:
    """Clients with a word in their names for each of these, that begins like it; in that word's order.

    Where records were put together, the one that stands for the person comes, by the name of either.
    """
    longest, *others = sorted(words, key=len, reverse=True)
    rows = await conn.fetch(FIND_CLIENTS, others, longest, list(team_ids), LAST_LETTER, offset, limit)
    return [_found(row) for row in rows]


LATEST_CLIENTS = """
with hit as materialized (
    select c.id, l.team_id, l.staff_id
    from client c
    join caseload l on l.client_id = c.id
    where l.team_id = any($1::uuid[]) and c.registered_at is not null
    order by c.registered_at desc, c.id desc
    limit $2
)
select c.id, c.full_name, c.preferred_name, c.registered_at, c.contact_prohibited, h.team_id, h.staff_id,
       c.picture -> 'context' ->> 'born_on' as born_on, c.picture -> 'context' ->> 'postcode' as postcode
from hit h
left join one_person o on o.client_id = h.id
left join client v on v.id = o.survivor_id
join client c on c.id = coalesce(v.id, h.id)
order by c.registered_at desc, c.id desc
"""


async def latest(conn: Connection, team_ids: Collection[UUID], *, limit: int) -> list[Found]:
    """The clients of these teams who were registered last."""
    return [_found(row) for row in await conn.fetch(LATEST_CLIENTS, list(team_ids), limit)]


WAITING_CLIENTS = """
with hit as materialized (
    select w.client_id, w.registered_at
    from waiting_client w
    where not exists (
        select from one_person o
        where o.client_id = w.client_id and (o.survivor_id <> o.client_id or o.team_ids <> '{}'))
    order by w.registered_at desc, w.client_id desc
    limit $1
)
select c.id, c.full_name, c.preferred_name, c.registered_at, c.contact_prohibited, null::uuid as team_id,
       null::uuid as staff_id, c.picture -> 'context' ->> 'born_on' as born_on,
       c.picture -> 'context' ->> 'postcode' as postcode
from hit h
join client c on c.id = h.client_id
order by h.registered_at desc, h.client_id desc
"""


async def waiting(conn: Connection, *, limit: int) -> list[Found]:
    """Clients who belong to no team yet, the latest first."""
    return [_found(row) for row in await conn.fetch(WAITING_CLIENTS, limit)]


TEAM_NAMES = "select id, name from team where id = any($1::uuid[])"


async def team_names(conn: Connection, team_ids: Collection[UUID]) -> dict[UUID, str]:
    """What teams are called."""
    return {row["id"]: row["name"] for row in await conn.fetch(TEAM_NAMES, list(team_ids))}


CLIENT_NAMES = "select id, full_name from client where id = any($1::uuid[])"


async def client_names(conn: Connection, client_ids: Collection[UUID]) -> dict[UUID, str]:
    """The full names of these clients."""
    return {row["id"]: row["full_name"] for row in await conn.fetch(CLIENT_NAMES, list(client_ids))}


def _found(row: Record) -> Found:
    return Found(
        client_id=row["id"],
        full_name=row["full_name"],
        preferred_name=row["preferred_name"],
        registered_at=row["registered_at"],
        contact_prohibited=row["contact_prohibited"],
        team_id=row["team_id"],
        staff_id=row["staff_id"],
        born_on=row["born_on"],
        postcode=row["postcode"],
    )


def names_in(found: Sequence[Found]) -> frozenset[UUID]:
    """The teams that these clients belong to."""
    return frozenset(one.team_id for one in found if one.team_id is not None)
