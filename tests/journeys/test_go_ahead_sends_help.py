"""Somebody says "go ahead", with a consent: help is on its way by itself, and everything says why."""

from __future__ import annotations

import asyncpg

from contracts.events.barriers import PlanDrafted, TaskOpened
from contracts.events.navigation import ReferralRequested
from contracts.events.reminders import ReminderScheduled
from contracts.terms import MessageKind, TaskKind
from deploy.local.demo.stage import Stage
from deploy.local.demo.stories import intake
from tests.journeys.clients import referrals_of, somebody


async def test_a_referral_a_plan_a_task_and_a_check_in_follow_from_the_words(stage: Stage) -> None:
    client = await intake(stage, somebody())

    sent = await stage.expect(ReferralRequested, client)
    plan = await stage.expect(PlanDrafted, client)
    task = await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.AGREE_PLAN)
    await stage.expect(ReminderScheduled, client, lambda r: r.kind is MessageKind.CHECK_IN)

    assert sent.candidates
    assert sent.runner_up_id is not None
    assert plan.barrier_id == sent.barrier_id
    assert task.why
    assert task.due_from <= task.due_by


async def test_what_was_told_is_in_the_ledger_with_the_consent_and_the_notice(stage: Stage) -> None:
    client = await intake(stage, somebody())
    sent = await stage.expect(ReferralRequested, client)

    ledger = await stage.read("navigation", f"/clients/{client}/disclosures")

    [line] = ledger["items"]
    assert line["referral_id"] == str(sent.referral_id)
    assert line["consent_id"] == str(sent.consent_id)
    assert "42 CFR" in line["notice"]
    assert "own_words" not in line["scopes"]


async def test_everything_that_followed_leads_back_to_what_was_said(stage: Stage) -> None:
    client = await intake(stage, somebody())
    await stage.expect(ReferralRequested, client)

    database = await asyncpg.connect(stage.system.database_url())
    stated = await database.fetchval(
        "select correlation_id from intake.event where type = 'care.intake.barrier.stated.v1' and about = $1",
        client,
    )
    answered = await database.fetch(
        """
        select type, causation_id from barriers.event where correlation_id = $1
        union all select type, causation_id from navigation.event where correlation_id = $1
        """,
        stated,
    )
    await database.close()

    types = {row["type"] for row in answered}
    assert {"care.barriers.help.needed.v1", "care.navigation.referral.requested.v1"} <= types
    assert all(row["causation_id"] for row in answered)


async def test_without_a_consent_the_referral_is_prepared_and_nothing_is_told(stage: Stage) -> None:
    client = await intake(stage, somebody(consents=False))

    task = await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.ASK_PERMISSION)

    [referral] = await referrals_of(stage, client)
    assert referral["status"] == "draft"
    assert referral["why_not_sent"]
    assert task.referral_id is not None
    assert (await stage.read("navigation", f"/clients/{client}/disclosures"))["items"] == []


async def test_the_same_request_sent_twice_has_one_effect(stage: Stage) -> None:
    person = somebody()
    headers = stage.staff("intake") | {"Idempotency-Key": f"twice-{person.name}"}

    answers = [
        await stage.apis["intake"].post("/clients", json=person.registration, headers=headers)
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == answers[1].status_code == 201
