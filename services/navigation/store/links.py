"""Links, by the digest of their tokens; what was sent through them; and how often somebody comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.navigation.model.links import Link, LinkEnd
from shared.db import Connection, Record

INSERT_LINK = """
insert into link (id, referral_id, organization_id, made_for, digest, key_name, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert(conn: Connection, link: Link, *, digest: bytes) -> None:
    """Keep a new link. At most one of a referral is open: close the others first."""
    await conn.execute(
        INSERT_LINK,
        link.id,
        link.referral_id,
        link.organization_id,
        link.made_for,
        digest,
        link.key_name,
        link.made_at,
        link.expires_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A link that somebody came with."""

    link: Link
    name: str
    """What the organisation is called."""
    partner_revoked: bool
    now: datetime
    """The real moment, by the database's clock."""


LINK_BY_DIGEST = """
select l.id, l.referral_id, l.organization_id, l.made_for, l.key_name, l.made_at, l.expires_at, l.closed_at,
       l.closed_why, p.name, p.revoked_at is not null as partner_revoked, clock_timestamp() as now
from link l join partner p on p.organization_id = l.organization_id
where l.digest = $1
"""


async def by_digest(conn: Connection, digest: bytes) -> Found | None:
    """The link with this digest, whether open or not."""
    row = await conn.fetchrow(LINK_BY_DIGEST, digest)
    if row is None:
        return None
    return Found(link=_link(row), name=row["name"], partner_revoked=row["partner_revoked"], now=row["now"])


OPEN_LINKS = """
select id, referral_id, organization_id, made_for, key_name, made_at, expires_at, closed_at, closed_why
from link
where referral_id = any($1) and closed_at is null
"""


async def open_links(conn: Connection, referral_ids: Sequence[UUID]) -> dict[UUID, Link]:
    """The link of each of these referrals that was not closed, expired or not, by referral."""
    return {row["referral_id"]: _link(row) for row in await conn.fetch(OPEN_LINKS, referral_ids)}


LINKS_OF_REFERRAL = """
select id, referral_id, organization_id, made_for, key_name, made_at, expires_at, closed_at, closed_why
from link
where referral_id = $1
order by id
limit 200
"""


async def of_referral(conn: Connection, referral_id: UUID) -> list[Link]:
    """The links of a referral, oldest first."""
    return [_link(row) for row in await conn.fetch(LINKS_OF_REFERRAL, referral_id)]


CLOSE_LINK = """
update link set closed_at = clock_timestamp(), closed_why = $2
where referral_id = $1 and closed_at is null
returning id
"""


async def close(conn: Connection, referral_id: UUID, why: LinkEnd) -> bool:
    """Close the open link of a referral; False when there was none."""
    return await conn.fetchval(CLOSE_LINK, referral_id, why.value) is not None


CLOSE_LINKS_OF_ORGANIZATION = """
update link set closed_at = clock_timestamp(), closed_why = $2
where organization_id = $1 and closed_at is null
"""


async def close_all(conn: Connection, organization_id: UUID, why: LinkEnd) -> None:
    """Close every open link of an organisation."""
    await conn.execute(CLOSE_LINKS_OF_ORGANIZATION, organization_id, why.value)


FORM_IS_KNOWN = "select exists (select from link_answer where link_id = $1 and digest = $2)"


async def form_is_known(conn: Connection, link_id: UUID, *, digest: bytes) -> bool:
    """Whether this form was taken with this content before; the client is held, so nobody is quicker."""
    return bool(await conn.fetchval(FORM_IS_KNOWN, link_id, digest))


KEEP_FORM = "insert into link_answer (link_id, digest) values ($1, $2)"


async def keep_form(conn: Connection, link_id: UUID, *, digest: bytes) -> None:
    """Remember that this form was taken with this content."""
    await conn.execute(KEEP_FORM, link_id, digest)


PRUNE_FORMS = """
delete from link_answer where (link_id, digest) in (
    select a.link_id, a.digest
    from link l
    join link_answer a on a.link_id = l.id
    where l.expires_at < clock_timestamp() - $1::interval
    limit $2)
"""


async def prune_forms(conn: Connection, *, kept: timedelta, limit: int) -> int:
    """Forget what was sent through links that expired so long ago, which nothing opens any more; how many."""
    done: str = await conn.execute(PRUNE_FORMS, kept, limit)
    return int(done.rpartition(" ")[2])


COUNT_VISIT = """
insert into link_visits as known (slot, minute, visits)
select slot, $2, 1 from unnest($1::integer[]) as u (slot) order by slot
on conflict (slot) do update
set visits = case when known.minute = excluded.minute then known.visits + 1 else 1 end,
    minute = excluded.minute
returning slot, visits
"""


async def count_visit(conn: Connection, slots: set[int], *, minute: int) -> dict[int, int]:
    """Count a visit; return how many there were in this minute, this one included, by slot."""
    return {row["slot"]: row["visits"] for row in await conn.fetch(COUNT_VISIT, sorted(slots), minute)}


def _link(row: Record) -> Link:
    return Link(
        id=row["id"],
        referral_id=row["referral_id"],
        organization_id=row["organization_id"],
        made_for=row["made_for"],
        key_name=row["key_name"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        closed_at=row["closed_at"],
        closed_why=LinkEnd(row["closed_why"]) if row["closed_why"] else None,
    )
