"""Windows are days to choose among, worded anew whenever somebody looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.policy.windows import end_of_day, window_words

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
SPANS = st.timedeltas(timedelta(0), timedelta(days=60))


def at(day: int, hour: int = 17, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due_from", "due_by", "words"),
    [
        (at(23, 9), at(23), "today"),
        (at(20, 9), at(23), "today"),
        (at(23, 9), at(24), "today or tomorrow"),
        (at(19, 9), at(26), "between today and Thursday"),
        (at(24, 9), at(24), "tomorrow"),
        (at(24, 9), at(25), "tomorrow or Wednesday"),
        (at(24, 9), at(27), "between tomorrow and Friday"),
        (at(26, 9), at(26), "on Thursday"),
        (at(26, 9), at(27), "Thursday or Friday"),
        (at(30, 9), at(4, month=12), "between 30 November and 4 December"),
        (at(2, 9, 12), at(2, month=12), "on 2 December"),
        (at(20, 9), at(20), "was for Friday"),
        (at(22, 9), at(22), "was for yesterday"),
        (at(18, 9), at(20), "was for Wednesday to Friday"),
        (at(2, 9), at(6), "was for 2 November to 6 November"),
        (at(23, 8), at(23, 9), "was for today"),
        (None, None, "at any time"),
    ],
)
def test_a_window_is_said_as_people_say_days(
    due_from: datetime | None, due_by: datetime | None, words: str
) -> None:
    assert window_words(due_from, due_by, now=MONDAY, zone=UTC) == words


def test_the_days_are_those_of_the_client() -> None:
    late_on_thursday_in_chicago = datetime(2026, 11, 27, 4, tzinfo=UTC)
    words = window_words(MONDAY, late_on_thursday_in_chicago, now=MONDAY, zone=ZoneInfo("America/Chicago"))
    assert words == "between today and Thursday"


@given(begins=MOMENTS, span=SPANS, now=MOMENTS)
def test_no_window_is_ever_one_day_late_or_counted(begins: datetime, span: timedelta, now: datetime) -> None:
    words = window_words(begins, begins + span, now=now, zone=UTC)
    assert "late" not in words
    assert "overdue" not in words
    assert "due" not in words
    assert words.startswith("was for") == (begins + span < now)


@given(now=MOMENTS)
def test_the_day_ends_within_a_day_and_an_hour(now: datetime) -> None:
    end = end_of_day(now, ZoneInfo("Europe/London"))
    assert timedelta(0) < end - now <= timedelta(hours=25)
