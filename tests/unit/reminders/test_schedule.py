"""Which messages there are and when, across changes of clocks, whatever order the facts came in."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.navigation import (
    ReferralCompleted,
    ReferralConfirmed,
    ReferralEnded,
    ReferralEvent,
    ReferralMissed,
    ReferralProgressed,
)
from contracts.terms import BusinessStatus, ClientConfirmed, MessageKind, Pace, PlanStatus, ReferralStatus
from services.reminders.model import Life, Plan, Referral, Reminder, SendingRules
from services.reminders.policy.referrals import merged, referral_by
from services.reminders.policy.schedule import Planner, timing
from tests.support.builders import MONDAY_MORNING, weekly
from tests.support.builders_reminders import (
    APPOINTMENT,
    BARRIER,
    CLIENT,
    PLAN,
    REFERRAL,
    cause,
    life,
    referral,
    referral_event,
    scheduled,
    setback_recorded,
)

RULES = SendingRules()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def planner(now: datetime = MONDAY_MORNING) -> Planner:
    return Planner(RULES, now)


def due(reminders: list[Reminder]) -> list[datetime]:
    return [reminder.timing.due_at for reminder in reminders]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_an_appointment_gets_a_reminder_three_days_and_one_day_before_at_a_civil_hour() -> None:
    reminders = planner().for_referral(referral(), life(), cause())

    assert due(reminders) == [utc(2026, 11, 30, 10), utc(2026, 12, 2, 10)]
    assert {reminder.kind for reminder in reminders} == {MessageKind.APPOINTMENT_REMINDER}
    first, second = reminders
    assert first.timing.useful_until == second.timing.due_at
    assert second.timing.useful_until == APPOINTMENT - HOUR


def test_reminders_come_in_the_clients_hours_on_the_clients_days() -> None:
    # In Auckland the appointment is early on Friday; one day before is Thursday there.
    in_auckland = life(zone="Pacific/Auckland", available=(weekly(4, "17:00", "20:00"),))
    one_day_before = planner().for_referral(referral(), in_auckland, cause())[-1].timing.due_at

    shown = one_day_before.astimezone(ZoneInfo("Pacific/Auckland"))
    assert (shown.isoweekday(), shown.hour) == (4, 17)


@pytest.mark.parametrize(
    ("zone", "starts_at", "hours_before"),
    [
        # The night between is 25 hours long, and then 23.
        ("Europe/London", utc(2026, 10, 25, 12), 27),
        ("Europe/London", utc(2026, 3, 29, 12), 26),
        ("Asia/Kathmandu", utc(2026, 12, 3, 15), 34.75),
    ],
)
def test_one_day_before_is_a_day_of_the_calendar_whatever_the_clocks_do(
    zone: str, starts_at: datetime, hours_before: float
) -> None:
    reminders = planner(starts_at - 10 * DAY).for_referral(
        referral(starts_at=starts_at), life(zone=zone), cause()
    )

    assert (starts_at - reminders[-1].timing.due_at) == timedelta(hours=hours_before)
    assert reminders[-1].timing.due_at.astimezone(ZoneInfo(zone)).hour == 10


@pytest.mark.parametrize(("days", "left"), [(5, 2), (3, 1), (2, 1), (1, 0), (0, 0)])
def test_reminders_whose_time_has_passed_are_not_planned(days: int, left: int) -> None:
    assert len(planner(APPOINTMENT - days * DAY).for_referral(referral(), life(), cause())) == left


def test_a_moved_appointment_gets_reminders_of_its_own_even_at_the_same_time() -> None:
    before = planner().for_referral(referral(), life(), cause())
    again = planner().for_referral(referral(), life(), cause())
    moved = planner().for_referral(referral(appointment_version=4), life(), cause())

    assert [r.id for r in before] == [r.id for r in again]
    assert not {r.id for r in before} & {r.id for r in moved}


def test_completion_leads_to_one_question_the_next_day_and_a_yes_to_a_small_win() -> None:
    done = referral(starts_at=None, status=ReferralStatus.COMPLETED, completed_at=MONDAY_MORNING)
    confirmed = replace(done, confirmed=ClientConfirmed.YES, confirmed_at=MONDAY_MORNING)

    assert [(r.kind, r.timing.due_at) for r in planner().for_referral(done, life(), cause())] == [
        (MessageKind.GOT_WHAT_YOU_NEEDED, utc(2026, 11, 24, 10))
    ]
    assert [r.kind for r in planner().for_referral(confirmed, life(), cause())] == [MessageKind.SMALL_WIN]
    refused = replace(confirmed, confirmed=ClientConfirmed.NO)
    assert planner().for_referral(refused, life(), cause()) == []


@pytest.mark.parametrize(("pace", "days"), [(Pace.SLOW, 14), (Pace.STEADY, 7), (Pace.BRISK, 3)])
def test_check_ins_come_at_the_clients_own_pace(pace: Pace, days: int) -> None:
    at = dict.fromkeys(("barrier_id", "client_id"), BARRIER)
    check_in = planner().check_in(BARRIER, at=MONDAY_MORNING, life=life(pace=pace), cause=cause(), **at)

    assert check_in.timing.due_at == utc(2026, 11, 23, 10) + days * DAY
    brisk = planner().planned_anew(check_in, life(pace=Pace.BRISK, zone="America/Chicago"))
    assert brisk.timing.due_at == utc(2026, 11, 26, 16)
    assert brisk.id == check_in.id


def test_a_setback_leads_to_one_question_at_the_next_good_moment() -> None:
    setback = setback_recorded(recorded_at=utc(2026, 11, 23, 22))
    question = planner().after_setback(setback, life(), cause())

    assert question.timing.due_at == utc(2026, 11, 24, 9)


def plan(**fields: object) -> Plan:
    values: dict[str, object] = {
        "id": PLAN,
        "client_id": CLIENT,
        "barrier_id": BARRIER,
        "version": 2,
        "status": PlanStatus.AGREED,
        "cue_hours_before": 21,
    }
    return Plan(**(values | fields))  # type: ignore[arg-type]


def test_an_agreed_plan_arms_before_every_appointment_at_its_own_hour() -> None:
    other = referral(id=BARRIER, starts_at=APPOINTMENT + 7 * DAY)
    cues = planner().cues(plan(), [referral(), other, referral(starts_at=None)], life(), cause())

    assert due(cues) == [APPOINTMENT - 21 * HOUR, APPOINTMENT + 7 * DAY - 21 * HOUR]
    assert len({cue.id for cue in cues}) == 2


@pytest.mark.parametrize(
    "not_armed",
    [
        plan(status=PlanStatus.DRAFTED),
        plan(status=PlanStatus.DID_NOT_HELP),
        plan(status=PlanStatus.REVISED),
        plan(cue_hours_before=None),
        # Its moment has passed.
        plan(cue_hours_before=168),
    ],
)
def test_a_plan_that_is_not_agreed_or_has_no_hour_gives_no_cue(not_armed: Plan) -> None:
    late = planner(APPOINTMENT - 6 * DAY)
    assert late.cues(not_armed, [referral()], life(), cause()) == []


def test_without_a_known_zone_times_are_provisional_and_planned_anew_later() -> None:
    provisional = planner().for_referral(referral(), None, cause())[-1]
    anew = planner().planned_anew(provisional, life(zone="America/Los_Angeles"))

    assert anew.timing.due_at.astimezone(ZoneInfo("America/Los_Angeles")).hour == 10
    assert anew.timing != provisional.timing


EVENTS: list[ReferralEvent] = [
    scheduled(version=3),
    referral_event(ReferralProgressed, version=4, status="in-progress"),
    referral_event(ReferralMissed, version=5, appointment_id=PLAN, starts_at=APPOINTMENT),
    scheduled(version=6, starts_at=APPOINTMENT + DAY),
    referral_event(ReferralCompleted, version=7, status="completed", outcome="helped"),
    referral_event(ReferralConfirmed, version=8, status="completed", client_confirmed="yes"),
]


def picture(events: list[ReferralEvent]) -> Referral:
    found = referral_by(events[0])
    for event in events[1:]:
        found = merged(found, referral_by(event))
    return found


def test_events_in_any_order_and_any_number_give_the_same_picture() -> None:
    expected = picture(EVENTS)

    assert expected.version == 8
    assert expected.starts_at is None
    assert expected.confirmed is ClientConfirmed.YES
    for order in permutations(EVENTS):
        assert picture(list(order)) == expected
    assert picture([*EVENTS, *random.Random(1).choices(EVENTS, k=20)]) == expected


def test_progress_leaves_the_appointment_and_a_cancelled_one_takes_it_away() -> None:
    waiting = referral_event(ReferralProgressed, version=4, status="on-hold")
    cancelled = referral_event(ReferralProgressed, version=5, business_status=BusinessStatus.EVENT_CANCELLED)

    assert picture([waiting, scheduled(version=3)]).starts_at == APPOINTMENT
    assert picture([cancelled, scheduled(version=3)]).starts_at is None


def test_an_end_that_is_heard_of_before_the_appointment_leaves_nothing_to_remind_of() -> None:
    ended = referral_event(
        ReferralEnded, version=5, status="cancelled", by="client", reason="client_declined", reason_text="-"
    )

    assert picture([ended, scheduled(version=4)]).starts_at is None
    assert picture([ended, scheduled(version=4)]).id == REFERRAL


ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
WINDOWS = st.builds(
    lambda weekday, hour, hours: weekly(weekday, f"{hour:02}:00", f"{min(hour + hours, 23):02}:30"),
    st.integers(1, 7),
    st.integers(0, 23),
    st.integers(0, 12),
)
LIVES = st.builds(life, zone=ZONES, available=st.lists(WINDOWS, max_size=4).map(tuple))


@given(LIVES, MOMENTS, st.sampled_from(MessageKind), st.integers(1, 168))
def test_whatever_is_planned_is_planned_for_a_civil_hour_and_is_of_use_for_a_while(
    who: Life, anchor: datetime, kind: MessageKind, hours: int
) -> None:
    lead = {MessageKind.APPOINTMENT_REMINDER: 1, MessageKind.CHECK_IN: 7}.get(kind, hours)
    about = planner().check_in(
        BARRIER, at=anchor, barrier_id=BARRIER, client_id=CLIENT, life=who, cause=cause()
    )
    found = timing(replace(about, kind=kind, lead=lead), who, RULES)

    assert found.due_at < found.useful_until
    assert not RULES.quiet_at(found.due_at.astimezone(ZoneInfo(who.zone)).time())


@given(LIVES, MOMENTS)
def test_both_reminders_come_before_the_appointment_in_order_on_days_of_the_clients_calendar(
    who: Life, starts_at: datetime
) -> None:
    early = planner(starts_at - 30 * DAY)
    first, second = early.for_referral(referral(starts_at=starts_at), who, cause())

    assert first.timing.due_at < first.timing.useful_until == second.timing.due_at < starts_at
    place = ZoneInfo(who.zone)
    day = starts_at.astimezone(place).date()
    assert (day - second.timing.due_at.astimezone(place).date()).days in {1, 2}
    assert (day - first.timing.due_at.astimezone(place).date()).days in {3, 4}
