"""Times of day in the client's own zone, where clocks jump, stand still or lose a day."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Window
from services.reminders.model import SendingRules
from services.reminders.policy.civil import (
    civil_moment_on,
    first_moment,
    last_civil_moment,
    moments,
    next_civil_moment,
    next_open,
)
from tests.support.builders import weekly
from tests.support.builders_reminders import life

RULES = SendingRules()
NEVER_QUIET = SendingRules(quiet_from=time(0, 0), quiet_until=time(0, 0))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        ("Europe/London", date(2026, 11, 23), time(10), (utc(2026, 11, 23, 10),)),
        ("Asia/Kathmandu", date(2026, 11, 23), time(10), (utc(2026, 11, 23, 4, 15),)),
        # The clocks go forward over 01:30: the first moment after the gap is 02:00 on the clock.
        ("Europe/London", date(2026, 3, 29), time(1, 30), (utc(2026, 3, 29, 1),)),
        # They go back over 01:30: it comes twice.
        (
            "Europe/London",
            date(2026, 10, 25),
            time(1, 30),
            (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
        ),
        ("America/New_York", date(2026, 3, 8), time(2, 30), (utc(2026, 3, 8, 7),)),
        # Half an hour is enough on Lord Howe Island.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), (utc(2026, 10, 3, 15, 30),)),
        # Apia lost the 30th of December 2011 altogether.
        ("Pacific/Apia", date(2011, 12, 30), time(10), (utc(2011, 12, 30, 10),)),
        # Midnight itself is skipped in some years.
        ("America/Sao_Paulo", date(2018, 11, 4), time(0), (utc(2018, 11, 4, 3),)),
    ],
)
def test_a_wall_clock_time_is_found_once_twice_or_after_the_gap(
    zone: str, day: date, clock: time, expected: tuple[datetime, ...]
) -> None:
    assert moments(day, clock, zone) == expected


def test_a_window_in_the_hour_that_comes_twice_is_open_twice() -> None:
    windows = (weekly(7, "01:00", "01:30"),)

    first = next_open(utc(2026, 10, 24, 12), "Europe/London", windows=windows, rules=NEVER_QUIET)
    assert first == utc(2026, 10, 25, 0, 0)
    second = next_open(utc(2026, 10, 25, 0, 45), "Europe/London", windows=windows, rules=NEVER_QUIET)
    assert second == utc(2026, 10, 25, 1, 0)


def test_quiet_hours_that_end_in_a_gap_end_with_the_gap() -> None:
    rules = SendingRules(quiet_from=time(20), quiet_until=time(2, 30))

    assert next_open(utc(2026, 3, 8, 3), "America/New_York", windows=(), rules=rules) == utc(2026, 3, 8, 7)


def test_no_window_outside_quiet_hours_means_never() -> None:
    at_night = (weekly(2, "21:00", "22:00"),)

    assert next_open(utc(2026, 11, 23, 9), "Europe/London", windows=at_night, rules=RULES) is None


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        ((), time(10)),
        ((weekly(1, "09:30", "12:00"),), time(10)),
        ((weekly(1, "18:00", "20:30"),), time(18)),
        ((weekly(1, "06:00", "09:45"),), time(9, 15)),
        ((weekly(1, "06:00", "08:00"),), time(10)),
        ((weekly(1, "07:00", "09:30"), weekly(1, "11:00", "12:00")), time(9, 0)),
        ((weekly(2, "18:00", "19:00"),), time(10)),
    ],
)
def test_a_message_is_planned_for_an_hour_that_suits_the_client(
    available: tuple[Window, ...], expected: time
) -> None:
    moment = civil_moment_on(date(2026, 11, 23), life(available=available), RULES)

    assert moment.astimezone(ZoneInfo("Europe/London")).time() == expected


def test_a_day_that_the_calendar_skips_gives_way_to_the_day_before() -> None:
    moment = civil_moment_on(date(2011, 12, 30), life(zone="Pacific/Apia"), RULES)

    assert moment.astimezone(ZoneInfo("Pacific/Apia")).date() == date(2011, 12, 29)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (utc(2026, 11, 23, 15), utc(2026, 11, 23, 15)),
        (utc(2026, 11, 23, 22), utc(2026, 11, 23, 18, 30)),
        (utc(2026, 11, 23, 4), utc(2026, 11, 22, 18, 30)),
    ],
)
def test_a_cue_in_the_night_comes_the_evening_before(end: datetime, expected: datetime) -> None:
    assert last_civil_moment(end, life(), RULES) == expected


def test_a_message_for_now_waits_for_the_clients_own_hours() -> None:
    evenings = life(available=(weekly(2, "18:00", "19:00"), weekly(4, "18:00", "19:00")))

    # Monday has none, so that all of its waking hours count.
    assert next_civil_moment(utc(2026, 11, 23, 9), evenings, RULES) == utc(2026, 11, 23, 9)
    assert next_civil_moment(utc(2026, 11, 24, 9), evenings, RULES) == utc(2026, 11, 24, 18)
    assert next_civil_moment(utc(2026, 11, 24, 19), evenings, RULES) == utc(2026, 11, 25, 9)


ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
DAYS = st.dates(date(1995, 1, 1), date(2036, 12, 31))
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
WINDOWS = st.builds(
    lambda weekday, hour, hours: weekly(weekday, f"{hour:02}:00", f"{min(hour + hours, 23):02}:30"),
    st.integers(1, 7),
    st.integers(0, 23),
    st.integers(0, 12),
)
LIVES = st.builds(life, zone=ZONES, available=st.lists(WINDOWS, max_size=4).map(tuple))


@given(ZONES, DAYS, CLOCKS)
def test_the_first_moment_is_the_first_at_which_that_day_shows_the_time(
    zone: str, day: date, clock: time
) -> None:
    moment = first_moment(day, clock, zone)
    place = ZoneInfo(zone)

    wall = datetime.combine(day, clock)
    assert moment.astimezone(place).replace(tzinfo=None) >= wall
    before = (moment - timedelta(seconds=1)).astimezone(place).replace(tzinfo=None)
    assert before < wall


@given(ZONES, DAYS, CLOCKS)
def test_all_moments_of_a_time_of_day_show_it_unless_it_is_skipped(zone: str, day: date, clock: time) -> None:
    found = moments(day, clock, zone)

    assert all(early < late for early, late in pairwise(found))
    shown = [moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in found]
    assert shown == [datetime.combine(day, clock)] * len(found) or len(found) == 1


@given(LIVES, DAYS)
def test_what_is_planned_for_a_day_is_never_planned_into_quiet_hours(who: object, day: date) -> None:
    assert isinstance(who, type(life()))
    shown = civil_moment_on(day, who, RULES).astimezone(ZoneInfo(who.zone))

    assert not RULES.quiet_at(shown.time())
    assert shown.date() in {day, day - timedelta(days=1)}


@given(LIVES, st.datetimes(datetime(1995, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_next_and_the_last_civil_moment_lie_on_their_side_and_outside_quiet_hours(
    who: object, moment: datetime
) -> None:
    assert isinstance(who, type(life()))
    after, before = next_civil_moment(moment, who, RULES), last_civil_moment(moment, who, RULES)

    assert before <= moment <= after
    for found in (after, before):
        assert not RULES.quiet_at(found.astimezone(ZoneInfo(who.zone)).time())
