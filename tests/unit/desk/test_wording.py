"""Everything that can happen has words: plain, warm, and without a trace of how it is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.event import Event
from contracts.registry import events
from contracts.terms import PlanStatus, ReferralStatus
from services.desk.policy.wording import WORDS, Group, Wall, terms, told, types_of
from tests.support.builders_desk import stated

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WALL = Wall(ZoneInfo("Europe/London"), MONDAY)
BLAME = re.compile(
    "fail|refus|complian|show|resist|reject|declin|invalid|error|unattended|none|_", re.IGNORECASE
)
EVERYTHING = list(events().values())


@pytest.mark.parametrize("kind", EVERYTHING, ids=lambda kind: kind.subject)
def test_everything_that_can_be_stated_has_words_of_its_own(kind: type[Event]) -> None:
    found = told(stated(kind), WALL)

    assert kind in WORDS
    assert found.title[0].isupper()
    assert not found.title.endswith(".")


@pytest.mark.parametrize("kind", EVERYTHING, ids=lambda kind: kind.subject)
def test_no_title_blames_anybody_or_shows_how_it_is_kept(kind: type[Event]) -> None:
    assert not BLAME.search(told(stated(kind), WALL).title)


def test_every_type_belongs_to_one_group() -> None:
    found = [name for group in Group for name in types_of(group)]
    assert len(found) == len(set(found))
    assert set(events()) == set(found)


def test_every_status_that_is_shown_has_words() -> None:
    assert set(terms.PLAN_STANDS) == set(PlanStatus)
    assert set(terms.REFERRAL_STANDS) == set(ReferralStatus)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (MONDAY, MONDAY + timedelta(days=3), "between today and Thursday 26 November"),
        (MONDAY + timedelta(days=1), MONDAY + timedelta(days=3), "between tomorrow and Thursday 26 November"),
        (None, MONDAY + timedelta(hours=2), "today"),
        (None, MONDAY - timedelta(days=1), "was to be done by yesterday"),
    ],
)
def test_a_window_is_said_in_days_and_never_by_the_minute(
    first: datetime | None, last: datetime, words: str
) -> None:
    assert WALL.window(first, last) == words


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_a_moment_is_told_on_the_wall_clock_of_whoever_it_matters_to(at: datetime) -> None:
    wall = Wall(ZoneInfo("America/Chicago"), MONDAY)
    assert wall.moment(at).endswith(f"{at.astimezone(ZoneInfo('America/Chicago')):%H:%M}")
