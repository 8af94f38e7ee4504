"""Events in: load the cases of the whole batch, decide each message purely, write the lot.

Messages of one client in one batch are decided one after the other, each on the case that the one before
left behind, so that a batch and the same messages one by one come to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar
from uuid import UUID

from contracts.events.base import ClientEvent
from contracts.events.intake import (
    BarrierStated,
    ClientChanged,
    ClientRegistered,
    ReadinessMeasured,
    WishChanged,
)
from contracts.events.navigation import (
    HelpUnmatched,
    ReferralAccepted,
    ReferralCompleted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralEvent,
    ReferralMissed,
    ReferralProgressed,
    ReferralRejected,
    ReferralRequested,
    ReferralScheduled,
    ReferralStalled,
    ReferralUnanswered,
)
from contracts.events.reminders import ReplyReceived
from contracts.values import ClientContext, Readiness
from services.barriers.catalogue import Catalogue
from services.barriers.model import Caseload, Cause, Client, Decision, Measured, Picture
from services.barriers.policy import answering, referrals, replies, wishes
from services.barriers.store import cases, clients, saving
from services.barriers.store.clients import EarlyWish
from shared.bus import Delivery, on
from shared.errors import Transient
from shared.unit_of_work import Transaction

E = TypeVar("E", bound=ClientEvent)


class Handlers:
    """What the barriers service does when something happened elsewhere."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @on(ClientRegistered, ClientChanged, durable="barriers-client")
    async def know_clients(
        self, tx: Transaction, deliveries: Sequence[Delivery[ClientRegistered | ClientChanged]]
    ) -> None:
        """Keep each client's context by its highest version."""
        await clients.take_in(tx.conn, _together([_told_by(one.event.client) for one in deliveries]))

    @on(BarrierStated, durable="barriers-barrier-stated")
    async def answer_barriers(self, tx: Transaction, deliveries: Sequence[Delivery[BarrierStated]]) -> None:
        """Answer each stated barrier by the playbook, exactly once."""
        playbook = self._catalogue.playbook
        news = [_stated_with(one.event) for one in deliveries]
        before = await clients.take_in(tx.conn, _together(news))
        barrier_ids = [one.event.barrier_id for one in deliveries]
        overtaking = await clients.early_wishes(tx.conn, barrier_ids)

        def decide(case: Caseload, one: Delivery[BarrierStated]) -> Decision:
            early = overtaking.get(one.event.barrier_id)
            return answering.answer(
                playbook, case, one.event, now=tx.now, cause=_cause(one), overtaken_by=early
            )

        await _decide_each(tx, deliveries, decide, before=before, barrier_ids=barrier_ids, news=news)

    @on(WishChanged, durable="barriers-wish-changed")
    async def obey_wishes(self, tx: Transaction, deliveries: Sequence[Delivery[WishChanged]]) -> None:
        """Obey each change of mind; one about a barrier that has not arrived yet is kept for it."""
        playbook = self._catalogue.playbook
        before = await clients.take_in(tx.conn, _together([_nothing_about(one.event) for one in deliveries]))
        too_early: dict[UUID, EarlyWish] = {}

        def decide(case: Caseload, one: Delivery[WishChanged]) -> Decision | None:
            if one.event.barrier_id not in case.barriers:
                return None
            return wishes.change_wish(playbook, case, one.event, now=tx.now, cause=_cause(one))

        for one in await _decide_each(
            tx,
            deliveries,
            decide,
            before=before,
            barrier_ids=[one.event.barrier_id for one in deliveries],
            deep=True,
        ):
            _keep_latest(too_early, one.event)
        if too_early:
            await clients.keep_early_wishes(tx.conn, list(too_early.values()))

    @on(ReadinessMeasured, durable="barriers-readiness")
    async def reconsider(self, tx: Transaction, deliveries: Sequence[Delivery[ReadinessMeasured]]) -> None:
        """Remember the rulers, and offer a plan where things have come to matter more."""
        playbook = self._catalogue.playbook
        news = [_measured_in(one.event) for one in deliveries]
        before = await clients.take_in(tx.conn, _together(news))

        def decide(case: Caseload, one: Delivery[ReadinessMeasured]) -> Decision:
            occasion = f"readiness-{one.event.measurement_id}"
            return wishes.reconsider(playbook, case, now=tx.now, cause=_cause(one), occasion=occasion)

        await _decide_each(tx, deliveries, decide, before=before, news=news)

    @on(
        ReferralDrafted,
        ReferralRequested,
        ReferralAccepted,
        ReferralRejected,
        ReferralProgressed,
        ReferralScheduled,
        ReferralMissed,
        ReferralCompleted,
        ReferralEnded,
        ReferralUnanswered,
        ReferralStalled,
        ReferralConfirmed,
        durable="barriers-referral",
    )
    async def follow_referrals(self, tx: Transaction, deliveries: Sequence[Delivery[ReferralEvent]]) -> None:
        """Do what each referral's way calls for: options to offer, silence, setbacks, help that came."""
        playbook = self._catalogue.playbook

        def decide(case: Caseload, one: Delivery[ReferralEvent]) -> Decision | None:
            if one.event.barrier_id not in case.barriers:
                return None
            return referrals.follow(playbook, case, one.event, now=tx.now, cause=_cause(one))

        await self._follow(tx, deliveries, decide, [one.event.barrier_id for one in deliveries])

    @on(HelpUnmatched, durable="barriers-help-unmatched")
    async def look_by_hand(self, tx: Transaction, deliveries: Sequence[Delivery[HelpUnmatched]]) -> None:
        """Have a person look where the directory has nothing."""
        playbook = self._catalogue.playbook

        def decide(case: Caseload, one: Delivery[HelpUnmatched]) -> Decision | None:
            if one.event.barrier_id not in case.barriers:
                return None
            return referrals.unmatched(playbook, case, one.event, now=tx.now, cause=_cause(one))

        await self._follow(tx, deliveries, decide, [one.event.barrier_id for one in deliveries])

    @on(ReplyReceived, durable="barriers-reply")
    async def hear_replies(self, tx: Transaction, deliveries: Sequence[Delivery[ReplyReceived]]) -> None:
        """Have a person read what a client wrote back."""
        playbook = self._catalogue.playbook

        def decide(case: Caseload, one: Delivery[ReplyReceived]) -> Decision:
            return replies.hear(playbook, case, one.event, now=tx.now, cause=_cause(one))

        await self._follow(tx, deliveries, decide, ())

    async def _follow(
        self,
        tx: Transaction,
        deliveries: Sequence[Delivery[E]],
        decide: Callable[[Caseload, Delivery[E]], Decision | None],
        barrier_ids: Collection[UUID],
    ) -> None:
        """Decide about clients and barriers that must be known; raise `Transient` while one is not."""
        before = await clients.take_in(tx.conn, _together([_nothing_about(one.event) for one in deliveries]))
        unknown = await _decide_each(
            tx, deliveries, decide, before=before, barrier_ids=barrier_ids, deep=bool(barrier_ids)
        )
        if unknown:
            message = f"{len(unknown)} message(s) are about a client or a barrier that is not known here yet"
            raise Transient(message)


async def _decide_each(  # noqa: PLR0913 - one keyword for each thing that a batch may need
    tx: Transaction,
    deliveries: Sequence[Delivery[E]],
    decide: Callable[[Caseload, Delivery[E]], Decision | None],
    *,
    before: Mapping[UUID, Picture],
    barrier_ids: Collection[UUID] = (),
    news: Sequence[Picture] = (),
    deep: bool = False,
) -> list[Delivery[E]]:
    """Decide about one message after the other, publish what that leads to, and write what has changed.

    `news` is what each message says about its client, message by message, or nothing. Give those that could
    not be decided: their client is not known, or `decide` said so with None.
    """
    pictures = dict(before)
    known = _known(pictures, news)
    loaded = await cases.load(tx.conn, known, now=tx.now, barrier_ids=barrier_ids, deep=deep)
    current = dict(loaded)
    undecided = []
    for one, told in zip_longest(deliveries, news):
        client_id = one.event.client_id
        if told is not None:
            pictures[client_id] = pictures[client_id].after(told)
        client = pictures[client_id].client()
        decision = None if client is None else decide(replace(current[client_id], client=client), one)
        if decision is None:
            undecided.append(one)
            continue
        current[client_id] = decision.caseload
        for event in decision.events:
            tx.publish(event, cause=one.envelope)
    await saving.save(tx.conn, [(loaded[client_id], case) for client_id, case in current.items()])
    return undecided


def _known(before: Mapping[UUID, Picture], news: Sequence[Picture]) -> dict[UUID, Client]:
    """Give the clients that are known once all the news is in."""
    pictures = dict(before)
    for one in news:
        pictures[one.client_id] = pictures[one.client_id].after(one)
    found = {client_id: picture.client() for client_id, picture in pictures.items()}
    return {client_id: client for client_id, client in found.items() if client is not None}


def _together(news: Sequence[Picture]) -> list[Picture]:
    """Add up what several messages say, one picture per client."""
    found: dict[UUID, Picture] = {}
    for one in news:
        known = found.get(one.client_id)
        found[one.client_id] = one if known is None else known.after(one)
    return list(found.values())


def _keep_latest(wishes: dict[UUID, EarlyWish], event: WishChanged) -> None:
    known = wishes.get(event.barrier_id)
    if known is None or event.version > known.version:
        wishes[event.barrier_id] = EarlyWish(
            barrier_id=event.barrier_id,
            client_id=event.client_id,
            wish=event.wish,
            version=event.version,
            changed_at=event.changed_at,
        )


def _cause(delivery: Delivery[E]) -> Cause:
    return Cause(event_id=delivery.envelope.id, correlation_id=delivery.envelope.correlation_id)


def _nothing_about(event: ClientEvent) -> Picture:
    return Picture(client_id=event.client_id)


def _told_by(context: ClientContext) -> Picture:
    return Picture(client_id=context.client_id, context=context)


def _stated_with(event: BarrierStated) -> Picture:
    at = event.readiness.measured_at or event.stated_at
    rulers = event.readiness
    return Picture(
        client_id=event.client_id,
        context=event.client,
        importance=None if rulers.importance is None else Measured(value=rulers.importance, at=at),
        confidence=None if rulers.confidence is None else Measured(value=rulers.confidence, at=at),
        consents=event.consents,
        consents_at=event.stated_at,
    )


def _measured_in(event: ReadinessMeasured) -> Picture:
    rulers: Readiness = event.readiness
    at = rulers.measured_at
    return Picture(
        client_id=event.client_id,
        importance=None
        if rulers.importance is None or at is None
        else Measured(value=rulers.importance, at=at),
        confidence=None
        if rulers.confidence is None or at is None
        else Measured(value=rulers.confidence, at=at),
    )
