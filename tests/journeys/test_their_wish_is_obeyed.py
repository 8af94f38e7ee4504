"""Asked first, only heard, never sent: what the client wants decides, and a person comes first."""

from __future__ import annotations

from contracts.events.barriers import BarrierAnswered, HelpNeeded, PlanDrafted, TaskOpened
from contracts.events.navigation import ReferralEnded, ReferralRequested
from contracts.terms import ReasonCode, TaskKind
from deploy.local.demo.stage import Stage
from deploy.local.demo.stories import intake
from tests.journeys.clients import referrals_of, somebody


async def test_who_wants_to_be_asked_first_is_asked_first(stage: Stage) -> None:
    client = await intake(stage, somebody(barrier={"wish": "ask_me_first"}))
    asked = await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.ASK_PERMISSION)
    assert stage.all(HelpNeeded, client) == []

    await stage.finish(asked.task_id, answer="yes_go_ahead")

    await stage.expect(ReferralRequested, client)


async def test_who_only_wants_to_be_heard_is_heard_and_nothing_is_planned(stage: Stage) -> None:
    client = await intake(stage, somebody(barrier={"wish": "just_listen"}))

    answered = await stage.expect(BarrierAnswered, client)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.HAVE_CONVERSATION)

    assert not answered.help_asked
    assert stage.all(PlanDrafted, client) == []
    assert await referrals_of(stage, client) == []


async def test_while_it_hardly_matters_to_them_nothing_is_planned(stage: Stage) -> None:
    client = await intake(stage, somebody(rulers={"importance": 2}))

    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.HAVE_CONVERSATION)

    assert stage.all(PlanDrafted, client) == []
    assert stage.all(HelpNeeded, client) == []


async def test_a_parents_fear_goes_to_a_person_whatever_was_ticked(stage: Stage) -> None:
    client = await intake(stage, somebody(barrier={"category": "fear.custody_parenting"}))

    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.ASK_PERMISSION)

    assert stage.all(HelpNeeded, client) == []


async def test_a_change_of_mind_stops_what_is_under_way(stage: Stage) -> None:
    client = await intake(stage, somebody())
    sent = await stage.expect(ReferralRequested, client)

    await stage.send("intake", f"/clients/{client}/barriers/{sent.barrier_id}/wish", {"wish": "just_listen"})

    await stage.expect(ReferralEnded, client, lambda e: e.referral_id == sent.referral_id)


async def test_a_no_is_obeyed_at_once_at_any_stage(stage: Stage) -> None:
    client = await intake(stage, somebody())
    sent = await stage.expect(ReferralRequested, client)
    await stage.partner_says(sent, answer="accept")

    await stage.send("navigation", f"/referrals/{sent.referral_id}/client-declines", {})

    ended = await stage.expect(ReferralEnded, client)
    assert ended.reason is ReasonCode.CLIENT_DECLINED


async def test_a_consent_taken_back_stops_everything_and_hides_the_client(stage: Stage) -> None:
    client = await intake(stage, somebody())
    sent = await stage.expect(ReferralRequested, client)
    partner = await stage.partner(sent.organization_id)
    path = f"/partner/referrals/{sent.referral_id}"
    before = (await stage.apis["navigation"].get(path, headers=partner)).json()
    assert before["client"]["full_name"]

    await stage.send(
        "intake",
        f"/clients/{client}/consents/{sent.consent_id}/revocation",
        {"how": "in_writing"},
    )

    ended = await stage.expect(ReferralEnded, client)
    after = (await stage.apis["navigation"].get(path, headers=partner)).json()
    assert ended.reason is ReasonCode.CONSENT_REVOKED
    assert after["client"]["full_name"] is None


async def test_an_organisation_they_do_not_want_is_never_chosen(stage: Stage) -> None:
    first = await stage.expect(ReferralRequested, await intake(stage, somebody()))
    unwanted = str(first.organization_id)

    client = await intake(stage, somebody(details={"excluded_organizations": [unwanted]}))

    sent = await stage.expect(ReferralRequested, client)
    assert str(sent.organization_id) != unwanted
