"""Two reminders before an appointment, none when it is unsafe, none after STOP, and nothing leaks."""

from __future__ import annotations

from datetime import timedelta

from contracts.events.navigation import ReferralRequested, ReferralScheduled
from contracts.events.reminders import (
    MessageHeld,
    MessageSent,
    MessagesStarted,
    MessagesStopped,
    MessageWithheld,
    ReminderScheduled,
    ReplyReceived,
)
from contracts.terms import MessageKind, WithheldReason
from deploy.local.demo.stage import Stage
from deploy.local.demo.stories import intake
from tests.journeys.clients import somebody


async def test_an_appointment_is_brought_to_mind_three_days_and_one_day_before(stage: Stage) -> None:
    client = await intake(stage, somebody(details={"pace": "slow"}))
    sent = await stage.expect(ReferralRequested, client)
    meeting = (stage.clock.now() + timedelta(days=6)).replace(hour=11)
    await stage.partner_says(sent, answer="accept")
    await stage.partner_says(sent, answer="schedule", starts_at=meeting.isoformat())
    await stage.expect(ReferralScheduled, client)

    await stage.until(meeting)

    reminded = [m for m in stage.all(MessageSent, client) if m.kind is MessageKind.APPOINTMENT_REMINDER]
    days = [(meeting.date() - message.sent_at.date()).days for message in reminded]
    assert days == [3, 1]
    assert all(8 <= message.sent_at.hour < 20 for message in reminded)


async def test_nobody_writes_to_whom_it_is_unsafe_to_write(stage: Stage) -> None:
    client = await intake(stage, somebody(details={"contact_prohibited": True, "pace": "brisk"}))

    withheld = await stage.expect(MessageWithheld, client)

    assert withheld.reason is WithheldReason.NO_SAFE_CHANNEL
    assert stage.all(MessageSent, client) == []


async def test_a_message_waits_for_the_hours_that_are_safe(stage: Stage) -> None:
    window = [{"weekday": day, "opens": "18:00", "closes": "19:30"} for day in range(1, 8)]
    channel = {"kind": "sms", "address": "+447700955999", "safe": True, "preferred": True, "windows": window}
    client = await intake(stage, somebody(details={"channels": [channel], "pace": "brisk"}))

    held = await stage.expect(MessageHeld, client)
    sent = await stage.expect(MessageSent, client, lambda m: m.reminder_id == held.reminder_id)

    assert held.reason is WithheldReason.UNSAFE_NOW
    assert 18 <= sent.sent_at.hour < 20


async def test_stop_is_obeyed_until_start(stage: Stage) -> None:
    person = somebody(details={"pace": "brisk"})
    client = await intake(stage, person)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.CHECK_IN)

    await stage.reply(person.mobile, "STOP")
    await stage.expect(MessagesStopped, client)
    so_far = len(stage.all(MessageSent, client))
    await stage.until(stage.clock.now() + timedelta(days=5))
    assert len(stage.all(MessageSent, client)) == so_far

    await stage.reply(person.mobile, "START")
    await stage.expect(MessagesStarted, client)


async def test_nothing_personal_is_in_a_log_a_subject_or_a_header(stage: Stage) -> None:
    person = somebody(barrier={"words": "Zanzibarquux is what I call it."})
    client = await intake(stage, person)
    await stage.expect(ReferralRequested, client)
    await stage.expect(ReminderScheduled, client)
    await stage.reply(person.mobile, "Zanzibarquux again")
    await stage.expect(ReplyReceived, client)

    secrets = ("Zanzibarquux", "Ferrymoor", person.mobile)
    for log in stage.system.logs.glob("*.log"):
        if log.stem not in {"postgres", "nats"}:
            text = log.read_text(errors="replace")
            assert not [secret for secret in secrets if secret in text], log.name
    for headers in stage.headers:
        assert not [secret for secret in secrets if secret in headers]
