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
select c.id, c.full_name, c.preferred_name, c.registered_at, c.contact_prohibited, l.team_id, l.staff_id,
       c.picture -> 'context' ->> 'born_on' as born_on, c.picture -> 'context' ->> 'postcode' as postcode
from client c
left join caseload l on l.client_id = c.id
where c.id in (select n.client_id from client_name n where n.word >= $2 and n.word < $2 || $4)
  and not exists (
      select from unnest($1::text[]) as w (word)
      where not exists (
          select from client_name n
          where n.client_id = c.id and n.word >= w.word and n.word < w.word || $4))
  and (l.client_id is null or l.team_id = any($3::uuid[]))
order by c.full_name, c.id
offset $5 limit $6
"""


async def by_name(
    conn: Connection, words: Collection[str], *, team_ids: Collection[UUID], offset: int, limit: int
) -> list[Found]:
    """Clients with a word in their names for each of these, that begins like it; in the order of names."""
    longest = max(words, key=len)
    rows = await conn.fetch(FIND_CLIENTS, list(words), longest, list(team_ids), LAST_LETTER, offset, limit)
    return [_found(row) for row in rows]


LATEST_CLIENTS = """
select c.id, c.full_name, c.preferred_name, c.registered_at, c.contact_prohibited, l.team_id, l.staff_id,
       c.picture -> 'context' ->> 'born_on' as born_on, c.picture -> 'context' ->> 'postcode' as postcode
from client c
join caseload l on l.client_id = c.id
where l.team_id = any($1::uuid[]) and c.registered_at is not null
order by c.registered_at desc, c.id desc
limit $2
"""


async def latest(conn: Connection, team_ids: Collection[UUID], *, limit: int) -> list[Found]:
    """The clients of these teams who were registered last."""
    return [_found(row) for row in await conn.fetch(LATEST_CLIENTS, list(team_ids), limit)]


WAITING_CLIENTS = """
select c.id, c.full_name, c.preferred_name, c.registered_at, c.contact_prohibited, null::uuid as team_id,
       null::uuid as staff_id, c.picture -> 'context' ->> 'born_on' as born_on,
       c.picture -> 'context' ->> 'postcode' as postcode
from client c
where c.registered_at is not null and not exists (select from caseload l where l.client_id = c.id)
order by c.registered_at desc, c.id desc
limit $1
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
