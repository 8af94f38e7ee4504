"""Turn verdicts and what providers said into what becomes of a message."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from contracts.terms import WithheldReason
from contracts.values import Channel
from services.reminders.model import (
    Change,
    Claimed,
    Hold,
    Intent,
    NotYetDue,
    Send,
    Situation,
    Stage,
    Verdict,
    Withhold,
)
from services.reminders.policy.wording import Wording

NEXT_ATTEMPT = timedelta(hours=1)
OUR_MISTAKE = "we could not put it together; this is our mistake"
PERHAPS_ARRIVED = "; an earlier try may have reached them"


def change_by(
    verdict: Verdict, claimed: Claimed, situation: Situation, *, now: datetime, wording: Wording
) -> Change:
    """What a message in hand becomes by the gate's verdict."""
    match verdict:
        case Send(channel):
            intent = _same_words(claimed.intent, channel) or _words(situation, channel, wording)
            return _change(claimed, Stage.SENDING, now, intent=intent)
        case Hold():
            return _held(verdict, claimed)
        case Withhold():
            return _withheld(verdict, claimed, now)
        case NotYetDue(until):
            return _change(claimed, Stage.SCHEDULED, until, noted=claimed.stage is Stage.HELD)
        case _:
            assert_never(verdict)


def change_after_try(verdict: Hold | Withhold | None, claimed: Claimed, *, now: datetime) -> Change:
    """What a message becomes once its provider answered; without a verdict the provider has it."""
    attempts = claimed.attempts + 1
    if verdict is None:
        return Change(reminder_id=claimed.reminder.id, attempts=attempts, stage=Stage.SENT, next_look_at=now)
    held = isinstance(verdict, Hold)
    return Change(
        reminder_id=claimed.reminder.id,
        attempts=attempts,
        stage=Stage.HELD if held else Stage.WITHHELD,
        next_look_at=verdict.until if isinstance(verdict, Hold) else now,
        reason=verdict.reason,
        held_until=verdict.until if isinstance(verdict, Hold) else None,
        detail=verdict.detail if isinstance(verdict, Withhold) else None,
    )


def put_aside(claimed: Claimed, *, now: datetime) -> Change:
    """What becomes of a message that we ourselves stumble over, so that it keeps no other one waiting."""
    until = now + NEXT_ATTEMPT
    if until >= claimed.reminder.timing.useful_until:
        return _withheld(Withhold(WithheldReason.NOT_DELIVERED, OUR_MISTAKE), claimed, now)
    return _held(Hold(until, WithheldReason.NOT_DELIVERED), claimed)


def _held(verdict: Hold, claimed: Claimed) -> Change:
    """A hold is told once: the same reason until the same moment is no news."""
    before = (claimed.stage, claimed.reason, claimed.held_until)
    return Change(
        reminder_id=claimed.reminder.id,
        attempts=claimed.attempts,
        stage=Stage.HELD,
        next_look_at=verdict.until,
        reason=verdict.reason,
        held_until=verdict.until,
        noted=before != (Stage.HELD, verdict.reason, verdict.until),
    )


def _withheld(verdict: Withhold, claimed: Claimed, now: datetime) -> Change:
    return Change(
        reminder_id=claimed.reminder.id,
        attempts=claimed.attempts,
        stage=Stage.WITHHELD,
        next_look_at=now,
        reason=verdict.reason,
        detail=verdict.detail + PERHAPS_ARRIVED if claimed.attempts else verdict.detail,
    )


def _change(
    claimed: Claimed,
    stage: Stage,
    next_look_at: datetime,
    *,
    intent: Intent | None = None,
    noted: bool = True,
) -> Change:
    return Change(
        reminder_id=claimed.reminder.id,
        attempts=claimed.attempts,
        stage=stage,
        next_look_at=next_look_at,
        intent=intent,
        noted=noted,
    )


def _same_words(earlier: Intent | None, channel: Channel) -> Intent | None:
    """An earlier try's words for the same address: one idempotency key must not carry two texts."""
    same = earlier is not None and (earlier.channel, earlier.address) == (channel.kind, channel.address)
    return earlier if same else None


def _words(situation: Situation, channel: Channel, wording: Wording) -> Intent:
    life, contact = situation.client.life, situation.client.contact
    assert life is not None
    assert contact is not None
    subject, body = wording.compose(
        situation.reminder.kind,
        channel.kind,
        name=contact.preferred_name,
        language=life.language,
        about=situation.reminder.anchor_at,
        zone=life.zone,
    )
    return Intent(channel=channel.kind, address=channel.address, subject=subject, body=body)
