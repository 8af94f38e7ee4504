"""What reminders states: what is due, what was said, what was held back and why, and what came back."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from contracts.events.base import ClientEvent
from contracts.terms import ChannelKind, MessageKind, ReplyKind, WithheldReason


class ReminderScheduled(ClientEvent):
    """A message is planned. It is looked at again when it is due; nothing is promised before the gate."""

    subject: ClassVar[str] = "care.reminders.reminder.scheduled.v1"

    reminder_id: UUID
    kind: MessageKind
    barrier_id: UUID | None = None
    referral_id: UUID | None = None
    plan_id: UUID | None = None
    due_at: AwareDatetime
    why: str
    """Why the client will get it, in words that they may read."""
    scheduled_at: AwareDatetime


class MessageSent(ClientEvent):
    """A message was handed to a channel once; `reminder_id` is also its idempotency key there."""

    subject: ClassVar[str] = "care.reminders.message.sent.v1"

    reminder_id: UUID
    kind: MessageKind
    channel: ChannelKind
    """The way it went."""
    referral_id: UUID | None = None
    barrier_id: UUID | None = None
    sent_at: AwareDatetime


class MessageHeld(ClientEvent):
    """A message waits until `held_until`, with the reason; stated once per change of the hold."""

    subject: ClassVar[str] = "care.reminders.message.held.v1"

    reminder_id: UUID
    kind: MessageKind
    reason: WithheldReason
    held_until: AwareDatetime
    held_at: AwareDatetime


class MessageWithheld(ClientEvent):
    """A message will never be sent, with the reason. Every message ends as sent or withheld."""

    subject: ClassVar[str] = "care.reminders.message.withheld.v1"

    reminder_id: UUID
    kind: MessageKind
    reason: WithheldReason
    referral_id: UUID | None = None
    withheld_at: AwareDatetime


class ReplyReceived(ClientEvent):
    """The client wrote back. `words` are verbatim and stay in the body."""

    subject: ClassVar[str] = "care.reminders.reply.received.v1"

    reply_id: UUID
    kind: ReplyKind
    words: str
    in_reply_to: UUID | None = None
    """The reminder that was answered, where that is known."""
    message_kind: MessageKind | None = None
    """What kind of message was answered, where that is known."""
    referral_id: UUID | None = None
    barrier_id: UUID | None = None
    received_at: AwareDatetime


class MessagesStopped(ClientEvent):
    """The client asked for no more messages (STOP). Obeyed at once, until they say START."""

    subject: ClassVar[str] = "care.reminders.messages.stopped.v1"

    stopped_at: AwareDatetime


class MessagesStarted(ClientEvent):
    """The client asked for messages again (START)."""

    subject: ClassVar[str] = "care.reminders.messages.started.v1"

    started_at: AwareDatetime
