"""A partner at work is given its time; that nothing moves is said once, and a meeting can be called off."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from contracts.events.navigation import (
    ReferralDrafted,
    ReferralEnded,
    ReferralProgressed,
    ReferralRequested,
    ReferralStalled,
)
from contracts.published.answers import (
    Accepts,
    Cancels,
    PartnerAnswer,
    Progresses,
    Schedules,
    Unschedules,
)
from contracts.terms import BusinessStatus, Capacity, ChangedBy, ReasonCode, ReferralStatus
from services.navigation.commands import moving
from services.navigation.commands.answering import answer
from services.navigation.model.referrals import Referral
from services.navigation.store import directory
from services.navigation.store import referrals as store
from shared.ids import new_id
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.clock import ManualClock
from tests.support.navigation import Desk

TEN_WORKING_DAYS = timedelta(days=14)


async def accepted(desk: Desk) -> UUID:
    await desk.deliver(delivery(help_needed()))
    referral_id = (await desk.stated(ReferralRequested))[-1].referral_id
    await says(desk, referral_id, Accepts(answer="accept"))
    return referral_id


async def says(desk: Desk, referral_id: UUID, said: PartnerAnswer) -> Referral:
    async with desk.database.transaction() as tx:
        referral = await moving.held(tx, referral_id)
        return await answer(tx, desk.finder, referral, said, recorded_by=new_id())


async def late(
    desk: Desk, now: datetime, *, unacknowledged: bool = False, stalled: bool = False
) -> list[UUID]:
    wanted = store.Wanted(unacknowledged=unacknowledged, stalled=stalled)
    async with desk.database.reading() as conn:
        found = await store.for_staff(conn, wanted, now=now, after=None, limit=9)
    return [referral.id for referral in found]


async def test_standing_still_is_said_once_until_the_partner_moves_it_again(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.add(listing())
    referral_id = await accepted(desk)
    clock.advance(TEN_WORKING_DAYS - timedelta(seconds=1))
    assert await desk.notice_standstill() == 0
    assert await late(desk, clock.now(), stalled=True) == []

    clock.advance(timedelta(seconds=1))
    assert await late(desk, clock.now(), stalled=True) == [referral_id]
    assert await desk.notice_standstill() == 1
    assert await desk.notice_standstill() == 0
    assert await late(desk, clock.now(), stalled=True) == [referral_id]

    await says(desk, referral_id, Progresses(answer="progress", text="We begin on Monday."))
    assert await late(desk, clock.now(), stalled=True) == []
    clock.advance(TEN_WORKING_DAYS)
    assert await desk.notice_standstill() == 1

    first, second = await desk.stated(ReferralStalled)
    assert first.referral_id == second.referral_id == referral_id
    assert first.status is ReferralStatus.ACCEPTED
    assert second.version > first.version
    assert second.progress_by == first.progress_by + TEN_WORKING_DAYS


async def test_a_service_has_its_own_progress_clock_as_agreed_with_it(desk: Desk, clock: ManualClock) -> None:
    service = listing(acknowledge_within_working_days=4)
    await desk.add(service)
    async with desk.database.transaction() as tx:
        for acknowledge_days, known in ((1, service.service_id), (9, new_id())):
            assert (known == service.service_id) is await directory.set_clocks(
                tx.conn, known, acknowledge_days=acknowledge_days, progress_days=3, now=clock.now()
            )
    await desk.add()

    await accepted(desk)

    (requested,) = await desk.stated(ReferralRequested)
    assert requested.acknowledge_by == clock.now() + timedelta(days=1)
    clock.advance(timedelta(days=3))
    assert await desk.notice_standstill() == 1


async def test_while_a_meeting_is_to_come_nothing_stalls_and_afterwards_the_clock_begins(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.add(listing())
    referral_id = await accepted(desk)
    in_six_weeks = clock.now() + timedelta(weeks=6)
    await says(desk, referral_id, Schedules(answer="schedule", starts_at=in_six_weeks))

    clock.set(in_six_weeks + TEN_WORKING_DAYS - timedelta(minutes=1))
    assert await desk.notice_standstill() == 0
    clock.advance(timedelta(minutes=1))
    assert await desk.notice_standstill() == 1


async def test_a_meeting_that_is_called_off_is_said_and_the_referral_goes_on(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.add(listing())
    referral_id = await accepted(desk)
    in_six_weeks = clock.now() + timedelta(weeks=6)
    booked = await says(desk, referral_id, Schedules(answer="schedule", starts_at=in_six_weeks))

    off = await says(desk, referral_id, Unschedules(answer="unschedule", text="The driver is ill."))

    (progressed,) = await desk.stated(ReferralProgressed)
    assert progressed.business_status is BusinessStatus.EVENT_CANCELLED
    assert progressed.status is ReferralStatus.IN_PROGRESS
    assert off.appointment is None
    assert off.progress_by == clock.now() + TEN_WORKING_DAYS
    again = await says(desk, referral_id, Schedules(answer="schedule", starts_at=in_six_weeks))
    assert again.appointment is not None
    assert booked.appointment is not None
    assert again.appointment.id != booked.appointment.id


async def test_a_partner_that_can_no_longer_makes_way_for_the_runner_up(desk: Desk) -> None:
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await desk.add(first, second)
    referral_id = await accepted(desk)

    no_longer = Cancels(answer="cancel", reason=ReasonCode.NO_CAPACITY, text="Our van broke down.")
    ended = await says(desk, referral_id, no_longer)

    assert (ended.status, ended.ended_by) == (ReferralStatus.CANCELLED, ChangedBy.PARTNER)
    assert ended.business_status is BusinessStatus.FULFILMENT_CANCELLED
    (event,) = await desk.stated(ReferralEnded)
    (drafted,) = await desk.stated(ReferralDrafted)
    assert event.runner_up_id == drafted.service_id == second.service_id
    assert drafted.replaces == referral_id
    await desk.add()
    told = desk.finder.catalogue.listing(first.service_id)
    assert told is not None
    assert told.capacity is Capacity.NONE


async def test_what_the_client_told_the_partner_is_their_no_and_nothing_else_is_prepared(desk: Desk) -> None:
    await desk.add(listing(), listing())
    referral_id = await accepted(desk)

    theirs = Cancels(answer="cancel", reason=ReasonCode.CLIENT_DECLINED, text="They told us on the phone.")
    await says(desk, referral_id, theirs)

    (event,) = await desk.stated(ReferralEnded)
    assert (event.reason, event.runner_up_id) == (ReasonCode.CLIENT_DECLINED, None)
    assert await desk.stated(ReferralDrafted) == []


async def test_both_overdue_lists_together_give_either(desk: Desk, clock: ManualClock) -> None:
    await desk.add(listing())
    stalled = await accepted(desk)
    await desk.deliver(delivery(help_needed()))
    unanswered = (await desk.stated(ReferralRequested))[-1].referral_id
    clock.advance(TEN_WORKING_DAYS)

    assert await late(desk, clock.now(), unacknowledged=True) == [unanswered]
    assert await late(desk, clock.now(), stalled=True) == [stalled]
    assert set(await late(desk, clock.now(), unacknowledged=True, stalled=True)) == {stalled, unanswered}
