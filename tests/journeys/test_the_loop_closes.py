"""The loop closes with the client's own word, and a no at any stage stops everything within a second."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.events.barriers import BarrierMoved, TaskOpened
from contracts.events.navigation import (
    ReferralCompleted,
    ReferralEnded,
    ReferralProgressed,
    ReferralRequested,
    ReferralScheduled,
)
from contracts.events.reminders import MessageSent, MessageWithheld, ReminderScheduled
from contracts.terms import BarrierStatus, BusinessStatus, MessageKind, ReasonCode, TaskKind
from deploy.local.demo.stage import Stage
from deploy.local.demo.stories import intake
from tests.journeys.clients import barrier_of, somebody

A_SECOND = 1.0


async def with_an_appointment(stage: Stage) -> tuple[UUID, ReferralRequested]:
    """Somebody whose appointment is six weeks off, with the reminders that go with it."""
    client = await intake(stage, somebody())
    sent = await stage.expect(ReferralRequested, client)
    meeting = stage.clock.now() + timedelta(weeks=6)
    await stage.partner_says(sent, answer="accept")
    await stage.partner_says(sent, answer="schedule", starts_at=meeting.isoformat())
    await stage.expect(ReferralScheduled, client)
    await stage.expect(ReminderScheduled, client, lambda r: r.kind is MessageKind.APPOINTMENT_REMINDER)
    return client, sent


async def no_reminder_is_left(stage: Stage, client: UUID) -> None:
    """Wait until every reminder of the appointment is withheld."""
    planned = {
        r.reminder_id
        for r in stage.all(ReminderScheduled, client)
        if r.kind is MessageKind.APPOINTMENT_REMINDER
    }
    left = set(planned)

    def is_the_last(withheld: MessageWithheld) -> bool:
        left.discard(withheld.reminder_id)
        return not left

    await stage.expect(MessageWithheld, client, is_the_last)


@pytest.mark.parametrize(
    ("service", "path", "body", "reason"),
    [
        (
            "intake",
            "/clients/{client}/consents/{consent}/revocation",
            {"how": "in_writing"},
            "consent_revoked",
        ),
        ("navigation", "/referrals/{referral}/client-declines", {}, "client_declined"),
    ],
    ids=["a consent taken back", "a no"],
)
async def test_it_stops_the_referral_and_its_reminders_and_the_partner_knows_within_a_second(
    stage: Stage, service: str, path: str, body: dict[str, str], reason: str
) -> None:
    client, sent = await with_an_appointment(stage)
    partner = await stage.partner(sent.organization_id)
    where = path.format(client=client, consent=sent.consent_id, referral=sent.referral_id)

    await stage.send(service, where, body)
    async with asyncio.timeout(A_SECOND):
        ended = await stage.expect(ReferralEnded, client, lambda e: e.referral_id == sent.referral_id)
        await no_reminder_is_left(stage, client)
        shown = await stage.apis["navigation"].get(f"/partner/referrals/{sent.referral_id}", headers=partner)

    assert ended.reason is ReasonCode(reason)
    assert shown.json()["status"] == "cancelled"
    assert shown.json()["possible"] == []
    assert (shown.json()["client"]["full_name"] is None) == (reason == "consent_revoked")


async def test_an_appointment_that_the_partner_called_off_is_not_brought_to_mind(stage: Stage) -> None:
    client, sent = await with_an_appointment(stage)

    await stage.partner_says(sent, answer="unschedule", text="The driver is ill.")

    off = await stage.expect(ReferralProgressed, client)
    assert off.business_status is BusinessStatus.EVENT_CANCELLED
    await no_reminder_is_left(stage, client)
    assert stage.all(ReferralEnded, client) == []


@pytest.mark.parametrize("got_help", [True, False], ids=["yes", "no"])
async def test_after_completion_the_client_is_asked_and_their_answer_decides(
    stage: Stage, *, got_help: bool
) -> None:
    person = somebody()
    client = await intake(stage, person)
    sent = await stage.expect(ReferralRequested, client)
    await stage.partner_says(sent, answer="accept")
    await stage.partner_says(sent, answer="complete", outcome="A lift was arranged.")
    await stage.expect(ReferralCompleted, client)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.GOT_WHAT_YOU_NEEDED)

    await stage.reply(person.mobile, "Yes" if got_help else "No")

    wanted = BarrierStatus.EASED if got_help else BarrierStatus.ACKNOWLEDGED
    moved = await stage.expect(BarrierMoved, client, lambda m: m.status is wanted)
    assert moved.by == "client"
    assert (await barrier_of(stage, client))["status"] == wanted
    if not got_help:
        await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.FOLLOW_UP_REFERRAL)
