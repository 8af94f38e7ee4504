"""Move referrals, and do what a move leads to: history, response times, the runner-up, the events.

The clients concerned are held by whoever calls, so that two messages about one referral take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.event import Envelope
from contracts.events.barriers import HelpNeeded
from contracts.terms import BusinessStatus, ChangedBy, ReasonCode, ReferralStatus
from contracts.values import ClientContext
from services.navigation.commands import telling
from services.navigation.commands.finding import Finder
from services.navigation.model.referrals import (
    ENDED,
    UNDER_WAY,
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
    UnderWay,
)
from services.navigation.policy import clock, disclosure, events, helping
from services.navigation.policy import matching as matching_policy
from services.navigation.policy import referrals as policy
from services.navigation.store import clients, history, needs, partners, unmet
from services.navigation.store import helps as help_store
from services.navigation.store import referrals as store
from shared.db import Connection
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


async def move(  # noqa: PLR0913 - whoever asks is not always who decided
    tx: Transaction,
    finder: Finder,
    referral: Referral,
    made: Move,
    *,
    by: ChangedBy,
    recorded_by: UUID,
    by_staff: UUID | None = None,
) -> Referral:
    """Make one move of a held referral, or take it as a repeat. Raises `Conflict` saying what is possible.

    `by_staff` is the member of staff who asked for it, if one did; the events name them.
    """
    decision = policy.decide(referral, made, by=by, now=tx.now)
    match decision:
        case NotPossible(why=why, possible=possible):
            raise Conflict(why, possible=possible)
        case Repeated():
            return referral
        case Moved():
            timed = await _with_progress_clock(tx, finder, decision)
            await carry_out(tx, finder, [timed], recorded_by=recorded_by, by_staff=by_staff)
            return timed.referral


async def _with_progress_clock(tx: Transaction, finder: Finder, decision: Moved) -> Moved:
    """Say when the partner's next word is due, after each of its words while it is at work."""
    referral = decision.referral
    if decision.by is not ChangedBy.PARTNER or referral.status not in UNDER_WAY:
        return decision
    context = (await clients.contexts(tx.conn, [referral.client_id])).get(referral.client_id)
    listing = finder.catalogue.listing(referral.service_id)
    due = clock.progress_by(
        tx.now,
        listing.progress_within_working_days if listing else None,
        zone=context.time_zone if context else "UTC",
        meets_at=_still_to_come(referral),
    )
    return replace(decision, referral=replace(referral, progress_by=due))


def _still_to_come(referral: Referral) -> datetime | None:
    if referral.appointment is None or referral.business_status is not BusinessStatus.SCHEDULED:
        return None
    return referral.appointment.starts_at


async def under_way(conn: Connection, referral: Referral) -> list[UnderWay]:
    """What else is under way for the need that a referral is for, oldest first."""
    asked = (await help_store.helps(conn, [referral.help_id]))[referral.help_id]
    of_client = (await needs.under_way(conn, [referral.client_id])).get(referral.client_id, [])
    return [one for one in of_client if one.id != referral.id and helping.is_same_need(asked, one)]


async def send(
    tx: Transaction, finder: Finder, referral: Referral, *, recorded_by: UUID, replacing: bool = False
) -> Referral:
    """Send a held draft, as a member of staff (`recorded_by`) asks, on a consent that stands at this moment.

    Where something is under way for the same need, that is shown first (`Conflict`); with `replacing` it ends
    as superseded, and each of the two says which the other is. A runner-up that was prepared because of
    silence takes the silent one's place without being told to. Raises `Conflict` also when no consent covers
    the recipient, or when the service does not fit any more.
    """
    if referral.status is ReferralStatus.REQUESTED:
        return referral
    objection = policy.objection_to(referral, Send, by=ChangedBy.STAFF)
    if objection is not None:
        raise Conflict(objection.why, possible=objection.possible)
    live = await under_way(tx.conn, referral)
    if not replacing:
        _show_first([one for one in live if not helping.is_successor(referral, one)], referral)
    if live and referral.replaces is None:
        referral = replace(referral, replaces=live[0].id)
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
    moves = [*await _superseded(tx, live, by=referral), sent]
    await carry_out(tx, finder, moves, recorded_by=recorded_by, by_staff=recorded_by)
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


def _show_first(live: Sequence[UnderWay], referral: Referral) -> None:
    if not live:
        return
    named = " and ".join(one.service_name for one in live)
    raise Conflict(
        f"{named} has been asked about the same need and it is still under way; look at that first, and send "
        "this with `replace: true` if it is to take its place",
        possible=policy.possible_moves(referral, by=ChangedBy.STAFF),
        live=[
            {
                "id": str(one.id),
                "barrier_id": str(one.barrier_id),
                "status": one.status.value,
                "service_name": one.service_name,
                "organization_name": one.organization_name,
                "sent_at": one.sent_at.isoformat(),
            }
            for one in live
        ],
    )


async def _superseded(tx: Transaction, live: Sequence[UnderWay], *, by: Referral) -> list[Moved]:
    """End what is still under way for the need: the client goes elsewhere now."""
    made = Cancel(
        reason=ReasonCode.SUPERSEDED,
        text=f"The client is being referred to {by.service_name}.",
        superseded_by=by.id,
    )
    return [
        decision
        for other in (await store.by_id(tx.conn, [one.id for one in live])).values()
        if isinstance(decision := policy.decide(other, made, by=ChangedBy.STAFF, now=tx.now), Moved)
    ]


async def carry_out(
    tx: Transaction,
    finder: Finder,
    moves: Sequence[Moved],
    *,
    recorded_by: UUID | None = None,
    by_staff: UUID | None = None,
    causes: Mapping[UUID, Envelope] | None = None,
) -> None:
    """Write these moves and what they lead to, state each, tell the partners. `causes`: by referral.

    A runner-up that is prepared is our own doing, whoever's request left the client without help.
    """
    moves = [*moves, *await _needless(tx, moves)]
    await _write(tx, moves, recorded_by=recorded_by)
    await _observe(tx, moves)
    promised = [d.referral.barrier_id for d in moves if isinstance(d.made, Accept)]
    if promised:
        await unmet.end(tx.conn, promised, "found", now=tx.now)
    next_up, prepared = await _prepare_runners_up(tx, finder, moves)
    for decision in moves:
        cause = (causes or {}).get(decision.referral.id) or conversation(decision.referral)
        runner_up_id = next_up.get(decision.referral.id)
        tx.publish(events.stated(decision, runner_up_id=runner_up_id, by_staff=by_staff), cause=cause)
    for draft in prepared:
        tx.publish(events.drafted(draft), cause=conversation(draft))
    await telling.tell(tx, moves)


async def _needless(tx: Transaction, moves: Sequence[Moved]) -> list[Moved]:
    """End the drafts that these moves leave without a purpose.

    Where help was promised, the runner-up is not called for; and what was prepared to follow a referral that
    the client said no to, or took the consent back for, is part of what they stopped.
    """
    ended = {d.referral.id for d in moves}
    whys = {
        (d.referral.barrier_id, d.referral.id): why
        for d in moves
        if (why := policy.why_drafts_end(d)) is not None
    }
    if not whys:
        return []
    barrier_ids = {barrier_id for barrier_id, _ in whys}
    waiting = [r for r in await store.open_of_barriers(tx.conn, barrier_ids) if r.sent_at is None]
    decisions = [
        policy.decide(draft, why.made, by=why.by, now=tx.now)
        for draft in waiting
        for (barrier_id, referral_id), why in whys.items()
        if draft.id not in ended
        and draft.barrier_id == barrier_id
        and (why.all_drafts or draft.replaces == referral_id)
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
