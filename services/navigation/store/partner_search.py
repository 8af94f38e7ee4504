"""What a partner's own system may look for among the referrals that were sent to it, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from shared.db import Connection

SEARCH_SENT = """
select id, moved_at
from referral
where organization_id = $1 and sent_at is not null
  and moved_at >= coalesce($2::timestamptz, '-infinity')
  and moved_at < coalesce($3::timestamptz, 'infinity')
  and (moved_at, id) > (coalesce($4::timestamptz, '-infinity'),
                        coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
  and ($6::text[] is null
       or case when status = 'completed' and client_confirmed = 'unknown' then $7 else status end = any($6))
  and ($8::uuid[] is null or id = any($8))
order by moved_at, id
limit $9
"""


async def search(  # noqa: PLR0913 - one argument per filter
    conn: Connection,
    organization_id: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    after: tuple[datetime, UUID] | None,
    standings: Sequence[str] | None,
    unheard: str,
    ids: Collection[UUID] | None,
    limit: int,
) -> list[tuple[datetime, UUID]]:
    """What moved within [since, until), longest unchanged first; `after` is where the page before ended.

    `unheard` is what a completed referral is called among the standings while the client was not heard.
    """
    moved_at, referral_id = after or (None, None)
    rows = await conn.fetch(
        SEARCH_SENT,
        organization_id,
        since,
        until,
        moved_at,
        referral_id,
        None if standings is None else list(standings),
        unheard,
        None if ids is None else list(ids),
        limit,
    )
    return [(row["moved_at"], row["id"]) for row in rows]


RESTS_ON_CONSENT = """
select id from referral
where consent_id = $1 and organization_id = $2 and sent_at is not null
order by status = 'entered-in-error', id desc
limit 1
"""


async def resting_on(conn: Connection, consent_id: UUID, *, organization_id: UUID) -> UUID | None:
    """The latest referral to this organisation that rests on the consent; None when there is none.

    One that should never have been written tells nothing, so that any other goes before it.
    """
    found: UUID | None = await conn.fetchval(RESTS_ON_CONSENT, consent_id, organization_id)
    return found
