"""Looking through the directory by page, and one service's whole source."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from shared.db import Connection

SEARCH_SERVICES = """
select s.id, s.name
from service s
where ($1::text is null or exists (
          select from unnest(s.codes) as c (code) where c.code = $1 or c.code like $1 || '-%'))
  and ($2::text is null or s.areas is null or exists (
          select from unnest(s.areas) as a (prefix) where starts_with($2, a.prefix)))
  and ($3::boolean is null or s.free = $3)
  and ($4::text is null or $4 = any(s.languages))
  and s.status in ('active', 'temporarily closed')
  and ($5::text is null or (s.name, s.id) > ($5, $6::uuid))
order by s.name, s.id
limit $7
"""


async def search(  # noqa: PLR0913 - one argument per filter
    conn: Connection,
    *,
    code: str | None,
    postcode: str | None,
    free: bool | None,
    language: str | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[tuple[str, UUID]]:
    """(name, id) of the services that fit every filter given, by name. Unknown areas are not left out."""
    name, service_id = after or (None, None)
    rows = await conn.fetch(SEARCH_SERVICES, code, postcode, free, language, name, service_id, limit)
    return [(row["name"], row["id"]) for row in rows]


DOCUMENT = "select document from service where id = $1"


async def document(conn: Connection, service_id: UUID) -> Mapping[str, object] | None:
    """A service as its directory published it; None when there is no such service."""
    found: Mapping[str, object] | None = await conn.fetchval(DOCUMENT, service_id)
    return found


SERVICE_OF = "select organization_id from service where id = $1"


async def organization_of(conn: Connection, service_id: UUID) -> UUID | None:
    """Whose service this is; None when there is no such service."""
    found: UUID | None = await conn.fetchval(SERVICE_OF, service_id)
    return found
