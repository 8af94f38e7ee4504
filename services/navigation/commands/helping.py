"""Answer requests for help, as many at once as there are: load once, decide each, write each table once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from contracts.event import Envelope
from contracts.events.barriers import HelpNeeded
from contracts.events.base import ClientEvent
from contracts.events.navigation import HelpUnmatched, ReferralDrafted
from contracts.terms import ChangedBy, ReasonCode
from contracts.values import ClientContext, Consent
from services.navigation.commands import moving, telling
from services.navigation.commands.finding import Finder
from services.navigation.model.matching import Match, NobodyFits, Offer, SendNow
from services.navigation.model.referrals import LIVE, Cancel, Help, Moved, Referral, Send, UnderWay
from services.navigation.model.unmet import Unmet
from services.navigation.policy import events, helping
from services.navigation.policy import referrals as policy
from services.navigation.policy import unmet as unmet_policy
from services.navigation.policy.matching import BRIEF, FULL
from services.navigation.store import clients, helps, needs
from services.navigation.store import referrals as store
from services.navigation.store import unmet as unmet_store
from shared.bus import Delivery
from shared.ids import new_id
from shared.unit_of_work import Transaction


@dataclass(slots=True)
class _Effects:
    """What a round of decisions leads to."""

    helps: list[Help] = field(default_factory=list)
    dropped: list[Moved] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    sent: list[Moved] = field(default_factory=list)
    causes: dict[UUID, Envelope] = field(default_factory=dict)
    met: list[UUID] = field(default_factory=list)
    unmet: list[Unmet] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a round of decisions knows beyond the events themselves."""

    situations: Mapping[UUID, helps.Situation]
    consents: Mapping[UUID, Sequence[Consent]]
    open: Mapping[UUID, Sequence[Referral]]
    under_way: dict[UUID, list[UnderWay]]


async def answer(tx: Transaction, finder: Finder, deliveries: Sequence[Delivery[HelpNeeded]]) -> None:
    """Send, draft or say that nothing fits, once for each help id, exactly as if they came one by one."""
    # Before any client is held: a directory that was just imported is what is searched.
    await finder.refresh(tx.conn)
    for turn in _turns(deliveries):
        known = await _learn(tx, [d.event for d in turn])
        effects = _Effects()
        for delivery in turn:
            _answer_one(tx, finder, delivery, known=known, effects=effects)
        await _write(tx, finder, effects)


def _turns(deliveries: Sequence[Delivery[HelpNeeded]]) -> list[list[Delivery[HelpNeeded]]]:
    """Split so that no barrier comes twice in one turn: the second must see what the first led to."""
    turns: list[list[Delivery[HelpNeeded]]] = []
    met: dict[UUID, int] = {}
    for delivery in deliveries:
        turn = met.get(delivery.event.barrier_id, 0)
        met[delivery.event.barrier_id] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(delivery)
    return turns


async def _learn(tx: Transaction, asked: Sequence[HelpNeeded]) -> _Known:
    # The first statement holds the clients: from here on nobody else decides anything about them.
    await clients.remember_contexts(tx.conn, [e.client for e in asked])
    at_hand = {c.id: c for e in asked for c in e.consents}
    if at_hand:
        await clients.remember_consents(tx.conn, at_hand.values())
    situations = await helps.situations(tx.conn, [(e.help_id, e.barrier_id, e.client) for e in asked])
    consents = await clients.consents_of(tx.conn, {e.client_id for e in asked}, at_hand=at_hand)
    still_open: dict[UUID, list[Referral]] = {}
    for referral in await store.open_of_barriers(tx.conn, [e.barrier_id for e in asked]):
        still_open.setdefault(referral.barrier_id, []).append(referral)
    under_way = await needs.under_way(tx.conn, {e.client_id for e in asked})
    return _Known(situations=situations, consents=consents, open=still_open, under_way=dict(under_way))


def _answer_one(
    tx: Transaction, finder: Finder, delivery: Delivery[HelpNeeded], *, known: _Known, effects: _Effects
) -> None:
    asked, situation = _help(delivery), known.situations[delivery.event.help_id]
    if situation.known:
        return
    effects.helps.append(asked)
    still_open = known.open.get(asked.barrier_id, ())
    if helping.is_withdrawn(asked, situation.withdrawn_at) or any(r.status in LIVE for r in still_open):
        return
    context = situation.newer or delivery.event.client
    need = helping.need_of(
        asked, context, now=tx.now, tried=situation.tried, answers_within=finder.answers_within
    )
    found = finder.find(need, keep=BRIEF if helping.may_be_sent(asked) else FULL)
    if found.best is not None:
        effects.dropped.extend(_replaced(still_open, now=tx.now))
        effects.causes.update({r.id: delivery.envelope for r in still_open})
    decision = helping.what_to_do(asked, found.best, known.consents.get(asked.client_id, ()), now=tx.now)
    live = next(
        (one for one in known.under_way.get(asked.client_id, ()) if helping.is_same_need(asked, one)), None
    )
    if live is not None and not isinstance(decision, NobodyFits):
        decision = helping.beside(decision, live)
    if isinstance(decision, SendNow):
        until = moving.acknowledge_by(tx, finder, decision.best.service_id, zone=context.time_zone)
        sent = _send(asked, found, decision, effects=effects, until=until, now=tx.now)
        # The next one of the same client in this very turn has to see it too.
        known.under_way.setdefault(asked.client_id, []).append(_under_way(asked, sent.referral))
        event: ClientEvent = events.stated(sent)
    else:
        # Whoever has to choose, or to look further, gets more to choose from.
        full = finder.find(need, keep=FULL) if helping.may_be_sent(asked) else found
        _note_whether_met(asked, full, finder, effects=effects, postcode=context.postcode, now=tx.now)
        event = _leave_to_a_person(asked, full, decision, effects=effects, context=context, now=tx.now)
    tx.publish(event, cause=delivery.envelope)


def _note_whether_met(
    asked: Help, found: Match, finder: Finder, *, effects: _Effects, postcode: str | None, now: datetime
) -> None:
    unmet = unmet_policy.judge(asked, found, postcode=postcode, assured=finder.assured, now=now)
    if unmet is None:
        effects.met.append(asked.barrier_id)
    else:
        effects.unmet.append(unmet)


def _send(
    asked: Help, found: Match, decision: SendNow, *, effects: _Effects, until: datetime, now: datetime
) -> Moved:
    # Nobody hears of the draft: the first version that there is, is the one that was sent.
    draft = helping.first_draft(
        asked, found, decision.best, referral_id=new_id(), why_not_sent="", now=now, version=0
    )
    made = Send(consent_id=decision.consent.id, acknowledge_by=until)
    sent = policy.decide(draft, made, by=ChangedBy.FOOTHOLD, now=now)
    assert isinstance(sent, Moved), "a new draft can be sent"
    effects.referrals.append(sent.referral)
    effects.sent.append(sent)
    effects.met.append(asked.barrier_id)
    return sent


def _under_way(asked: Help, sent: Referral) -> UnderWay:
    assert sent.sent_at is not None, "it has just been sent"
    return UnderWay(
        id=sent.id,
        client_id=sent.client_id,
        barrier_id=sent.barrier_id,
        status=sent.status,
        service_name=sent.service_name,
        organization_name=sent.organization_name,
        sent_at=sent.sent_at,
        unanswered_at=None,
        category=asked.category,
        resource_codes=asked.resource_codes,
    )


def _leave_to_a_person(
    asked: Help,
    found: Match,
    decision: Offer | NobodyFits,
    *,
    effects: _Effects,
    context: ClientContext,
    now: datetime,
) -> ReferralDrafted | HelpUnmatched:
    match decision:
        case Offer(best=best, why_not_sent=why, live_id=live_id):
            draft = helping.first_draft(asked, found, best, referral_id=new_id(), why_not_sent=why, now=now)
            effects.referrals.append(draft)
            return events.drafted(draft, live_id=live_id)
        case NobodyFits():
            return _unmatched(asked, found, context, now=now)


def _replaced(still_open: Sequence[Referral], *, now: datetime) -> list[Moved]:
    """Drop the drafts that a newer request for the same barrier takes the place of."""
    made = Cancel(reason=ReasonCode.SUPERSEDED, text="Help with this was asked for anew.")
    decisions = [policy.decide(r, made, by=ChangedBy.FOOTHOLD, now=now) for r in still_open]
    return [d for d in decisions if isinstance(d, Moved)]


async def _write(tx: Transaction, finder: Finder, effects: _Effects) -> None:
    if effects.helps:
        await helps.insert(tx.conn, effects.helps)
    if effects.dropped:
        await moving.carry_out(tx, finder, effects.dropped, causes=effects.causes)
    if effects.referrals:
        await store.insert(tx.conn, effects.referrals)
    if effects.met:
        await unmet_store.end(tx.conn, effects.met, "found", now=tx.now)
    if effects.unmet:
        await unmet_store.keep(tx.conn, effects.unmet)
    await telling.tell(tx, effects.sent)


def _help(delivery: Delivery[HelpNeeded]) -> Help:
    event = delivery.event
    return Help(
        id=event.help_id,
        barrier_id=event.barrier_id,
        client_id=event.client_id,
        category=event.category.value,
        resource_codes=event.resource_codes,
        filters=event.filters,
        wish=event.wish,
        send_allowed=event.send_allowed,
        words=event.words,
        needed_at=event.needed_at,
        cause_id=delivery.envelope.id,
        correlation_id=delivery.envelope.correlation_id,
    )


def _unmatched(asked: Help, found: Match, context: ClientContext, *, now: datetime) -> HelpUnmatched:
    return HelpUnmatched(
        client_id=asked.client_id,
        help_id=asked.id,
        barrier_id=asked.barrier_id,
        resource_codes=asked.resource_codes,
        postcode=context.postcode,
        rejected=found.rejected,
        at=now,
    )
