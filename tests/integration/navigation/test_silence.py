"""Silence is an answer too: said once, with the runner-up ready and what was learned kept."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from contracts.events.navigation import (
    ReferralAccepted,
    ReferralDrafted,
    ReferralEnded,
    ReferralRequested,
    ReferralUnanswered,
)
from contracts.terms import ChangedBy, ReasonCode, ReferralStatus
from services.navigation.commands import moving
from services.navigation.model.referrals import Accept, Decline, Move
from shared.errors import Conflict
from shared.ids import new_id
from tests.support.builders import consent_revoked
from tests.support.builders_navigation import delivery, help_needed, help_withdrawn, listing
from tests.support.clock import ManualClock
from tests.support.navigation import Desk

TWO_DAYS = timedelta(days=2)


async def sent(desk: Desk) -> ReferralRequested:
    await desk.deliver(delivery(help_needed()))
    return (await desk.stated(ReferralRequested))[-1]


async def moved(desk: Desk, requested: ReferralRequested, made: Move, by: ChangedBy) -> ReferralStatus:
    async with desk.database.transaction() as tx:
        referral = await moving.held(tx, requested.referral_id)
        after = await moving.move(tx, desk.finder, referral, made, by=by, recorded_by=new_id())
    return after.status


async def test_nothing_is_said_before_the_time_has_run_out(desk: Desk, clock: ManualClock) -> None:
    await desk.add(listing(), listing())
    requested = await sent(desk)

    clock.set(requested.acknowledge_by - timedelta(seconds=1))

    assert await desk.notice_silence() == 0
    assert await desk.stated(ReferralUnanswered) == []


async def test_silence_is_said_once_and_the_runner_up_is_ready_and_not_sent(
    desk: Desk, clock: ManualClock
) -> None:
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await desk.add(first, second)
    requested = await sent(desk)

    clock.set(requested.acknowledge_by)
    assert await desk.notice_silence() == 1
    assert await desk.notice_silence() == 0

    (unanswered,) = await desk.stated(ReferralUnanswered)
    (drafted,) = await desk.stated(ReferralDrafted)
    assert unanswered.status is ReferralStatus.REQUESTED
    assert unanswered.runner_up_id == drafted.service_id == second.service_id
    assert drafted.replaces == requested.referral_id
    assert await desk.count("disclosure") == 1


async def test_each_service_has_its_own_clock(desk: Desk, clock: ManualClock) -> None:
    await desk.add(listing(acknowledge_within_working_days=5))
    requested = await sent(desk)

    assert requested.acknowledge_by == clock.now() + timedelta(days=7)


async def test_copies_of_the_job_share_the_work_and_say_everything_once(
    desk: Desk, another_desk: AbstractAsyncContextManager[Desk], clock: ManualClock
) -> None:
    await desk.add(listing(), listing())
    await desk.deliver(*(delivery(help_needed()) for _ in range(60)))
    clock.advance(TWO_DAYS)

    async def until_nothing_is_left(one: Desk) -> int:
        total = 0
        while done := await one.notice_silence():
            total += done
        return total

    async with another_desk as other:
        await other.add()
        done = sum(await asyncio.gather(until_nothing_is_left(desk), until_nothing_is_left(other)))
        done += await until_nothing_is_left(desk)

    assert done == 60
    unanswered = await desk.stated(ReferralUnanswered)
    assert len({e.referral_id for e in unanswered}) == len(unanswered) == 60
    assert len(await desk.stated(ReferralDrafted)) == 60


async def test_a_late_yes_is_welcome_and_the_runner_up_is_put_away(desk: Desk, clock: ManualClock) -> None:
    await desk.add(listing(), listing())
    requested = await sent(desk)
    clock.set(requested.acknowledge_by)
    await desk.notice_silence()

    assert await moved(desk, requested, Accept(), ChangedBy.PARTNER) is ReferralStatus.ACCEPTED

    (ended,) = await desk.stated(ReferralEnded)
    assert ended.reason is ReasonCode.SUPERSEDED
    assert await desk.statuses(requested.barrier_id) == ["accepted", "cancelled"]


async def test_sending_the_runner_up_ends_the_old_one_and_a_late_yes_is_told_so(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.add(listing(), listing())
    requested = await sent(desk)
    clock.set(requested.acknowledge_by)
    await desk.notice_silence()
    (drafted,) = await desk.stated(ReferralDrafted)

    async with desk.database.transaction() as tx:
        draft = await moving.held(tx, drafted.referral_id)
        await moving.send(tx, desk.finder, draft, recorded_by=new_id())

    assert await desk.statuses(requested.barrier_id) == ["cancelled", "requested"]
    (ended,) = await desk.stated(ReferralEnded)
    assert (ended.referral_id, ended.reason) == (requested.referral_id, ReasonCode.SUPERSEDED)
    with pytest.raises(Conflict, match="has ended"):
        await moved(desk, requested, Accept(), ChangedBy.PARTNER)
    assert await desk.stated(ReferralAccepted) == []


async def test_after_a_revoked_consent_nobody_waits_for_an_answer(desk: Desk, clock: ManualClock) -> None:
    await desk.add(listing(), listing())
    requested = await sent(desk)
    await desk.deliver(
        delivery(consent_revoked(client_id=requested.client_id, consent_id=requested.consent_id))
    )

    clock.set(requested.acknowledge_by)

    assert await desk.notice_silence() == 0
    assert await desk.stated(ReferralDrafted) == []


async def test_who_stays_silent_comes_after_who_answers_next_time(desk: Desk, clock: ManualClock) -> None:
    silent, other = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await desk.add(silent, other)
    requested = await sent(desk)
    assert requested.service_id == silent.service_id
    clock.advance(timedelta(days=5))
    await desk.notice_silence()
    async with desk.database.reading() as conn:
        await desk.finder.observe(conn)

    assert (await sent(desk)).service_id == other.service_id


async def test_silence_with_nobody_else_to_ask_says_so(desk: Desk, clock: ManualClock) -> None:
    await desk.add(listing())
    requested = await sent(desk)

    clock.set(requested.acknowledge_by)
    await desk.notice_silence()

    (unanswered,) = await desk.stated(ReferralUnanswered)
    assert unanswered.runner_up_id is None
    assert await desk.count("referral") == 1


async def test_who_could_not_help_before_is_not_asked_again_for_the_same_barrier(desk: Desk) -> None:
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await desk.add(first, second)
    needed = help_needed()
    await desk.deliver(delivery(needed))
    (requested,) = await desk.stated(ReferralRequested)
    declined = Decline(reason=ReasonCode.WRONG_SERVICE, text="We only drive children.")
    await moved(desk, requested, declined, ChangedBy.PARTNER)

    await desk.deliver(delivery(needed.model_copy(update={"help_id": new_id()})))

    assert requested.service_id == first.service_id
    assert (await desk.stated(ReferralRequested))[-1].service_id == second.service_id
    assert await desk.statuses(needed.barrier_id) == ["rejected", "cancelled", "requested"]


async def test_what_was_only_called_off_may_be_asked_for_again(desk: Desk) -> None:
    service = listing()
    await desk.add(service)
    needed = help_needed()
    again = needed.model_copy(update={"help_id": new_id(), "needed_at": needed.needed_at + timedelta(days=1)})

    await desk.deliver(delivery(needed))
    await desk.deliver(delivery(help_withdrawn(needed)))
    await desk.deliver(delivery(again))

    assert await desk.statuses(needed.barrier_id) == ["cancelled", "requested"]
