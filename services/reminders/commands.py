"""What handlers, jobs and HTTP commands do alike: plan messages and say so, keep in touch, obey STOP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts.event import Envelope
from contracts.events.reminders import MessagesStarted, MessagesStopped, ReminderScheduled
from services.reminders.model import Cause, Reminder, SendingRules
from services.reminders.policy.schedule import ONE_QUESTION_STANDS_FOR, Planner
from services.reminders.store import clients, facts, reminders
from shared.unit_of_work import Transaction


def cause_of(envelope: Envelope) -> Cause:
    """An event as the cause of a message."""
    return Cause(
        id=envelope.id,
        type=envelope.type,
        correlation_id=envelope.correlation_id,
        traceparent=envelope.traceparent,
    )


def carried_on(cause: Cause, client_id: UUID, tx: Transaction) -> Envelope:
    """A message's cause in the form in which the next event carries it on."""
    return Envelope(
        id=cause.id,
        type=cause.type,
        source="",
        time=tx.now,
        about=client_id,
        correlation_id=cause.correlation_id,
        traceparent=cause.traceparent,
    )


def announce(tx: Transaction, planned: Sequence[Reminder]) -> None:
    """Say what is planned, and for when."""
    for reminder in planned:
        event = ReminderScheduled(
            client_id=reminder.client_id,
            reminder_id=reminder.id,
            kind=reminder.kind,
            barrier_id=reminder.barrier_id,
            referral_id=reminder.referral_id,
            plan_id=reminder.plan_id,
            due_at=reminder.timing.due_at,
            why=reminder.why,
            scheduled_at=tx.now,
        )
        tx.publish(event, cause=carried_on(reminder.cause, reminder.client_id, tx))


async def schedule(tx: Transaction, planned: Sequence[Reminder]) -> None:
    """Plan what is not planned yet, and say so."""
    announce(tx, await reminders.add(tx.conn, planned, tx.now, asked_since=tx.now - ONE_QUESTION_STANDS_FOR))


async def keep_in_touch(
    tx: Transaction,
    causes: Mapping[UUID, Cause],
    rules: SendingRules,
    *,
    after: Mapping[UUID, UUID] | None = None,
) -> None:
    """Plan the next check-in of those clients who have something open and no check-in ahead.

    `causes` says for each client why now; `after` what the check-in follows, the cause itself by default.
    """
    if not causes:
        return
    open_barriers = await facts.without_check_in(tx.conn, causes)
    if not open_barriers:
        return
    lives = await clients.lives(tx.conn, open_barriers)
    planner = Planner(rules, tx.now)
    follows = {client_id: cause.id for client_id, cause in causes.items()} | dict(after or {})
    await schedule(
        tx,
        [
            planner.check_in(
                follows[client_id],
                at=tx.now,
                barrier_id=barrier_id,
                client_id=client_id,
                life=lives.get(client_id),
                cause=causes[client_id],
            )
            for client_id, barrier_id in open_barriers.items()
        ],
    )


async def stop(tx: Transaction, client_ids: Sequence[UUID], *, cause: Envelope | None) -> None:
    """Obey STOP: from now on the gate lets nothing through to these clients. The locks are held."""
    for client_id in await clients.choose(tx.conn, client_ids, stopped=True, now=tx.now):
        tx.publish(MessagesStopped(client_id=client_id, stopped_at=tx.now), cause=cause)
    await reminders.wake(tx.conn, client_ids, tx.now)


async def start(
    tx: Transaction,
    client_ids: Sequence[UUID],
    rules: SendingRules,
    *,
    cause: Envelope | None,
    correlation_id: UUID,
) -> None:
    """Obey START: messages may go out again, and check-ins go on. The locks are held."""
    causes: dict[UUID, Cause] = {}
    for client_id in await clients.choose(tx.conn, client_ids, stopped=False, now=tx.now):
        event_id = tx.publish(MessagesStarted(client_id=client_id, started_at=tx.now), cause=cause)
        causes[client_id] = Cause(
            id=event_id,
            type=MessagesStarted.subject,
            correlation_id=cause.correlation_id if cause else correlation_id,
        )
    await keep_in_touch(tx, causes, rules)
