"""How long a service has to answer: its working days, by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import ReferralStatus
from services.navigation.policy.clock import (
    WORKING_DAYS,
    after_working_days,
    has_stalled,
    is_unacknowledged,
    progress_by,
)
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_navigation import referral

LONDON, NEW_YORK = "Europe/London", "America/New_York"


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


CASES = [
    ("Monday to Wednesday", LONDON, "2026-11-23T10:30", 2, "2026-11-25T10:30"),
    ("over a weekend", LONDON, "2026-11-26T16:00", 2, "2026-11-30T16:00"),
    ("from a Saturday it counts from Monday morning", LONDON, "2026-11-21T22:00", 2, "2026-11-25T09:00"),
    ("spring forward keeps the hour", LONDON, "2026-03-27T10:00", 1, "2026-03-30T10:00"),
    ("fall back keeps the hour", NEW_YORK, "2026-10-30T10:00", 1, "2026-11-02T10:00"),
    ("the day is the zone's, not UTC's", NEW_YORK, "2026-11-20T21:00", 1, "2026-11-23T21:00"),
]


@pytest.mark.parametrize(
    ("zone", "start", "days", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_working_days_are_counted_in_the_zone(zone: str, start: str, days: int, expected: str) -> None:
    assert after_working_days(at(zone, start), days, zone=zone) == at(zone, expected)


def test_a_service_may_work_on_other_days() -> None:
    weekend = frozenset({6, 7})

    until = after_working_days(at(LONDON, "2026-11-23T10:00"), 1, zone=LONDON, working=weekend)

    assert until == at(LONDON, "2026-11-29T09:00")
    with pytest.raises(ValueError, match="no day"):
        after_working_days(at(LONDON, "2026-11-23T10:00"), 1, zone=LONDON, working=frozenset())


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis wants naive bounds
    days=st.integers(1, 20),
    zone=st.sampled_from([LONDON, NEW_YORK, "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"]),
)
def test_the_end_is_always_a_working_day_after_the_start(start: datetime, days: int, zone: str) -> None:
    until = after_working_days(start, days, zone=zone)

    assert until.astimezone(ZoneInfo(zone)).isoweekday() in WORKING_DAYS
    assert until > start
    assert until - start <= timedelta(days=days + 2 * (days // 5 + 1) + 3)
    assert after_working_days(start, days + 1, zone=zone) > until


def test_a_referral_stalls_when_its_partners_next_word_is_overdue() -> None:
    moved = at(LONDON, "2026-11-02T10:00")
    due = progress_by(moved, None, zone=LONDON)
    before, after = at(LONDON, "2026-11-16T09:59"), at(LONDON, "2026-11-16T10:00")

    for status in (ReferralStatus.ACCEPTED, ReferralStatus.IN_PROGRESS, ReferralStatus.ON_HOLD):
        assert not has_stalled(referral(status, progress_by=due), now=before)
        assert has_stalled(referral(status, progress_by=due), now=after)
    assert not has_stalled(referral(ReferralStatus.COMPLETED, progress_by=due), now=after)


def test_while_a_meeting_is_still_to_come_nothing_stalls() -> None:
    moved, meets = at(LONDON, "2026-11-02T10:00"), at(LONDON, "2026-12-07T15:00")

    assert progress_by(moved, 3, zone=LONDON, meets_at=meets) == at(LONDON, "2026-12-10T15:00")
    assert progress_by(meets, 3, zone=LONDON, meets_at=moved) == at(LONDON, "2026-12-10T15:00")


def test_only_what_waits_for_its_first_answer_is_unacknowledged() -> None:
    due = MONDAY_MORNING + timedelta(days=2)

    assert not is_unacknowledged(referral(ReferralStatus.REQUESTED), now=due - timedelta(seconds=1))
    assert is_unacknowledged(referral(ReferralStatus.REQUESTED), now=due)
    assert not is_unacknowledged(referral(ReferralStatus.ACCEPTED), now=due)
    assert not is_unacknowledged(referral(ReferralStatus.DRAFT), now=due)
