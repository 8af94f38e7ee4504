"""The API of partner organisations' own systems: read what was sent to them, and answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.published.answers import PartnerAnswer
from contracts.terms import ReferralStatus
from services.navigation.api.base import (
    PARTNER_ANSWERS,
    PARTNER_CAPACITY,
    PARTNER_READS,
    Body,
    Finding,
    may_read,
    organization_of,
)
from services.navigation.api.services import (
    CapacitySaid,
    CapacityView,
    ClocksAgreed,
    ClocksView,
    set_capacity,
    set_clocks,
)
from services.navigation.api.views import PartnerReferral, for_partner, without_the_client
from services.navigation.commands import moving, reading
from services.navigation.commands.answering import answer
from services.navigation.model.referrals import Referral, Told
from services.navigation.model.telling import Channel
from services.navigation.store import referrals as store
from services.navigation.store import services
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["partners' own systems"])


@routes.get("/partner/referrals", allow=PARTNER_READS)
async def list_own_referrals(
    query: Query,
    *,
    status: ReferralStatus | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[PartnerReferral]:
    """List what was sent to your organisation, in that order, with what the client lets you know now."""
    cursor = read_cursor(after, datetime, UUID)
    async with query.recording() as tx:
        found = await store.for_partner(
            tx.conn,
            organization_of(query.caller),
            status=status,
            after=(cursor[0], cursor[1]) if cursor else None,
            limit=limit + 1,
        )
        shown = await _shown(tx, found[:limit])
    more = len(found) > limit
    return Page(items=shown, next=cursor_of(found[limit - 1].sent_at, found[limit - 1].id) if more else None)


@routes.get("/partner/referrals/{referral_id}", allow=PARTNER_READS)
async def read_own_referral(referral_id: UUID, query: Query) -> PartnerReferral:
    """Read one referral that was sent to your organisation."""
    organization_id = organization_of(query.caller)
    async with query.recording() as tx:
        referral = (await store.by_id(tx.conn, [referral_id])).get(referral_id)
        if referral is None or referral.organization_id != organization_id or referral.sent_at is None:
            raise NotFound("there is no such referral")
        return (await _shown(tx, [referral]))[0]


class Answering(Body):
    """Your answer."""

    said: PartnerAnswer


@routes.post("/partner/referrals/{referral_id}/answers", allow=PARTNER_ANSWERS)
async def answer_referral(
    referral_id: UUID, body: Answering, command: Command, finder: Finding
) -> PartnerReferral:
    """Answer a referral. The same answer twice is taken once; what does not fit says what does.

    A repeated request says nothing of the client, and neither does a key that is not for reading.
    """
    organization_id = organization_of(command.caller)

    async def act(tx: Transaction) -> PartnerReferral:
        referral = await moving.held(tx, referral_id, organization_id=organization_id)
        moved = await answer(tx, finder, referral, body.said, recorded_by=command.caller.subject)
        return (await _shown(tx, [moved]))[0] if may_read(command.caller) else for_partner(moved, Told())

    return await command.once(act, kept=without_the_client)


@routes.put("/partner/services/{service_id}/capacity", allow=PARTNER_CAPACITY)
async def say_own_capacity(service_id: UUID, body: CapacitySaid, command: Command) -> CapacityView:
    """Say whether one of your services can take somebody on; the next search already knows."""
    organization_id = organization_of(command.caller)

    async def act(tx: Transaction) -> CapacityView:
        await _must_be_own(tx, service_id, organization_id)
        return await set_capacity(tx, service_id, body)

    return await command.once(act)


@routes.put("/partner/services/{service_id}/clocks", allow=PARTNER_CAPACITY)
async def say_own_clocks(service_id: UUID, body: ClocksAgreed, command: Command) -> ClocksView:
    """Say in how many working days one of your services answers, and says the next word while at work."""
    organization_id = organization_of(command.caller)

    async def act(tx: Transaction) -> ClocksView:
        await _must_be_own(tx, service_id, organization_id)
        return await set_clocks(tx, service_id, body)

    return await command.once(act)


async def _must_be_own(tx: Transaction, service_id: UUID, organization_id: UUID) -> None:
    if await services.organization_of(tx.conn, service_id) != organization_id:
        raise NotFound("your organisation has no such service")


async def _shown(tx: Transaction, referrals: list[Referral]) -> list[PartnerReferral]:
    told = (await reading.read(tx, referrals, channel=Channel.PARTNER_API)).told
    return [for_partner(referral, told[referral.id]) for referral in referrals]
