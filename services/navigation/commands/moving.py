"""Move referrals, and do what a move leads to: history, response times, the runner-up, the events.

The clients concerned are held by whoever calls, so that two messages about one referral take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.event import Envelope
from contracts.events.barriers import HelpNeeded
from contracts.terms import ChangedBy, ReasonCode, ReferralStatus
from contracts.values import ClientContext
from services.navigation.commands import telling
from services.navigation.commands.finding import Finder
from services.navigation.model.referrals import (
    ENDED,
    LIVE,
    Accept,
    Cancel,
    Decline,
    Move,
    Moved,
    NotPossible,
    Referral,
    Repeated,
    Send,
    Unanswered,
)
from services.navigation.policy import clock, disclosure, events, helping
from services.navigation.policy import matching as matching_policy
from services.navigation.policy import referrals as policy
from services.navigation.store import clients, history, partners
from services.navigation.store import helps as help_store
from services.navigation.store import referrals as store
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.unit_of_work import Transaction

RUNNER_UP = "The service that was asked first could not help; this one is ready if you would like it."


def conversation(referral: Referral) -> Envelope:
    """The request for help that a referral came from: the cause of what people and the clock do to it."""
    return Envelope(
        id=referral.cause_id,
        type=HelpNeeded.subject,
        source=HelpNeeded.publisher(),
        time=referral.drafted_at,
        about=referral.client_id,
        correlation_id=referral.correlation_id,
    )


async def held(tx: Transaction, referral_id: UUID, *, organization_id: UUID | None = None) -> Referral:
    """Hold the client and read their referral. Raises `NotFound`, also for what is not this partner's."""
    client_id = await store.client_of(tx.conn, referral_id)
    if client_id is not None:
        await clients.lock(tx.conn, [client_id])
        referral = (await store.by_id(tx.conn, [referral_id]))[referral_id]
        if organization_id is None or _is_known_to(referral, organization_id):
            return referral
    raise NotFound("there is no such referral")


def _is_known_to(referral: Referral, organization_id: UUID) -> bool:
    return referral.organization_id == organization_id and referral.sent_at is not None


async def move(
    tx: Transaction,
    finder: Finder,
    referral: Referral,
    made: Move,
    *,
    by: ChangedBy,
    recorded_by: UUID,
) -> Referral:
    """Make one move of a held referral, or take it as a repeat. Raises `Conflict` saying what is possible."""
    decision = policy.decide(referral, made, by=by, now=tx.now)
    match decision:
        case NotPossible(why=why, possible=possible):
            raise Conflict(why, possible=possible)
        case Repeated():
            return referral
        case Moved():
            await carry_out(tx, finder, [decision], recorded_by=recorded_by)
            return decision.referral


async def send(tx: Transaction, finder: Finder, referral: Referral, *, recorded_by: UUID) -> Referral:
    """Send a held draft, on a consent that stands at this moment. What it replaces ends as superseded.

    Raises `Conflict` when no consent covers the recipient, or when the service does not fit any more.
    """
    if referral.status is ReferralStatus.REQUESTED:
        return referral
    objection = policy.objection_to(referral, Send, by=ChangedBy.STAFF)
    if objection is not None:
        raise Conflict(objection.why, possible=objection.possible)
    client = (await clients.clients(tx.conn, [referral.client_id]))[referral.client_id]
    consent = disclosure.standing_consent(client.consents, referral.organization_id, at=tx.now)
    if consent is None:
        raise Conflict(
            f"no consent stands that lets {referral.organization_name} be told; please ask the client first",
            possible=policy.possible_moves(referral, by=ChangedBy.STAFF),
        )
    await _must_still_fit(tx, finder, referral, client.context)
    zone = client.context.time_zone if client.context else "UTC"
    until = acknowledge_by(tx, finder, referral.service_id, zone=zone)
    sent = policy.decide(
        referral, Send(consent_id=consent.id, acknowledge_by=until), by=ChangedBy.STAFF, now=tx.now
    )
    assert isinstance(sent, Moved), "there was no objection"
    await carry_out(tx, finder, [*await _superseded(tx, referral), sent], recorded_by=recorded_by)
    return sent.referral


def acknowledge_by(tx: Transaction, finder: Finder, service_id: UUID, *, zone: str) -> datetime:
    """When this service's silence becomes an answer, if it is asked now."""
    listing = finder.catalogue.listing(service_id)
    days = listing.acknowledge_within_working_days if listing else None
    return clock.after_working_days(tx.now, days or clock.DEFAULT_DAYS, zone=zone)


async def _must_still_fit(
    tx: Transaction, finder: Finder, referral: Referral, context: ClientContext | None
) -> None:
    await finder.refresh(tx.conn)
    listing = finder.catalogue.listing(referral.service_id)
    possible = policy.possible_moves(referral, by=ChangedBy.STAFF)
    if listing is None:
        raise Conflict(f"{referral.service_name} is no longer in the directory", possible=possible)
    if context is None:
        return
    asked = (await help_store.helps(tx.conn, [referral.help_id]))[referral.help_id]
    need = helping.need_of(asked, context, now=tx.now, tried=frozenset(), answers_within={})
    against = matching_policy.objections(need, listing)
    if against:
        why = " ".join(check.reason for check in against)
        raise Conflict(f"{referral.service_name} does not fit any more. {why}", possible=possible)


async def _superseded(tx: Transaction, referral: Referral) -> list[Moved]:
    """End what is still under way for the barrier: the client goes elsewhere now."""
    still_open = await store.open_of_barriers(tx.conn, [referral.barrier_id])
    made = Cancel(
        reason=ReasonCode.SUPERSEDED, text=f"The client is being referred to {referral.service_name}."
    )
    return [
        decision
        for other in still_open
        if other.status in LIVE
        and isinstance(decision := policy.decide(other, made, by=ChangedBy.STAFF, now=tx.now), Moved)
    ]


async def carry_out(
    tx: Transaction,
    finder: Finder,
    moves: Sequence[Moved],
    *,
    recorded_by: UUID | None = None,
    causes: Mapping[UUID, Envelope] | None = None,
) -> None:
    """Write these moves and what they lead to, state each, tell the partners. `causes`: by referral."""
    moves = [*moves, *await _needless(tx, moves)]
    await _write(tx, moves, recorded_by=recorded_by)
    await _observe(tx, moves)
    next_up, prepared = await _prepare_runners_up(tx, finder, moves)
    for decision in moves:
        cause = (causes or {}).get(decision.referral.id) or conversation(decision.referral)
        runner_up_id = next_up.get(decision.referral.id)
        tx.publish(events.stated(decision, runner_up_id=runner_up_id), cause=cause)
    for draft in prepared:
        tx.publish(events.drafted(draft), cause=conversation(draft))
    await telling.tell(tx, moves)


async def _needless(tx: Transaction, moves: Sequence[Moved]) -> list[Moved]:
    """Withdraw the runners-up of barriers for which help has just been promised."""
    promised = [d.referral for d in moves if policy.makes_draft_needless(d)]
    if not promised:
        return []
    waiting = await store.open_of_barriers(tx.conn, [r.barrier_id for r in promised])
    made = Cancel(reason=ReasonCode.SUPERSEDED, text="The service that was asked first can help after all.")
    decisions = [
        policy.decide(draft, made, by=ChangedBy.FOOTHOLD, now=tx.now)
        for draft in waiting
        if draft.sent_at is None
    ]
    return [d for d in decisions if isinstance(d, Moved)]


async def _write(tx: Transaction, moves: Sequence[Moved], *, recorded_by: UUID | None) -> None:
    # What ends goes first: its successor may only be live once it is not.
    ended = [d.referral for d in moves if d.referral.status in ENDED]
    going = [d.referral for d in moves if d.referral.status not in ENDED]
    for referrals in (ended, going):
        if referrals:
            await store.update(tx.conn, referrals)
    await history.insert(
        tx.conn,
        [d.referral for d in moves],
        ids=[new_id() for _ in moves],
        moves=[policy.RULES[type(d.made)].name.value for d in moves],
        by=[d.by for d in moves],
        recorded_by=recorded_by,
    )


async def _observe(tx: Transaction, moves: Sequence[Moved]) -> None:
    taken = [
        (d.referral.organization_id, (tx.now - d.referral.sent_at).total_seconds())
        for d in moves
        if isinstance(d.made, Accept | Decline | Unanswered) and d.referral.sent_at is not None
    ]
    if taken:
        await partners.observe_answers(tx.conn, taken)


async def _prepare_runners_up(
    tx: Transaction, finder: Finder, moves: Sequence[Moved]
) -> tuple[dict[UUID, UUID], list[Referral]]:
    """Draft what comes next for those left without help; what waits already for a barrier stays as it is."""
    left = [d.referral for d in moves if policy.needs_runner_up(d)]
    if not left:
        return {}, []
    barrier_ids = [r.barrier_id for r in left]
    waiting = {r.barrier_id: r for r in await store.open_of_barriers(tx.conn, barrier_ids) if not r.sent_at}
    search = await _search(tx, finder, left)
    prepared: list[Referral] = []
    for referral in left:
        if referral.barrier_id not in waiting and (draft := search(referral)) is not None:
            waiting[referral.barrier_id] = draft
            prepared.append(draft)
    if prepared:
        await store.insert(tx.conn, prepared)
    next_up = {r.id: waiting[r.barrier_id].service_id for r in left if r.barrier_id in waiting}
    return next_up, prepared


async def _search(
    tx: Transaction, finder: Finder, left: Sequence[Referral]
) -> Callable[[Referral], Referral | None]:
    """Load what a search for runners-up needs, once for all."""
    helps = await help_store.helps(tx.conn, [r.help_id for r in left])
    contexts = await clients.contexts(tx.conn, [r.client_id for r in left])
    tried, withdrawn = await help_store.tried(tx.conn, [r.barrier_id for r in left])

    def search(referral: Referral) -> Referral | None:
        asked, context = helps[referral.help_id], contexts.get(referral.client_id)
        if context is None or helping.is_withdrawn(asked, withdrawn.get(referral.barrier_id)):
            return None
        before = frozenset(tried.get(referral.barrier_id, set()))
        need = helping.need_of(asked, context, now=tx.now, tried=before, answers_within=finder.answers_within)
        found = finder.find(need)
        if found.best is None:
            return None
        return helping.first_draft(
            asked,
            found,
            found.best,
            referral_id=new_id(),
            why_not_sent=RUNNER_UP,
            now=tx.now,
            replaces=referral.id,
        )

    return search
