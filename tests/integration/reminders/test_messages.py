"""From what other services state to what clients get, on a real PostgreSQL and NATS."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from contracts.events.navigation import ReferralCompleted, ReferralConfirmed, ReferralEnded
from contracts.events.reminders import MessageHeld, MessageSent, MessageWithheld, ReminderScheduled
from contracts.terms import BarrierStatus, MessageKind, Pace, PlanStatus, WithheldReason
from shared.ids import new_id
from tests.integration.reminders.conftest import Reminders
from tests.support.builders import (
    MONDAY_MORNING,
    channel,
    client_changed,
    client_context,
    client_registered,
    contact_changed,
    weekly,
)
from tests.support.builders_reminders import (
    APPOINTMENT,
    BARRIER,
    CLIENT,
    barrier_answered,
    barrier_moved,
    plan_moved,
    referral_event,
    scheduled,
    setback_recorded,
)
from tests.support.eventually import eventually

DAY = timedelta(days=1)
THREE_DAYS_BEFORE = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
ONE_DAY_BEFORE = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
ENDED = referral_event(
    ReferralEnded, version=5, status="cancelled", by="client", reason="client_declined", reason_text="-"
)
COMPLETED = referral_event(ReferralCompleted, version=6, status="completed", outcome="helped")


async def test_an_appointment_is_remembered_three_days_and_one_day_before(reminders: Reminders) -> None:
    await reminders.meet()
    (cause,) = await reminders.tell(scheduled())
    await eventually(reminders.stages, [("appointment_reminder", "scheduled")] * 2)

    for moment, sent in ((THREE_DAYS_BEFORE, 1), (ONE_DAY_BEFORE, 2)):
        reminders.clock.set(moment - timedelta(minutes=1))
        assert len(await reminders.mailbox()) == sent - 1
        reminders.clock.set(moment)
        await eventually(reminders.stages, lambda seen, sent=sent: _sent(seen) == sent)

    first, second = await reminders.mailbox()
    assert first["body"] == second["body"]
    assert "Hi Amina, your appointment is on Thu 3 Dec at 3:00 pm." in first["body"]
    assert first["address"] == "+447700900123"
    sent_events = await reminders.stated(MessageSent)
    assert [event.sent_at for event in sent_events] == [THREE_DAYS_BEFORE, ONE_DAY_BEFORE]
    async with reminders.service.database.reading() as conn:
        causes = await conn.fetch("select distinct causation_id from event")
    assert [row["causation_id"] for row in causes] == [cause]


def _sent(stages: object) -> int:
    assert isinstance(stages, list)
    return [stage for _, stage in stages].count("sent")


async def test_nothing_is_planned_twice_however_often_and_in_whatever_order_it_is_told(
    reminders: Reminders,
) -> None:
    later = scheduled(version=4, starts_at=APPOINTMENT + DAY)
    await reminders.tell(later, scheduled(version=3), later, scheduled(version=3))
    await reminders.tell(contact_changed(client_id=CLIENT), client_registered(client_id=CLIENT))
    await reminders.tell(later, barrier_answered(barrier_id=BARRIER), barrier_answered(barrier_id=BARRIER))

    expected = [("appointment_reminder", "scheduled"), ("appointment_reminder", "scheduled")]
    await eventually(lambda: _kept(reminders), [("check_in", "scheduled"), *expected])
    # Tuesday evening is when this client has time: a check-in from Monday and one reminder.
    reminders.clock.set(datetime(2026, 12, 1, 18, 30, tzinfo=UTC))
    await eventually(lambda: _mail_count(reminders), 2)


async def _kept(reminders: Reminders) -> list[tuple[str, str]]:
    return sorted(
        ((kind, stage) for kind, stage in await reminders.stages() if stage != "no_longer_relevant"),
        key=lambda pair: pair[0] != "check_in",
    )


async def _history(reminders: Reminders, reminder_id: str) -> list[tuple[str, str | None]]:
    history = (await reminders.get(f"/reminders/{reminder_id}")).json()["history"]
    return [(step["stage"], step["reason"]) for step in history]


async def _mail_count(reminders: Reminders) -> int:
    return len(await reminders.mailbox())


async def test_a_moved_appointment_ends_the_older_reminders_and_gets_new_ones(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(scheduled())
    await eventually(reminders.stages, [("appointment_reminder", "scheduled")] * 2)

    await reminders.tell(scheduled(version=4, starts_at=APPOINTMENT + 7 * DAY))

    await eventually(
        reminders.stages,
        [("appointment_reminder", "no_longer_relevant")] * 2 + [("appointment_reminder", "scheduled")] * 2,
    )
    withheld = await reminders.stated(MessageWithheld)
    assert {event.reason for event in withheld} == {WithheldReason.NO_LONGER_RELEVANT}


async def test_an_end_that_is_heard_of_before_the_appointment_leaves_no_reminder(
    reminders: Reminders,
) -> None:
    await reminders.meet()
    await reminders.tell(ENDED)
    await reminders.tell(scheduled(version=4), barrier_answered())
    await eventually(reminders.stages, [("check_in", "scheduled")])

    await reminders.tell(scheduled(version=6))
    await eventually(lambda: _kinds(reminders), ["appointment_reminder"] * 2)


async def _kinds(reminders: Reminders) -> list[str]:
    return [kind for kind, _ in await reminders.stages() if kind != "check_in"]


async def test_what_is_due_for_somebody_unknown_waits_until_they_are_known(reminders: Reminders) -> None:
    await reminders.tell(scheduled())
    await eventually(reminders.stages, [("appointment_reminder", "scheduled")] * 2)
    reminders.clock.set(ONE_DAY_BEFORE)
    await eventually(lambda: _last(reminders), "details_not_known_yet")

    await reminders.meet()

    await eventually(lambda: _last(reminders), "sent")
    held = await reminders.stated(MessageHeld)
    assert {event.reason for event in held} == {WithheldReason.DETAILS_NOT_KNOWN_YET}


async def _last(reminders: Reminders) -> str:
    return (await reminders.stages())[-1][1]


async def test_times_are_planned_anew_when_a_clients_zone_becomes_known(reminders: Reminders) -> None:
    await reminders.tell(scheduled())
    await eventually(reminders.stages, [("appointment_reminder", "scheduled")] * 2)

    in_chicago = client_context(client_id=CLIENT, time_zone="America/Chicago", available=())
    await reminders.tell(client_registered(client_id=CLIENT, client=in_chicago))

    expected = [moment + timedelta(hours=6) for moment in (THREE_DAYS_BEFORE, ONE_DAY_BEFORE)]
    await eventually(lambda: _due(reminders), expected)
    planned = await reminders.stated(ReminderScheduled)
    assert [event.due_at for event in planned[-2:]] == expected


async def _due(reminders: Reminders) -> list[datetime]:
    return [datetime.fromisoformat(message["due_at"]) for message in await reminders.messages()]


async def test_a_message_in_quiet_hours_is_held_until_morning_and_says_so_once(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(barrier_answered())
    await eventually(reminders.stages, [("check_in", "scheduled")])
    night = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    morning = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)

    reminders.clock.set(night)
    await eventually(reminders.stages, [("check_in", "quiet_hours")])
    (message,) = await reminders.messages()
    assert datetime.fromisoformat(message["held_until"]) == morning
    # Something about the client changes, the gate looks again, and it is the same wait.
    await reminders.tell(contact_changed(client_id=CLIENT, version=2))
    await reminders.tell(contact_changed(client_id=CLIENT, version=3, preferred_name="Mina"))
    await eventually(lambda: reminders.count("contact", CLIENT))

    reminders.clock.set(morning)
    await eventually(lambda: _mail_count(reminders), 1)
    assert [event.held_until for event in await reminders.stated(MessageHeld)] == [morning]
    # The mail is there before it is written down that it went.
    await eventually(
        lambda: _history(reminders, message["reminder_id"]),
        [("held", "quiet_hours"), ("sending", None), ("sent", None)],
    )


async def test_a_check_in_is_followed_by_the_next_while_something_stands_in_the_way(
    reminders: Reminders,
) -> None:
    await reminders.meet()
    await reminders.tell(barrier_answered(barrier_id=BARRIER), barrier_answered())
    await eventually(reminders.stages, [("check_in", "scheduled")])

    reminders.clock.set(MONDAY_MORNING + 8 * DAY)
    await eventually(reminders.stages, [("check_in", "sent"), ("check_in", "scheduled")])

    brisk = client_context(client_id=CLIENT, version=2, pace=Pace.BRISK, available=())
    await reminders.tell(client_changed(client_id=CLIENT, client=brisk))
    next_due = datetime(2026, 12, 4, 10, 0, tzinfo=UTC)
    await eventually(lambda: _due(reminders), lambda due: due[-1] == next_due)


async def test_nobody_is_asked_how_it_goes_once_everything_has_eased(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(barrier_answered(barrier_id=BARRIER))
    await eventually(reminders.stages, [("check_in", "scheduled")])

    await reminders.tell(barrier_moved())
    await eventually(reminders.stages, [("check_in", "no_longer_relevant")])
    await reminders.tell(barrier_moved(version=3, was="eased", status=BarrierStatus.ACKNOWLEDGED))
    await eventually(reminders.stages, lambda seen: ("check_in", "scheduled") in seen)


@pytest.mark.parametrize("plan_first", [True, False])
async def test_an_agreed_plan_arms_when_there_is_an_appointment_whichever_came_first(
    reminders: Reminders,
    plan_first: bool,  # noqa: FBT001
) -> None:
    await reminders.meet()
    told = {"plan": plan_moved(), "referral": scheduled()}
    for table in told if plan_first else reversed(told):
        await reminders.tell(told[table])
        await eventually(partial(reminders.count, table, CLIENT))

    await eventually(lambda: _stage_of(reminders, MessageKind.PLAN_CUE), ["scheduled"])
    reminders.clock.set(APPOINTMENT - timedelta(hours=21))
    await eventually(lambda: _stage_of(reminders, MessageKind.PLAN_CUE), ["sent"])
    assert any("the nudge you asked for" in mail["body"] for mail in await reminders.mailbox())


async def test_a_plan_that_the_client_turns_away_from_is_disarmed(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(scheduled(), plan_moved())
    await eventually(lambda: _stage_of(reminders, MessageKind.PLAN_CUE), ["scheduled"])

    await reminders.tell(plan_moved(version=3, status=PlanStatus.DID_NOT_HELP))
    await eventually(lambda: _stage_of(reminders, MessageKind.PLAN_CUE), ["no_longer_relevant"])


async def _stage_of(reminders: Reminders, kind: MessageKind) -> list[str]:
    return [stage for of, stage in await reminders.stages() if of == kind]


async def test_completed_help_is_asked_about_and_a_yes_is_celebrated(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(COMPLETED)
    await eventually(reminders.stages, [("got_what_you_needed", "scheduled")])
    reminders.clock.set(MONDAY_MORNING + 2 * DAY)
    await eventually(reminders.stages, [("got_what_you_needed", "sent")])

    said_yes = referral_event(
        ReferralConfirmed,
        version=7,
        status="completed",
        client_confirmed="yes",
        at=MONDAY_MORNING + 2 * DAY,
    )
    await reminders.tell(said_yes)
    await eventually(reminders.stages, [("got_what_you_needed", "sent"), ("small_win", "sent")])


async def test_after_a_setback_there_is_one_kind_question_however_many_setbacks(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(setback_recorded(), setback_recorded())

    await eventually(reminders.stages, [("after_setback", "sent")])
    assert "that's okay" in (await reminders.mailbox())[0]["body"]


async def test_a_kind_question_that_was_just_asked_stands_for_the_next_setback_for_a_day(
    reminders: Reminders,
) -> None:
    await reminders.meet()
    await reminders.tell(setback_recorded())
    await eventually(reminders.stages, [("after_setback", "sent")])

    await reminders.tell(setback_recorded())
    await eventually(lambda: reminders.handled("reminders-setback-recorded"), 2)
    assert await reminders.stages() == [("after_setback", "sent")]

    reminders.clock.advance(DAY + timedelta(hours=1))
    await reminders.tell(setback_recorded(recorded_at=reminders.clock.now()))
    await eventually(reminders.stages, lambda seen: seen.count(("after_setback", "sent")) == 2)


async def test_nobody_gets_more_than_the_cap_however_much_is_due(reminders: Reminders) -> None:
    await reminders.meet()
    done = [COMPLETED.model_copy(update={"referral_id": new_id()}) for _ in range(5)]
    await reminders.tell(*done)
    await eventually(lambda: _count(reminders), 5)

    reminders.clock.set(MONDAY_MORNING + DAY + timedelta(hours=3))
    await eventually(lambda: _tally(reminders), {"sent": 2, "rate_cap": 3})
    reminders.clock.advance(DAY)
    await eventually(lambda: _tally(reminders), {"sent": 4, "rate_cap": 1})


async def _count(reminders: Reminders) -> int:
    return len(await reminders.messages())


async def _tally(reminders: Reminders) -> dict[str, int]:
    stages = [stage for _, stage in await reminders.stages()]
    return {stage: stages.count(stage) for stage in sorted(set(stages), reverse=True)}


async def test_a_safe_time_is_waited_for_on_the_clients_own_clock(reminders: Reminders) -> None:
    safe_on_tuesdays = channel(windows=(weekly(2, "18:00", "19:00"),))
    await reminders.meet(channels=(safe_on_tuesdays,))
    await reminders.tell(barrier_answered())
    await eventually(reminders.stages, [("check_in", "scheduled")])

    reminders.clock.set(MONDAY_MORNING + 7 * DAY + timedelta(hours=2))
    await eventually(reminders.stages, [("check_in", "unsafe_now")])
    reminders.clock.set(datetime(2026, 12, 1, 18, 0, tzinfo=UTC))
    await eventually(reminders.stages, lambda seen: ("check_in", "sent") in seen)


async def test_an_unreadable_event_stops_nothing(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.bus.jetstream().publish(scheduled().subject, b"{}", headers={"ce-id": str(UUID(int=9))})
    await reminders.tell(scheduled())

    await eventually(reminders.stages, [("appointment_reminder", "scheduled")] * 2)


async def test_a_zone_that_is_news_to_this_machine_counts_as_not_known_yet(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(barrier_answered())
    await eventually(reminders.stages, [("check_in", "scheduled")])
    async with reminders.service.database.reading() as conn:
        # As after an upgrade of the zones elsewhere.
        await conn.execute("update client set time_zone = 'Mars/Olympus' where client_id = $1", CLIENT)

    reminders.clock.set(MONDAY_MORNING + 8 * DAY)
    await eventually(reminders.stages, [("check_in", "details_not_known_yet")])
    reminders.clock.set(MONDAY_MORNING + 10 * DAY)
    await eventually(reminders.stages, [("check_in", "details_not_known_yet"), ("check_in", "scheduled")])
