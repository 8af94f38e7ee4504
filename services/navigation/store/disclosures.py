"""The ledger of disclosures: it only grows; the service's role has no right to change or remove a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from contracts.terms import InformationScope
from services.navigation.model.ledger import LedgerAsked
from services.navigation.model.referrals import Disclosure
from shared.db import Connection, Record

NO_ENTRY = UUID(int=0)
"""Before every line of one moment."""

INSERT_DISCLOSURES = """
insert into disclosure (id, referral_id, client_id, organization_id, organization_name, consent_id, scopes,
                        what, purpose, channel, notice, told_at, event_id, digest)
select id, referral_id, client_id, organization_id, organization_name, consent_id,
       array(select jsonb_array_elements_text(scopes::jsonb)), what, purpose, channel, notice, told_at,
       event_id, digest
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::uuid[], $14::bytea[])
    as u (id, referral_id, client_id, organization_id, organization_name, consent_id, scopes,
          what, purpose, channel, notice, told_at, event_id, digest)
on conflict (referral_id, channel, digest) where digest is not null do nothing
"""


async def insert(conn: Connection, entries: Sequence[Disclosure]) -> None:
    """Write down what was told, in the transaction that tells it; what was read before is there already."""
    await conn.execute(
        INSERT_DISCLOSURES,
        [e.id for e in entries],
        [e.referral_id for e in entries],
        [e.client_id for e in entries],
        [e.organization_id for e in entries],
        [e.organization_name for e in entries],
        [e.consent_id for e in entries],
        [to_json(sorted(e.scopes)).decode() for e in entries],
        [e.what for e in entries],
        [e.purpose for e in entries],
        [e.channel for e in entries],
        [e.notice for e in entries],
        [e.told_at for e in entries],
        [e.event_id for e in entries],
        [e.digest for e in entries],
    )


DISCLOSURES_OF_CLIENT = """
select id, referral_id, client_id, organization_id, organization_name, consent_id, scopes, what, purpose,
       channel, notice, told_at
from disclosure
where client_id = $1 and told_at >= $2 and ($3::timestamptz is null or told_at < $3)
  and ($4::uuid is null or organization_id = $4) and (told_at, id) > ($5, $6)
order by told_at, id
limit $7
"""


async def of_client(
    conn: Connection, asked: LedgerAsked, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Disclosure]:
    """What was told about a client in a period, in the order in which it was told."""
    told_at, entry_id = after or (asked.since, NO_ENTRY)
    rows = await conn.fetch(
        DISCLOSURES_OF_CLIENT,
        asked.client_id,
        asked.since,
        asked.until,
        asked.organization_id,
        told_at,
        entry_id,
        limit,
    )
    return [_disclosure(row) for row in rows]


def _disclosure(row: Record) -> Disclosure:
    return Disclosure(
        id=row["id"],
        referral_id=row["referral_id"],
        client_id=row["client_id"],
        organization_id=row["organization_id"],
        organization_name=row["organization_name"],
        consent_id=row["consent_id"],
        scopes=frozenset(InformationScope(scope) for scope in row["scopes"]),
        what=row["what"],
        purpose=row["purpose"],
        channel=row["channel"],
        notice=row["notice"],
        told_at=row["told_at"],
    )
