"""A message to a client as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events.reminders import MessageHeld, MessageSent, MessageWithheld, ReminderScheduled
from services.desk.model.entries import Entry
from services.desk.model.pictures import MessagePicture
from services.desk.policy.folding.order import by_time


def fold_message(entries: Sequence[Entry]) -> MessagePicture | None:
    """How a message stands. Sent and withheld are ends, whatever came to be known after them."""
    picture: MessagePicture | None = None
    for one in by_time(entries):
        event = one.event
        if not isinstance(event, ReminderScheduled | MessageHeld | MessageSent | MessageWithheld):
            continue
        picture = picture or MessagePicture(id=event.reminder_id, client_id=event.client_id, kind=event.kind)
        picture = picture.model_copy(update=_told(event, ended=picture.ended_at is not None))
    return picture


def _told(
    event: ReminderScheduled | MessageHeld | MessageSent | MessageWithheld, *, ended: bool
) -> dict[str, object]:
    match event:
        case ReminderScheduled():
            about = {
                "barrier_id": event.barrier_id,
                "referral_id": event.referral_id,
                "plan_id": event.plan_id,
            }
            return {"why": event.why, "due_at": event.due_at, **about}
        case MessageHeld():
            stage = {} if ended else {"stage": "held", "reason": event.reason}
            return {"held_until": event.held_until, **stage}
        case MessageSent():
            sent = {"stage": "sent", "reason": None, "channel": event.channel}
            return {**sent, "ended_at": event.sent_at, "referral_id": event.referral_id}
        case MessageWithheld():
            return {"stage": "withheld", "reason": event.reason, "ended_at": event.withheld_at}
