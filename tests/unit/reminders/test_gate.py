"""The send-time gate, by table and by property: what goes, what waits and until when, what never goes."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import (
    BarrierStatus,
    ChannelKind,
    ClientConfirmed,
    MessageKind,
    ReferralStatus,
    WithheldReason,
)
from contracts.values import Channel, Window
from services.reminders.model import (
    Contact,
    Facts,
    Hold,
    Known,
    NotYetDue,
    Plan,
    Reminder,
    Send,
    SendingRules,
    Situation,
    Timing,
    Verdict,
    Withhold,
)
from services.reminders.policy.gate import after_no_delivery, decide
from tests.support.builders import MONDAY_MORNING, channel, weekly
from tests.support.builders_reminders import (
    APPOINTMENT,
    contact,
    known,
    life,
    plan_moved,
    referral,
    reminder,
    situation,
)

RULES = SendingRules()
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EVENING = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
NEXT_MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MAIL = channel(kind=ChannelKind.EMAIL, address="amina@example.org", preferred=False)


def verdict(
    given_situation: Situation, now: datetime = MONDAY_MORNING, rules: SendingRules = RULES
) -> Verdict:
    return decide(given_situation, now=now, rules=rules)


def reason_of(found: Verdict) -> WithheldReason:
    assert isinstance(found, Hold | Withhold), found
    return found.reason


def test_a_due_message_with_nothing_in_its_way_goes_by_the_preferred_channel() -> None:
    client = known(contact=contact(channels=(MAIL, channel())))

    assert verdict(situation(client=client)) == Send(channel())


def test_a_message_before_its_time_waits_whatever_the_client_has_chosen() -> None:
    early = situation(client=known(stopped=True, contact=contact(wanted=False)))

    assert verdict(early, MONDAY_MORNING - HOUR) == NotYetDue(MONDAY_MORNING)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client": known(stopped=True)}, WithheldReason.STOPPED_BY_CLIENT),
        ({"client": known(stopped=True, contact=None)}, WithheldReason.STOPPED_BY_CLIENT),
        ({"client": known(contact=contact(wanted=False))}, WithheldReason.NO_CONSENT),
        ({"client": known(contact=contact(prohibited=True))}, WithheldReason.NO_SAFE_CHANNEL),
        ({"client": known(contact=contact(channels=()))}, WithheldReason.NO_SAFE_CHANNEL),
        ({"client": known(contact=contact(channels=(channel(safe=False),)))}, WithheldReason.NO_SAFE_CHANNEL),
        (
            {"client": known(contact=contact(channels=(channel(kind=ChannelKind.PHONE),)))},
            WithheldReason.NO_SAFE_CHANNEL,
        ),
        ({"facts": Facts(open_barriers=False)}, WithheldReason.NO_LONGER_RELEVANT),
    ],
)
def test_what_forbids_a_message_withholds_it_with_its_reason(
    changes: dict[str, object], reason: WithheldReason
) -> None:
    found = verdict(situation(**changes))

    assert isinstance(found, Withhold)
    assert found.reason is reason
    assert found.detail


def test_a_message_whose_use_has_passed_is_too_late() -> None:
    assert reason_of(verdict(situation(), MONDAY_MORNING + 2 * DAY)) is WithheldReason.TOO_LATE


@pytest.mark.parametrize("client", [known(life=None), known(contact=None)])
def test_details_that_are_not_known_yet_hold_a_message_until_it_is_of_no_use(client: Known) -> None:
    waiting = situation(client=client)

    assert verdict(waiting) == Hold(MONDAY_MORNING + 2 * DAY, WithheldReason.DETAILS_NOT_KNOWN_YET)
    last = verdict(waiting, MONDAY_MORNING + 2 * DAY)
    assert isinstance(last, Withhold)
    assert last.reason is WithheldReason.DETAILS_NOT_KNOWN_YET


def test_quiet_hours_hold_a_message_until_they_end_on_the_clients_own_clock() -> None:
    in_leeds = situation()
    in_chicago = situation(client=known(life=life(zone="America/Chicago")))

    assert verdict(in_leeds, EVENING) == Hold(NEXT_MORNING, WithheldReason.QUIET_HOURS)
    assert verdict(in_chicago, EVENING) == Send(channel())


def test_a_safe_window_is_waited_for() -> None:
    tuesday_evening = channel(windows=(weekly(2, "18:00", "19:00"),))
    waiting = situation(client=known(contact=contact(channels=(tuesday_evening,))))

    opens = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
    assert verdict(waiting) == Hold(opens, WithheldReason.UNSAFE_NOW)
    assert verdict(waiting, opens) == Send(tuesday_evening)


def test_a_safe_window_inside_quiet_hours_never_opens() -> None:
    at_night = channel(windows=(weekly(2, "21:00", "22:00"),))
    found = verdict(situation(client=known(contact=contact(channels=(at_night,)))))

    assert isinstance(found, Withhold)
    assert found.reason is WithheldReason.UNSAFE_NOW


def test_the_preferred_channel_is_waited_for_while_the_message_keeps_and_else_another_takes_it() -> None:
    tomorrow = channel(windows=(weekly(2, "18:00", "19:00"),))
    on_friday = channel(windows=(weekly(5, "18:00", "19:00"),))

    patient = verdict(situation(client=known(contact=contact(channels=(MAIL, tomorrow)))))
    assert patient == Hold(datetime(2026, 11, 24, 18, 0, tzinfo=UTC), WithheldReason.UNSAFE_NOW)
    assert verdict(situation(client=known(contact=contact(channels=(MAIL, on_friday))))) == Send(MAIL)


def test_a_second_try_goes_first_to_where_the_first_one_went() -> None:
    again = situation(client=known(contact=contact(channels=(channel(), MAIL))), first_choice=MAIL.address)

    assert verdict(again) == Send(MAIL)


@pytest.mark.parametrize(
    ("sent_hours_ago", "until"),
    [
        ((), None),
        ((23,), None),
        ((23, 1), MONDAY_MORNING + HOUR),
        ((25, 1), None),
        # Six within the week: there is room again seven days after the first of them.
        ((167, 100, 80, 60, 40, 30), MONDAY_MORNING + HOUR),
    ],
)
def test_the_rate_cap_leaves_room_for_two_a_day_and_six_a_week(
    sent_hours_ago: tuple[int, ...], until: datetime | None
) -> None:
    sent = tuple(MONDAY_MORNING - timedelta(hours=hours) for hours in sent_hours_ago)
    found = verdict(situation(client=known(sent_at=sent)))

    assert found == (Hold(until, WithheldReason.RATE_CAP) if until else Send(channel()))


def test_a_cue_that_the_client_planned_themselves_is_never_capped() -> None:
    sent = tuple(MONDAY_MORNING - timedelta(hours=hours) for hours in (6, 5, 4, 3, 2, 1))
    facts = Facts(referral=referral(), plan=AGREED)

    assert verdict(situation(reminder=CUE, facts=facts, client=known(sent_at=sent))) == Send(channel())


def test_a_message_that_would_have_to_wait_past_its_use_is_withheld_at_once_with_the_obstacle() -> None:
    short = reminder(timing=Timing(due_at=EVENING - HOUR, useful_until=NEXT_MORNING))
    found = verdict(situation(reminder=short), EVENING)

    assert isinstance(found, Withhold)
    assert found.reason is WithheldReason.QUIET_HOURS


APPOINTMENT_REMINDER = reminder(
    kind=MessageKind.APPOINTMENT_REMINDER,
    appointment_version=3,
    timing=Timing(due_at=MONDAY_MORNING, useful_until=APPOINTMENT),
)
CUE = replace(APPOINTMENT_REMINDER, kind=MessageKind.PLAN_CUE, lead=21)
AGREED = Plan(
    **{
        name: getattr(plan_moved(), name)
        for name in ("client_id", "barrier_id", "version", "status", "cue_hours_before")
    },
    id=plan_moved().plan_id,
)


@pytest.mark.parametrize(
    ("message", "facts", "goes"),
    [
        (APPOINTMENT_REMINDER, Facts(referral=referral()), True),
        (APPOINTMENT_REMINDER, Facts(referral=referral(appointment_version=5)), False),
        (APPOINTMENT_REMINDER, Facts(referral=referral(starts_at=None)), False),
        (APPOINTMENT_REMINDER, Facts(), False),
        (CUE, Facts(referral=referral(), plan=AGREED), True),
        (CUE, Facts(referral=referral(), plan=replace(AGREED, cue_hours_before=5)), False),
        (CUE, Facts(referral=referral(starts_at=None), plan=AGREED), False),
        (CUE, Facts(referral=referral()), False),
        (reminder(kind=MessageKind.AFTER_SETBACK), Facts(), True),
        (reminder(kind=MessageKind.AFTER_SETBACK), Facts(barrier_status=BarrierStatus.PERSISTING), True),
        (reminder(kind=MessageKind.AFTER_SETBACK), Facts(barrier_status=BarrierStatus.WITHDRAWN), False),
        (
            reminder(kind=MessageKind.GOT_WHAT_YOU_NEEDED),
            Facts(referral=referral(status=ReferralStatus.COMPLETED)),
            True,
        ),
        (
            reminder(kind=MessageKind.GOT_WHAT_YOU_NEEDED),
            Facts(referral=referral(status=ReferralStatus.CANCELLED)),
            False,
        ),
        (
            reminder(kind=MessageKind.GOT_WHAT_YOU_NEEDED),
            Facts(referral=referral(status=ReferralStatus.COMPLETED, confirmed=ClientConfirmed.NO)),
            False,
        ),
        (reminder(kind=MessageKind.SMALL_WIN), Facts(referral=referral(confirmed=ClientConfirmed.YES)), True),
        (reminder(kind=MessageKind.SMALL_WIN), Facts(referral=referral(confirmed=ClientConfirmed.NO)), False),
    ],
)
def test_only_what_still_makes_sense_is_sent(message: Reminder, facts: Facts, goes: bool) -> None:  # noqa: FBT001
    found = verdict(situation(reminder=message, facts=facts))

    if goes:
        assert found == Send(channel())
    else:
        assert reason_of(found) is WithheldReason.NO_LONGER_RELEVANT


@pytest.mark.parametrize("status", ["drafted", "did_not_help", "revised"])
def test_a_plan_that_the_client_turned_away_from_gives_no_cue(status: str) -> None:
    plan = replace(AGREED, status=status)  # type: ignore[arg-type]
    found = verdict(situation(reminder=CUE, facts=Facts(referral=referral(), plan=plan)))

    assert reason_of(found) is WithheldReason.NO_LONGER_RELEVANT


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 5), (3, 30), (4, 120)])
def test_a_provider_that_did_not_take_a_message_is_asked_again_later_and_later(
    tries: int, minutes: int
) -> None:
    found = after_no_delivery(situation(), channel(), tries=tries, now=MONDAY_MORNING, rules=RULES)

    assert found == Hold(MONDAY_MORNING + timedelta(minutes=minutes), WithheldReason.NOT_DELIVERED)


def test_a_message_that_no_provider_takes_ends_as_not_delivered() -> None:
    found = after_no_delivery(situation(), channel(), tries=5, now=MONDAY_MORNING, rules=RULES)

    assert isinstance(found, Withhold)
    assert found.reason is WithheldReason.NOT_DELIVERED


# Properties, over every zone and every change of clocks.

ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
MOMENTS = st.datetimes(datetime(2005, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
SPANS = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] < pair[1])
WINDOWS = st.builds(
    lambda weekday, span: Window(weekday=weekday, opens=span[0], closes=span[1]), st.integers(1, 7), SPANS
)
RULES_OF_ANY_HOUSE = st.builds(
    SendingRules,
    quiet_from=CLOCKS,
    quiet_until=CLOCKS,
    most_per_day=st.integers(1, 3),
    most_per_week=st.integers(1, 6),
)
SAFE_CHANNELS = st.builds(
    Channel,
    kind=st.sampled_from([ChannelKind.SMS, ChannelKind.EMAIL]),
    address=st.sampled_from(["+447700900123", "+447700900456", "amina@example.org"]),
    safe=st.just(value=True),
    preferred=st.booleans(),
    windows=st.lists(WINDOWS, max_size=3).map(tuple),
)
ANY_CHANNELS = st.builds(
    Channel,
    kind=st.sampled_from(ChannelKind),
    address=st.just("+447700900123"),
    safe=st.booleans(),
    windows=st.lists(WINDOWS, max_size=2).map(tuple),
)
WILLING = st.builds(contact, channels=st.lists(SAFE_CHANNELS, min_size=1, max_size=3).map(tuple))
ANYBODY = st.none() | st.builds(
    contact,
    channels=st.lists(ANY_CHANNELS, max_size=3).map(tuple),
    wanted=st.booleans(),
    prohibited=st.booleans(),
)


@st.composite
def due_messages(draw: st.DrawFn) -> tuple[Situation, datetime]:
    """A message that is due, to somebody anywhere who wants it and can be reached, at any moment."""
    now = draw(MOMENTS)
    ago = timedelta(minutes=draw(st.integers(0, 24 * 60)))
    keeps = timedelta(minutes=draw(st.integers(24 * 60 + 1, 9 * 24 * 60)))
    sent = draw(st.lists(st.integers(0, 7 * 24 * 60), max_size=7))
    client = known(
        life=life(zone=draw(ZONES)),
        contact=draw(WILLING),
        sent_at=tuple(sorted(now - timedelta(minutes=minutes) for minutes in sent)),
    )
    message = reminder(timing=Timing(due_at=now - ago, useful_until=now - ago + keeps))
    return situation(reminder=message, client=client), now


@st.composite
def any_situation(draw: st.DrawFn) -> tuple[Situation, datetime]:
    """Any message to anybody, before its time, in it or after it; perhaps little is known of them."""
    found, now = draw(due_messages())
    shift = timedelta(minutes=draw(st.integers(-3 * 24 * 60, 3 * 24 * 60)))
    client = Known(
        life=draw(st.sampled_from([None, found.client.life])),
        contact=draw(ANYBODY | st.just(found.client.contact)),
        stopped=draw(st.booleans()),
        sent_at=found.client.sent_at,
    )
    return replace(found, client=client, facts=Facts(open_barriers=draw(st.booleans()))), now + shift


def clock_of(moment: datetime, client: Known) -> datetime:
    assert client.life is not None
    return moment.astimezone(ZoneInfo(client.life.zone))


def is_safe(moment: datetime, client: Known, by: Channel) -> bool:
    shown = clock_of(moment, client)
    return not by.windows or any(
        window.weekday == shown.isoweekday() and window.opens <= shown.time() < window.closes
        for window in by.windows
    )


@given(due_messages(), RULES_OF_ANY_HOUSE)
def test_nothing_is_ever_sent_in_quiet_hours_or_at_an_unsafe_time_or_over_the_cap(
    case: tuple[Situation, datetime], rules: SendingRules
) -> None:
    given_situation, now = case
    found = verdict(given_situation, now, rules)
    if isinstance(found, Send):
        client = given_situation.client
        assert not rules.quiet_at(clock_of(now, client).time())
        assert is_safe(now, client, found.channel)
        assert sum(now - sent < DAY for sent in client.sent_at) < rules.most_per_day
        assert sum(now - sent < 7 * DAY for sent in client.sent_at) < rules.most_per_week


@given(any_situation(), RULES_OF_ANY_HOUSE)
def test_nothing_is_ever_sent_to_those_who_do_not_want_it_or_cannot_safely_get_it(
    case: tuple[Situation, datetime], rules: SendingRules
) -> None:
    given_situation, now = case
    found = verdict(given_situation, now, rules)
    if isinstance(found, Send):
        who = given_situation.client.contact
        assert isinstance(who, Contact)
        assert who.wanted
        assert not who.prohibited
        assert not given_situation.client.stopped
        assert found.channel.safe
        assert found.channel.kind in {ChannelKind.SMS, ChannelKind.EMAIL}


@given(due_messages(), RULES_OF_ANY_HOUSE)
def test_a_hold_ends_at_a_good_moment_while_the_message_is_of_use(
    case: tuple[Situation, datetime], rules: SendingRules
) -> None:
    given_situation, now = case
    found = verdict(given_situation, now, rules)
    if isinstance(found, Hold):
        assert now < found.until < given_situation.reminder.timing.useful_until
        assert isinstance(verdict(given_situation, found.until, rules), Send)


@given(due_messages(), RULES_OF_ANY_HOUSE, st.floats(0.01, 0.99))
def test_a_hold_ends_at_the_first_good_moment(
    case: tuple[Situation, datetime], rules: SendingRules, share: float
) -> None:
    given_situation, now = case
    found = verdict(given_situation, now, rules)
    if isinstance(found, Hold):
        between = verdict(given_situation, now + (found.until - now) * share, rules)
        assert isinstance(between, Hold)
        assert between.until == found.until


@given(due_messages(), RULES_OF_ANY_HOUSE)
def test_what_is_withheld_for_its_timing_had_no_good_moment_left(
    case: tuple[Situation, datetime], rules: SendingRules
) -> None:
    given_situation, now = case
    client = given_situation.client
    if isinstance(verdict(given_situation, now, rules), Withhold):
        assert client.contact is not None
        left = given_situation.reminder.timing.useful_until - now
        for quarter in range(int(left / timedelta(minutes=15))):
            moment = now + quarter * timedelta(minutes=15)
            has_room = (
                sum(moment - sent < DAY for sent in client.sent_at) < rules.most_per_day
                and sum(moment - sent < 7 * DAY for sent in client.sent_at) < rules.most_per_week
            )
            awake = not rules.quiet_at(clock_of(moment, client).time())
            safe = any(is_safe(moment, client, by) for by in client.contact.channels)
            assert not (has_room and awake and safe), moment


@given(any_situation(), RULES_OF_ANY_HOUSE)
def test_stop_always_wins(case: tuple[Situation, datetime], rules: SendingRules) -> None:
    given_situation, now = case
    stopped = replace(given_situation, client=replace(given_situation.client, stopped=True))

    assert isinstance(verdict(stopped, now, rules), Withhold | NotYetDue)


@given(any_situation(), RULES_OF_ANY_HOUSE)
def test_every_message_comes_to_an_end(case: tuple[Situation, datetime], rules: SendingRules) -> None:
    given_situation, now = case
    for _ in range(3):
        found = verdict(given_situation, now, rules)
        if isinstance(found, Send | Withhold):
            return
        assert found.until > now
        now = found.until
    raise AssertionError("it was put off three times although nothing had changed")
