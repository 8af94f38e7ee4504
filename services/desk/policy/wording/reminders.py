"""What reminders states, in words."""

from __future__ import annotations

from contracts.events.reminders import (
    MessageHeld,
    MessageSent,
    MessagesStarted,
    MessagesStopped,
    MessageWithheld,
    ReminderScheduled,
    ReplyReceived,
)
from contracts.terms import ReplyKind
from services.desk.policy.wording.telling import Group, Told, Words
from services.desk.policy.wording.terms import CHANNELS, MESSAGES, WITHHELD
from services.desk.policy.wording.times import Wall

WORDS = Words()


@WORDS.of(ReminderScheduled, Group.MESSAGES)
def scheduled(event: ReminderScheduled, wall: Wall) -> Told:
    """A message to come."""
    return Told(
        title=f"{MESSAGES[event.kind]} is planned",
        text=f"{event.why} It is looked at again {wall.moment(event.due_at)}, before anything is sent.",
    )


@WORDS.of(MessageSent, Group.MESSAGES)
def sent(event: MessageSent, _wall: Wall) -> Told:
    """A message on its way."""
    return Told(title=f"{MESSAGES[event.kind]} was sent by {CHANNELS[event.channel]}", mark="message")


@WORDS.of(MessageHeld, Group.MESSAGES)
def held(event: MessageHeld, wall: Wall) -> Told:
    """A message that waits."""
    return Told(
        title=f"{MESSAGES[event.kind]} waits until {wall.moment(event.held_until)}",
        text=WITHHELD[event.reason],
        mark="message",
    )


@WORDS.of(MessageWithheld, Group.MESSAGES)
def withheld(event: MessageWithheld, _wall: Wall) -> Told:
    """A message that is not sent."""
    return Told(title=f"{MESSAGES[event.kind]} was not sent", text=WITHHELD[event.reason], mark="message")


@WORDS.of(ReplyReceived, Group.MESSAGES)
def replied(event: ReplyReceived, _wall: Wall) -> Told:
    """Their answer."""
    about = f"It answers: {MESSAGES[event.message_kind].lower()}." if event.message_kind else ""
    title = "They wrote to us" if event.kind is ReplyKind.FREE_TEXT else "They answered"
    return Told(title=title, words=event.words, text=about, mark="said")


@WORDS.of(MessagesStopped, Group.MESSAGES)
def stopped(_event: MessagesStopped, _wall: Wall) -> Told:
    """No more."""
    return Told(
        title="They want no more messages",
        text="That holds at once, until they say otherwise.",
        mark="said",
    )


@WORDS.of(MessagesStarted, Group.MESSAGES)
def started(_event: MessagesStarted, _wall: Wall) -> Told:
    """Again."""
    return Told(title="They want messages again", mark="said")
