"""A full partner, silence, a missed meeting, a "no": each leads on, and blames nobody."""

from __future__ import annotations

from datetime import timedelta

from contracts.events.barriers import BarrierMoved, SetbackRecorded, TaskOpened
from contracts.events.navigation import (
    ReferralCompleted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralMissed,
    ReferralRejected,
    ReferralRequested,
    ReferralScheduled,
    ReferralUnanswered,
)
from contracts.events.reminders import MessageSent
from contracts.terms import BarrierStatus, ClientConfirmed, MessageKind, ReasonCode, TaskKind
from deploy.local.demo.stage import Stage
from deploy.local.demo.stories import intake
from tests.journeys.clients import barrier_of, somebody


async def test_a_full_partner_leads_to_the_runner_up_which_waits_for_a_person(stage: Stage) -> None:
    client = await intake(stage, somebody(barrier={"category": "cost.care"}))
    first = await stage.expect(ReferralRequested, client)

    await stage.partner_says(first, answer="decline", reason="not_eligible", text="We see under-25s only.")

    await stage.expect(ReferralRejected, client)
    second = await stage.expect(ReferralDrafted, client, lambda d: d.replaces == first.referral_id)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.FOLLOW_UP_REFERRAL)
    assert len(stage.all(ReferralRequested, client)) == 1
    await stage.send("navigation", f"/referrals/{second.referral_id}/send", {})
    await stage.expect(ReferralRequested, client, lambda r: r.referral_id == second.referral_id)


async def test_silence_becomes_an_event_and_the_old_referral_gives_way_to_the_new(stage: Stage) -> None:
    client = await intake(stage, somebody(barrier={"category": "childcare"}))
    sent = await stage.expect(ReferralRequested, client)

    silent = await stage.expect(ReferralUnanswered, client)
    runner_up = await stage.expect(ReferralDrafted, client, lambda d: d.replaces == sent.referral_id)
    await stage.send("navigation", f"/referrals/{runner_up.referral_id}/send", {})

    ended = await stage.expect(ReferralEnded, client, lambda e: e.referral_id == sent.referral_id)
    assert silent.acknowledge_by == sent.acknowledge_by
    assert ended.reason is ReasonCode.SUPERSEDED
    assert len(stage.all(ReferralUnanswered, client)) == 1


async def test_a_missed_appointment_reopens_the_barrier_with_one_kind_question(stage: Stage) -> None:
    client = await intake(stage, somebody())
    sent = await stage.expect(ReferralRequested, client)
    meeting = stage.clock.now() + timedelta(days=1)
    await stage.partner_says(sent, answer="accept")
    await stage.partner_says(sent, answer="schedule", starts_at=meeting.isoformat())
    await stage.expect(ReferralScheduled, client)
    await stage.until(meeting + timedelta(hours=1))

    await stage.partner_says(sent, answer="missed")

    await stage.expect(ReferralMissed, client)
    setback = await stage.expect(SetbackRecorded, client)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.REVIEW_SETBACK)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.AFTER_SETBACK)
    assert setback.question.endswith("?")
    assert (await barrier_of(stage, client))["status"] == BarrierStatus.ACKNOWLEDGED


async def test_only_the_client_says_whether_help_came(stage: Stage) -> None:
    person = somebody()
    client = await intake(stage, person)
    sent = await stage.expect(ReferralRequested, client)
    await stage.partner_says(sent, answer="accept")
    await stage.partner_says(sent, answer="complete", outcome="A lift was arranged.")
    await stage.expect(ReferralCompleted, client)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.GOT_WHAT_YOU_NEEDED)

    await stage.reply(person.mobile, "No")

    confirmed = await stage.expect(ReferralConfirmed, client)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.FOLLOW_UP_REFERRAL)
    assert confirmed.client_confirmed is ClientConfirmed.NO
    assert not [m for m in stage.all(BarrierMoved, client) if m.status is BarrierStatus.EASED]
