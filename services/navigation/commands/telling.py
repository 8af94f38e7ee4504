"""Tell partners what happened to the referrals that were sent to them, and write down that they were told.

In the transaction that decides it: the notice, its place on each way the partner has, and its line in the
ledger commit together with the move, or not at all. Called last, because it holds the partners' rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.published.events import Verb
from services.navigation.commands import reading
from services.navigation.model.referrals import LIVE, Disclosure, Moved, Referral, Told
from services.navigation.model.telling import Channel, News, PartnerEvent, Way
from services.navigation.policy import disclosure, publishing
from services.navigation.store import clients, disclosures, partner_events, partner_ways, referrals
from shared.ids import new_id
from shared.unit_of_work import Transaction

_LEDGER = {Way.NATS: Channel.NATS, Way.WEBHOOK: Channel.WEBHOOK}
"""Ways that tell by themselves. An e-mail says nothing of the client; the page that it leads to does."""


async def tell(tx: Transaction, moves: Sequence[Moved]) -> None:
    """Tell the partners concerned; what is none of their affair is skipped. The clients must be held."""
    said = [
        (moved.referral, verb, moved.referral.moved_at)
        for moved in moves
        if (verb := publishing.verb_of(moved)) is not None
    ]
    if said:
        # What is on its way to somebody who is not to help any more arrives without the client.
        over = [referral.id for referral, verb, _ in said if verb in publishing.CALLED_OFF]
        if over:
            await partner_events.forget_content(tx.conn, over)
        await _say(tx, said)


async def tell_contacts(tx: Transaction, client_ids: Collection[UUID]) -> None:
    """Tell partners how to reach or meet these clients now, where that changed for a live referral."""
    # Nobody needs to be told anew about what has ended; what was said then may be unsafe by now.
    await partner_events.forget_ended(tx.conn, client_ids)
    still_open = await referrals.open_of_clients(tx.conn, client_ids)
    live = [referral for referral in still_open if referral.status in LIVE]
    if not live:
        return
    known = await reading.knowledge(tx, live)
    before = await partner_events.last_content(tx.conn, [r.id for r in live])
    changed = [
        referral
        for referral in live
        if known.told[referral.id].scopes
        and before.get(referral.id)
        != publishing.client_notice(known.told[referral.id]).model_dump(mode="json")
    ]
    if changed:
        # What was said before is now wrong, perhaps unsafe: it goes out no more, by any way.
        await partner_events.forget_content(tx.conn, [r.id for r in changed])
        await _say(tx, [(referral, Verb.CONTACT_CHANGED, tx.now) for referral in changed])


async def introduce(tx: Transaction, organization_id: UUID) -> None:
    """Let a new partner hear of every live referral that was sent to its organisation before."""
    live = await referrals.live_of_organization(tx.conn, organization_id)
    if live:
        await clients.lock(tx.conn, [r.client_id for r in live])
        still = await referrals.live_of_organization(tx.conn, organization_id)
        unheard = await partner_events.without_any(tx.conn, [r.id for r in still])
        said = [(r, Verb.REQUESTED, r.sent_at or tx.now) for r in still if r.id in unheard]
        if said:
            await _say(tx, said)


async def _say(tx: Transaction, said: Sequence[tuple[Referral, Verb, datetime]]) -> None:
    known = await reading.knowledge(tx, [referral for referral, _, _ in said])
    ways = await partner_ways.listening(tx.conn, {referral.organization_id for referral, _, _ in said})
    news = [
        publishing.news(
            referral,
            verb,
            event_id=new_id(),
            told=known.told[referral.id],
            consent=known.consents.get(referral.id),
            at=at,
        )
        for referral, verb, at in said
    ]
    for_partners = [one for one in news if one.referral.organization_id in ways]
    if for_partners:
        await _publish(tx, for_partners, ways)
    lines = [
        line
        for one in news
        for line in _lines(one, known.told, ways.get(one.referral.organization_id), tx.now)
    ]
    if lines:
        await disclosures.insert(tx.conn, lines)


async def _publish(tx: Transaction, news: Sequence[News], ways: Mapping[UUID, frozenset[Way]]) -> None:
    placed: list[PartnerEvent] = await partner_events.insert(tx.conn, news)
    waiting = [
        (way, event)
        for event in placed
        for way in sorted(ways[event.organization_id])
        if publishing.goes_by(event.verb, way)
    ]
    if waiting:
        await partner_events.queue(tx.conn, waiting)


def _lines(
    news: News, told: Mapping[UUID, Told], ways: frozenset[Way] | None, now: datetime
) -> list[Disclosure]:
    """The ledger's lines about a notice: one for each way that tells by itself.

    Without any way it is for a person to tell (no partner), or lies ready to be read (a partner).
    """
    if ways is None or not ways:
        channels = [Channel.STAFF if ways is None else Channel.PARTNER_API]
        if news.verb is not Verb.REQUESTED:
            return []
    else:
        channels = [_LEDGER[way] for way in sorted(ways) if way in _LEDGER]
    content = publishing.tells_content(news.verb)
    scopes = told[news.referral.id].scopes if content else frozenset()
    return [
        disclosure.entry(
            news.referral,
            entry_id=new_id(),
            scopes=scopes,
            what=disclosure.worded(scopes) if content else publishing.WORDED[news.verb],
            channel=channel,
            event_id=news.id if ways is not None else None,
            # To read what lies ready, the same content, is not to be told again.
            digest=reading.digest(told[news.referral.id]) if channel is Channel.PARTNER_API else None,
            now=now,
        )
        for channel in channels
    ]
