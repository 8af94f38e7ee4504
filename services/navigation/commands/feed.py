"""Hand a partner its notices in order, as they may be told now, and write down that it was told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.navigation.model.telling import Json
from services.navigation.policy import feed as policy
from services.navigation.policy import publishing
from services.navigation.store import disclosures, partner_events, partners
from services.navigation.store import referrals as referral_store
from shared.errors import Malformed
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction
from shared.waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Some of a partner's notices, structured as CloudEvents. `position` is that of the last one."""

    events: tuple[Json, ...]
    position: int
    more: bool


async def read(tx: Transaction, organization_id: UUID, *, after: int, limit: int) -> Notices:
    """The notices after this position, in order, without gaps, each with its line in the ledger.

    Raises `Malformed` for a position that this partner's notices have not reached.
    """
    found = await partner_events.after(tx.conn, organization_id, after, limit=limit + 1)
    if not found:
        if after > await partners.last_position(tx.conn, organization_id):
            raise Malformed("`after` is a cursor from beyond the end of your feed; begin again without it")
        return Notices(events=(), position=after, more=False)
    handed_out = found[:limit]
    about = await referral_store.by_id(tx.conn, {event.referral_id for event in handed_out})
    lines = [
        policy.line(event, about[event.referral_id], entry_id=new_id(), now=tx.now) for event in handed_out
    ]
    await disclosures.insert(tx.conn, lines)
    cloud_events = (publishing.cloud_event(event, now=tx.now) for event in handed_out)
    return Notices(
        events=tuple(attributes.structured(data) for attributes, data in cloud_events),
        position=handed_out[-1].position,
        more=len(found) > limit,
    )


def waiting(database: Database) -> Waiting:
    """Where partners' requests wait for their next notice."""

    async def look(organization_ids: Collection[UUID]) -> Mapping[UUID, int]:
        async with database.reading() as conn:
            return await partners.news_for(conn, organization_ids)

    return Waiting(look)
