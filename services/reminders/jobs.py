"""Time in: what is due goes through the gate, out by its channel, and its end is recorded.

Three steps, and no network call inside a transaction:

 1. claim what is due, let the gate decide each, record the verdicts; a message that may go has its words
    and a lease committed
 2. hand each to its provider, with its id as idempotency key
 3. record what the providers said

Whatever dies in between, nothing is lost: a message in hand whose lease runs out goes through the gate
again, which may by now say no, and is handed over with the same key and the same words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from contracts.event import Event
from contracts.events.reminders import MessageHeld, MessageSent, MessageWithheld
from contracts.terms import ChannelKind, MessageKind, WithheldReason
from contracts.values import Channel
from services.reminders.channels import Letter, Messenger
from services.reminders.commands import carried_on, keep_in_touch
from services.reminders.model import (
    Change,
    Claimed,
    Hold,
    Known,
    Recorded,
    Reminder,
    Send,
    SendingRules,
    Situation,
    Stage,
    Withhold,
)
from services.reminders.policy.changes import change_after_try, change_by, put_aside
from services.reminders.policy.gate import after_no_delivery, decide
from services.reminders.policy.wording import Wording
from services.reminders.store import clients, reminders
from shared.outcomes import HandedOver, Never, NotNow, Outcome
from shared.retry import describe
from shared.unit_of_work import Database, Transaction

MOST = 20
"""How many messages are in hand at once; all of them are with their providers at the same time."""
NO_MORE = frozenset(
    {WithheldReason.STOPPED_BY_CLIENT, WithheldReason.NO_CONSENT, WithheldReason.NO_LONGER_RELEVANT}
)
"""Ends of a check-in after which none follows, until something about the client changes."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InHand:
    """A message that the gate let go, with all that is needed to hand it over and to judge the answer."""

    claimed: Claimed
    situation: Situation
    channel: Channel
    letter: Letter


class SendDueMessages:
    """One run looks at up to twenty messages. Any number of copies may run at once."""

    def __init__(
        self,
        database: Database,
        messengers: Mapping[ChannelKind, Messenger],
        *,
        wording: Wording,
        rules: SendingRules,
        provider_seconds: float,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._messengers = messengers
        self._wording = wording
        self._rules = rules
        self._provider_seconds = provider_seconds
        self._lease_seconds = lease_seconds

    async def run(self) -> int:
        """Look at what is due and see it through; return how many messages were looked at."""
        looked_at, in_hand = await self._decide()
        if in_hand:
            outcomes = await asyncio.gather(*(self._hand_over(each.letter) for each in in_hand))
            await self._conclude(in_hand, outcomes)
        return looked_at

    async def _decide(self) -> tuple[int, list[InHand]]:
        async with self._database.transaction() as tx:
            await reminders.hand_back_lapsed(tx.conn, MOST)
            client_ids = await reminders.lock_due_clients(tx.conn, tx.now, MOST)
            if not client_ids:
                return 0, []
            claimed = await reminders.claim_due(tx.conn, client_ids, tx.now, MOST)
            known = await clients.known(tx.conn, client_ids, tx.now)
            changes, in_hand = self._judge(claimed, known, tx.now)
            await self._record(tx, [each.reminder for each in claimed], changes)
        return len(claimed), in_hand

    def _judge(
        self, claimed: Sequence[Claimed], known: dict[UUID, Known], now: datetime
    ) -> tuple[list[Change], list[InHand]]:
        """Decide one by one: each message let go counts towards its client's cap for the next."""
        changes: list[Change] = []
        in_hand: list[InHand] = []
        for each in claimed:
            client = known[each.reminder.client_id]
            try:
                change, let_go = self._look_at(each, client, now)
            except Exception as error:  # noqa: BLE001 - one message must not keep all others waiting
                log.warning("message_put_aside", reminder_id=str(each.reminder.id), error=describe(error))
                change, let_go = put_aside(each, now=now), None
            changes.append(change)
            if let_go is not None:
                in_hand.append(let_go)
                known[each.reminder.client_id] = replace(client, sent_at=(*client.sent_at, now))
        return changes, in_hand

    def _look_at(self, claimed: Claimed, client: Known, now: datetime) -> tuple[Change, InHand | None]:
        reminder = claimed.reminder
        situation = Situation(
            reminder=reminder,
            facts=claimed.facts,
            client=client,
            first_choice=claimed.intent.address if claimed.intent else None,
        )
        verdict = decide(situation, now=now, rules=self._rules)
        change = change_by(verdict, claimed, situation, now=now, wording=self._wording)
        if not isinstance(verdict, Send) or change.intent is None:
            return change, None
        letter = Letter(id=reminder.id, client_id=reminder.client_id, intent=change.intent, at=now)
        return change, InHand(claimed, situation, verdict.channel, letter)

    async def _hand_over(self, letter: Letter) -> Outcome:
        """Ask the provider, once. Whatever it does, the answer is a value."""
        try:
            async with asyncio.timeout(self._provider_seconds):
                return await self._messengers[letter.intent.channel].send(letter)
        except TimeoutError:
            return NotNow("the provider took too long")
        except Exception as error:  # noqa: BLE001 - an adapter's mistake must not keep other messages waiting
            log.warning("messenger_raised", reminder_id=str(letter.id), error=describe(error))
            return NotNow(f"our own adapter stumbled ({type(error).__name__})")

    async def _conclude(self, in_hand: Sequence[InHand], outcomes: Sequence[Outcome]) -> None:
        async with self._database.transaction() as tx:
            changes = [
                change_after_try(self._verdict(each, outcome, tx.now), each.claimed, now=tx.now)
                for each, outcome in zip(in_hand, outcomes, strict=True)
            ]
            await self._record(tx, [each.claimed.reminder for each in in_hand], changes)

    def _verdict(self, each: InHand, outcome: Outcome, now: datetime) -> Hold | Withhold | None:
        match outcome:
            case HandedOver():
                return None
            case Never(why):
                return Withhold(WithheldReason.NOT_DELIVERED, why)
            case NotNow(why):
                log.info("message_not_taken", reminder_id=str(each.letter.id), why=why)
                tries = each.claimed.attempts + 1
                return after_no_delivery(
                    each.situation, each.channel, tries=tries, now=now, rules=self._rules
                )

    async def _record(self, tx: Transaction, messages: Sequence[Reminder], changes: Sequence[Change]) -> None:
        """Record changes and say what they are; go on checking in where a check-in has ended."""
        recorded = await reminders.record(tx.conn, changes, tx.now, lease_seconds=self._lease_seconds)
        ended: dict[UUID, Reminder] = {}
        for reminder, change in zip(messages, changes, strict=True):
            if reminder.id not in recorded:
                continue
            event = _event(reminder, change, recorded[reminder.id], now=tx.now)
            if event is not None:
                tx.publish(event, cause=carried_on(reminder.cause, reminder.client_id, tx))
            if reminder.kind is MessageKind.CHECK_IN and _goes_on(change):
                ended[reminder.client_id] = reminder
        await keep_in_touch(
            tx,
            {client_id: reminder.cause for client_id, reminder in ended.items()},
            self._rules,
            after={client_id: reminder.id for client_id, reminder in ended.items()},
        )


def _goes_on(change: Change) -> bool:
    return change.stage is Stage.SENT or (change.stage is Stage.WITHHELD and change.reason not in NO_MORE)


def _event(reminder: Reminder, change: Change, recorded: Recorded, *, now: datetime) -> Event | None:
    """What there is to say about a change; nothing about a message that simply waits or is in hand."""
    if change.stage is Stage.SENT and recorded.channel and recorded.let_go_at:
        return MessageSent(
            client_id=reminder.client_id,
            reminder_id=reminder.id,
            kind=reminder.kind,
            channel=recorded.channel,
            referral_id=reminder.referral_id,
            barrier_id=reminder.barrier_id,
            sent_at=recorded.let_go_at,
        )
    if change.stage is Stage.WITHHELD and change.reason is not None:
        return MessageWithheld(
            client_id=reminder.client_id,
            reminder_id=reminder.id,
            kind=reminder.kind,
            reason=change.reason,
            referral_id=reminder.referral_id,
            withheld_at=now,
        )
    if change.stage is Stage.HELD and change.noted and change.reason and change.held_until:
        return MessageHeld(
            client_id=reminder.client_id,
            reminder_id=reminder.id,
            kind=reminder.kind,
            reason=change.reason,
            held_until=change.held_until,
            held_at=now,
        )
    return None
