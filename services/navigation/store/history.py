"""Every move of a referral after it was made: it only grows."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.terms import ChangedBy
from services.navigation.model.referrals import Referral
from shared.db import Connection, Record

INSERT_ANSWERS = """
insert into answer (id, referral_id, version, move, by, recorded_by, reason, reason_text, moved_at,
                    organization_id)
select id, referral_id, version, move, by, recorded_by, reason, reason_text, moved_at, organization_id
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[],
            $9::timestamptz[], $10::uuid[])
    as u (id, referral_id, version, move, by, recorded_by, reason, reason_text, moved_at, organization_id)
"""


async def insert(
    conn: Connection,
    referrals: Sequence[Referral],
    *,
    ids: Sequence[UUID],
    moves: Sequence[str],
    by: Sequence[ChangedBy],
    recorded_by: UUID | None,
) -> None:
    """Add to the history how each of these was moved, by whom, and who wrote it down."""
    await conn.execute(
        INSERT_ANSWERS,
        ids,
        [r.id for r in referrals],
        [r.version for r in referrals],
        moves,
        [b.value for b in by],
        [recorded_by for _ in referrals],
        [r.reason.value if r.reason else None for r in referrals],
        [r.reason_text for r in referrals],
        [r.moved_at for r in referrals],
        [r.organization_id for r in referrals],
    )


ANSWERS = """
select version, move, by, recorded_by, reason, reason_text, moved_at
from answer where referral_id = $1 order by version
"""


async def answers(conn: Connection, referral_id: UUID) -> list[Record]:
    """The history of a referral's moves, oldest first."""
    return await conn.fetch(ANSWERS, referral_id)
