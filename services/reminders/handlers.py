"""Events in: what other services state becomes what there is to say to a client, and when.

Every handler loads for the whole batch, decides purely and writes with one statement per table. Facts are
kept by their version, so that the order in which events arrive makes no difference; what is planned has an
id derived from what it is about, so that nothing is planned twice. Nothing is withheld here: the gate is
told to look again, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.events.barriers import BarrierAnswered, BarrierMoved, PlanMoved, SetbackRecorded
from contracts.events.intake import ClientChanged, ClientRegistered, ContactChanged
from contracts.events.navigation import (
    ReferralCompleted,
    ReferralConfirmed,
    ReferralEnded,
    ReferralEvent,
    ReferralMissed,
    ReferralProgressed,
    ReferralRejected,
    ReferralScheduled,
)
from services.reminders.commands import announce, cause_of, keep_in_touch, schedule
from services.reminders.model import Barrier, Cause, Life, Plan, Referral, SendingRules
from services.reminders.policy.referrals import merged, referral_by
from services.reminders.policy.relevance import SETTLED
from services.reminders.policy.schedule import NOWHERE, Planner
from services.reminders.store import clients, facts, reminders
from shared.bus import Delivery, on
from shared.unit_of_work import Transaction

ClientDelivery = Delivery[ClientRegistered] | Delivery[ClientChanged] | Delivery[ContactChanged]


class Handlers:
    """All handlers of reminders."""

    def __init__(self, rules: SendingRules) -> None:
        self._rules = rules

    @on(ClientRegistered, ClientChanged, ContactChanged, durable="reminders-client")
    async def know_client(self, tx: Transaction, deliveries: Sequence[ClientDelivery]) -> None:
        """Keep up with how clients live and can be reached, and plan anew what that moves."""
        causes = {d.event.client_id: cause_of(d.envelope) for d in deliveries}
        await clients.lock(tx.conn, causes)
        contexts = [d.event.client for d in deliveries if not isinstance(d.event, ContactChanged)]
        contacts = [d.event for d in deliveries if isinstance(d.event, ContactChanged)]
        changed = await clients.merge_clients(tx.conn, contexts) if contexts else []
        reached = await clients.merge_contacts(tx.conn, contacts) if contacts else []
        await self._plan_anew(tx, changed)
        await keep_in_touch(tx, {client_id: causes[client_id] for client_id in reached}, self._rules)
        await reminders.wake(tx.conn, [*changed, *reached], tx.now)

    @on(BarrierAnswered, durable="reminders-barrier-answered")
    async def plan_check_in(self, tx: Transaction, deliveries: Sequence[Delivery[BarrierAnswered]]) -> None:
        """Plan the client's next check-in at their own pace, unless one is planned."""
        answers = [delivery.event for delivery in deliveries]
        lives = await clients.lives(tx.conn, (answer.client_id for answer in answers))
        await facts.merge_barriers(
            tx.conn,
            [Barrier(id=a.barrier_id, client_id=a.client_id, version=0, status=a.status) for a in answers],
        )
        planner = Planner(self._rules, tx.now)
        open_ones = {d.event.client_id: d for d in reversed(deliveries) if d.event.status not in SETTLED}
        await schedule(
            tx,
            [
                planner.check_in(
                    delivery.event.barrier_id,
                    at=delivery.event.answered_at,
                    barrier_id=delivery.event.barrier_id,
                    client_id=client_id,
                    life=lives.get(client_id, Life(zone=delivery.event.time_zone, pace=delivery.event.pace)),
                    cause=cause_of(delivery.envelope),
                )
                for client_id, delivery in open_ones.items()
            ],
        )

    @on(BarrierMoved, durable="reminders-barrier-moved")
    async def follow_barrier(self, tx: Transaction, deliveries: Sequence[Delivery[BarrierMoved]]) -> None:
        """Keep checking in while something stands in the way, and not once nothing does."""
        causes = {d.event.client_id: cause_of(d.envelope) for d in deliveries}
        await clients.lock(tx.conn, causes)
        moves = [delivery.event for delivery in deliveries]
        await facts.merge_barriers(
            tx.conn,
            [
                Barrier(id=m.barrier_id, client_id=m.client_id, version=m.version, status=m.status)
                for m in moves
            ],
        )
        await keep_in_touch(tx, causes, self._rules)
        await reminders.wake(tx.conn, [m.client_id for m in moves if m.status in SETTLED], tx.now)

    @on(PlanMoved, durable="reminders-plan-moved")
    async def arm_plan(self, tx: Transaction, deliveries: Sequence[Delivery[PlanMoved]]) -> None:
        """Arm the cue of a plan that the client agreed to; disarm it when they turn away from it."""
        causes = {d.event.client_id: cause_of(d.envelope) for d in deliveries}
        await clients.lock(tx.conn, causes)
        await facts.merge_plans(tx.conn, [_plan_of(delivery.event) for delivery in deliveries])
        await self._arm(tx, causes)
        await reminders.wake(tx.conn, causes, tx.now)

    @on(SetbackRecorded, durable="reminders-setback-recorded")
    async def ask_kindly(self, tx: Transaction, deliveries: Sequence[Delivery[SetbackRecorded]]) -> None:
        """Plan one kind question; one that waits for the client already, or has just gone out, is enough."""
        await clients.lock(tx.conn, (delivery.event.client_id for delivery in deliveries))
        lives = await clients.lives(tx.conn, (delivery.event.client_id for delivery in deliveries))
        planner = Planner(self._rules, tx.now)
        await schedule(
            tx,
            [
                planner.after_setback(d.event, lives.get(d.event.client_id), cause_of(d.envelope))
                for d in deliveries
            ],
        )

    @on(
        ReferralScheduled,
        ReferralProgressed,
        ReferralMissed,
        ReferralEnded,
        ReferralRejected,
        ReferralCompleted,
        ReferralConfirmed,
        durable="reminders-referral",
    )
    async def follow_referral(self, tx: Transaction, deliveries: Sequence[Delivery[ReferralEvent]]) -> None:
        """Plan what a referral as it stands calls for; the gate drops what it has overtaken."""
        causes = {d.event.client_id: cause_of(d.envelope) for d in deliveries}
        await clients.lock(tx.conn, causes)
        pictures = await facts.referrals(tx.conn, (delivery.event.referral_id for delivery in deliveries))
        for delivery in deliveries:
            said = referral_by(delivery.event)
            pictures[said.id] = merged(pictures[said.id], said) if said.id in pictures else said
        await facts.keep_referrals(tx.conn, list(pictures.values()))
        await self._plan_about(tx, list(pictures.values()), causes)
        await self._arm(tx, causes)
        await reminders.wake(tx.conn, causes, tx.now)

    async def _plan_about(
        self, tx: Transaction, referrals: Sequence[Referral], causes: dict[UUID, Cause]
    ) -> None:
        lives = await clients.lives(tx.conn, causes)
        planner = Planner(self._rules, tx.now)
        wanted = (
            planner.for_referral(referral, lives.get(referral.client_id), causes[referral.client_id])
            for referral in referrals
        )
        await schedule(tx, [reminder for several in wanted for reminder in several])

    async def _arm(self, tx: Transaction, causes: dict[UUID, Cause]) -> None:
        """Plan the cues that standing plans and appointments call for together, whichever came first."""
        plans = await facts.plans_with_cue(tx.conn, causes)
        if not plans:
            return
        appointments = await facts.with_appointment(tx.conn, causes)
        lives = await clients.lives(tx.conn, causes)
        planner = Planner(self._rules, tx.now)
        await schedule(
            tx,
            [
                cue
                for plan in plans
                for cue in planner.cues(
                    plan,
                    [referral for referral in appointments if referral.client_id == plan.client_id],
                    lives.get(plan.client_id),
                    causes[plan.client_id],
                )
            ],
        )

    async def _plan_anew(self, tx: Transaction, client_ids: Sequence[UUID]) -> None:
        """Move what waits for clients whose zone, hours or pace have changed, and say so."""
        if not client_ids:
            return
        lives = await clients.lives(tx.conn, client_ids)
        planner = Planner(self._rules, tx.now)
        before = await reminders.pending(tx.conn, client_ids)
        after = [
            planner.planned_anew(reminder, lives.get(reminder.client_id, NOWHERE)) for reminder in before
        ]
        moved = [new for old, new in zip(before, after, strict=True) if new.timing != old.timing]
        if moved:
            await reminders.plan_anew(tx.conn, moved)
            announce(tx, moved)


def _plan_of(event: PlanMoved) -> Plan:
    return Plan(
        id=event.plan_id,
        client_id=event.client_id,
        barrier_id=event.barrier_id,
        version=event.version,
        status=event.status,
        cue_hours_before=event.cue_hours_before,
    )
