"""Due windows: working days on the client's own wall clock, in every zone, through every change of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.barriers.model import DaysWindow
from services.barriers.policy.windows import due_window, working_day

ZONES = (
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
    "America/Havana",
    "UTC",
)

moments = st.datetimes(datetime(2011, 12, 1), datetime(2040, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
windows = st.builds(
    lambda first, more: DaysWindow(first=first, last=max(1, first + more)),
    st.integers(0, 15),
    st.integers(0, 20),
)


@given(moments, st.sampled_from(ZONES), windows)
def test_a_window_is_never_in_the_past_and_never_the_wrong_way_round(
    now: datetime, zone: str, window: DaysWindow
) -> None:
    due_from, due_by = due_window(now, zone, window)

    assert now <= due_from <= due_by
    assert now < due_by
    assert due_from.utcoffset() == due_by.utcoffset() == timedelta(0)


@given(moments, st.sampled_from([zone for zone in ZONES if zone != "Pacific/Apia"]), windows)
def test_a_window_ends_at_five_on_a_working_day_by_the_clients_clock(
    now: datetime, zone: str, window: DaysWindow
) -> None:
    _, due_by = due_window(now, zone, window)

    here = due_by.astimezone(ZoneInfo(zone))
    assert here.time() == time(17, 0)
    assert here.isoweekday() <= 5


@given(moments, st.sampled_from(ZONES), windows, st.integers(0, 5))
def test_more_days_are_never_due_sooner(now: datetime, zone: str, window: DaysWindow, more: int) -> None:
    longer = DaysWindow(first=window.first, last=window.last + more)

    assert due_window(now, zone, window)[1] <= due_window(now, zone, longer)[1]


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 60))
def test_between_two_working_days_there_are_as_many_as_were_counted(start: date, count: int) -> None:
    first, last = working_day(start, 0), working_day(start, count)

    days = [first + timedelta(days=n) for n in range((last - first).days)]
    assert sum(day.isoweekday() <= 5 for day in days) == count
    assert last.isoweekday() <= 5


@pytest.mark.parametrize(
    "now, zone, first, last, due_from, due_by",
    [
        pytest.param(
            "2026-11-23T10:15+00:00",
            "Europe/London",
            0,
            1,
            "2026-11-23T10:15+00:00",
            "2026-11-24T17:00+00:00",
            id="within the day: from now",
        ),
        pytest.param(
            "2026-11-23T05:00+00:00",
            "Europe/London",
            0,
            1,
            "2026-11-23T09:00+00:00",
            "2026-11-24T17:00+00:00",
            id="before the day: from nine",
        ),
        pytest.param(
            "2026-11-23T17:00+00:00",
            "Europe/London",
            0,
            1,
            "2026-11-24T09:00+00:00",
            "2026-11-25T17:00+00:00",
            id="after the day: tomorrow is day 0",
        ),
        pytest.param(
            "2026-11-27T18:00+00:00",
            "Europe/London",
            0,
            2,
            "2026-11-30T09:00+00:00",
            "2026-12-02T17:00+00:00",
            id="Friday evening: Monday is day 0",
        ),
        pytest.param(
            "2026-11-28T12:00+00:00",
            "Europe/London",
            1,
            5,
            "2026-12-01T09:00+00:00",
            "2026-12-07T17:00+00:00",
            id="at the weekend: counted from Monday, over the next weekend",
        ),
        pytest.param(
            "2026-11-23T02:00+00:00",
            "America/Chicago",
            0,
            1,
            "2026-11-23T15:00+00:00",
            "2026-11-24T23:00+00:00",
            id="still Sunday evening where the client is",
        ),
        pytest.param(
            "2026-10-23T12:00+00:00",
            "Europe/London",
            1,
            1,
            "2026-10-26T09:00+00:00",
            "2026-10-26T17:00+00:00",
            id="clocks go back over the weekend: still nine to five on the wall",
        ),
        pytest.param(
            "2026-03-27T12:00+00:00",
            "Europe/London",
            1,
            1,
            "2026-03-30T08:00+00:00",
            "2026-03-30T16:00+00:00",
            id="clocks go forward over the weekend: still nine to five on the wall",
        ),
    ],
)
def test_windows_by_example(now: str, zone: str, first: int, last: int, due_from: str, due_by: str) -> None:
    found = due_window(datetime.fromisoformat(now), zone, DaysWindow(first=first, last=last))

    assert found == (datetime.fromisoformat(due_from), datetime.fromisoformat(due_by))
