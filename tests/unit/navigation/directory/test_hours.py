"""Opening hours: schedules as a mask of 336 half hours, held against the slow and obvious way."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.navigation.directory.documents import Document
from services.navigation.directory.hours import Attending, attending, open_half_hours, weekdays
from services.navigation.model.directory import HALF_HOURS_PER_DAY, HALF_HOURS_PER_WEEK, half_hours

TODAY = date(2026, 11, 22)
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def read(schedule: Document) -> tuple[int, list[str]]:
    warned: list[str] = []
    mask = open_half_hours(schedule, today=TODAY, warn=lambda field, _value, _reason: warned.append(field))
    return mask, warned


def weekly(byday: str = "MO", opens: str = "09:00", closes: str = "17:00", **more: object) -> Document:
    return {"freq": "WEEKLY", "byday": byday, "opens_at": opens, "closes_at": closes, **more}


def open_at(minute_of_week: int, days: set[int], opens: int, closes: int) -> bool:
    """The obvious way: whether this minute is within an opening, one that began yesterday included."""
    if closes <= opens:
        closes += 24 * 60
    for weekday in days:
        begins = (weekday - 1) * 24 * 60 + opens
        for week in (0, -7 * 24 * 60):
            if begins + week <= minute_of_week < begins + week + (closes - opens):
                return True
    return False


@given(
    days=st.sets(st.integers(1, 7), min_size=1),
    opens=st.integers(0, 24 * 60 - 1),
    closes=st.integers(0, 24 * 60),
)
def test_a_half_hour_is_set_exactly_when_every_minute_of_it_is_open(
    days: set[int], opens: int, closes: int
) -> None:
    schedule = weekly(
        ",".join(NAMES[weekday - 1] for weekday in days),
        f"{opens // 60:02}:{opens % 60:02}",
        f"{closes // 60:02}:{closes % 60:02}",
    )
    mask, warned = read(schedule)

    assert warned == []
    # An opening is judged by itself: two that only meet in the middle of a half hour do not fill it.
    expected = 0
    for weekday in days:
        for half in range(HALF_HOURS_PER_WEEK):
            if all(open_at(half * 30 + minute, {weekday}, opens, closes) for minute in range(30)):
                expected |= 1 << half
    assert mask == expected


def test_past_midnight_goes_on_into_the_next_day_and_sunday_into_monday() -> None:
    mask = half_hours(7, 22 * 60, 2 * 60)
    sunday_evening = 0b1111 << (6 * HALF_HOURS_PER_DAY + 44)
    assert mask == sunday_evening | 0b1111


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("MO,TU", {1, 2}),
        ("1MO,-1FR", {1, 5}),
        ("Monday", {1}),
        ("thursday, sunday", {4, 7}),
        ("MO-FR", {1, 2, 3, 4, 5}),
        ("SA-MO", {6, 7, 1}),
        ("every day", set()),
    ],
)
def test_weekdays_are_read_as_codes_names_and_ranges(written: str, days: set[int]) -> None:
    assert weekdays(written) == days


@pytest.mark.parametrize(
    "over",
    [
        {"valid_to": "2026-11-21"},
        {"valid_from": "2026-11-23"},
        {"until": "11/20/26"},
        {"dtstart": "2026-01-05", "count": 3},
    ],
)
def test_a_schedule_that_is_over_or_has_not_begun_opens_nothing(over: Document) -> None:
    assert read({**weekly(), **over}) == (0, [])


@pytest.mark.parametrize(
    "still",
    [
        {"valid_to": "2026-11-22"},
        {"valid_from": "2026-11-22"},
        {"valid_from": "2020-01-01", "until": "2027-01-01"},
        {"dtstart": "2026-11-16", "count": 3},
        {"interval": 2},
        {"freq": "MONTHLY", "byday": "1MO"},
        {"timezone": 3},
    ],
)
def test_a_schedule_in_force_opens_its_hours_whatever_its_offset_says(still: Document) -> None:
    assert read({**weekly(), **still}) == (half_hours(1, 540, 1020), [])


def test_a_year_that_nobody_meant_counts_as_not_given() -> None:
    assert read(weekly(valid_to="January 01, 0001")) == (half_hours(1, 540, 1020), ["schedules.valid_to"])


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (weekly(opens="morning"), "schedules.opens_at"),
        ({"byday": "MO"}, "schedules.opens_at"),
        (weekly(byday="any"), "schedules.byday"),
        (
            {"opens_at": "09:00", "closes_at": "10:00", "freq": "MONTHLY", "bymonthday": "3"},
            "schedules.byday",
        ),
    ],
)
def test_hours_that_cannot_be_read_are_left_out_and_named(schedule: Document, field: str) -> None:
    mask, warned = read(schedule)
    assert mask == 0
    assert field in warned


def test_without_a_weekday_the_first_day_of_a_weekly_schedule_is_meant() -> None:
    schedule: Document = {"dtstart": "2026-11-18", "opens_at": "09:00", "closes_at": "10:00"}
    assert read(schedule) == (half_hours(3, 540, 600), [])


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ("You can attend in-person or remotely by video", Attending.IN_PERSON | Attending.REMOTE),
        ("telephone", Attending.REMOTE),
        ("walk in", Attending.IN_PERSON),
        ("", Attending.NOT_SAID),
    ],
)
def test_how_one_attends_is_read_out_of_free_words(words: str, how: Attending) -> None:
    assert attending({"attending_type": words}) is how
