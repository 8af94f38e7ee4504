"""What a search asks for: times as exact as one likes, in any zone; nothing unknown is passed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import ReferralStatus
from services.navigation.policy.fhir.searching import (
    MOST,
    SERVICE_REQUEST,
    TASK,
    UNHEARD,
    NotSearchable,
    Wanted,
    wanted,
)
from shared.ids import new_id
from tests.support.fhir_referrals import MOMENTS

ZONES = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


def found(asked: Wanted, moment: datetime) -> bool:
    late_enough = asked.since is None or asked.since <= moment
    return late_enough and (asked.until is None or moment < asked.until)


def dated(value: str) -> Wanted:
    return wanted(TASK, [("_lastUpdated", value)])


@given(MOMENTS, MOMENTS, ZONES)
def test_a_moment_in_any_zone_is_compared_as_the_moment_it_is(
    asked: datetime, moved: datetime, zone: timezone
) -> None:
    text = asked.astimezone(zone).isoformat(timespec="microseconds")

    assert found(dated(f"ge{text}"), moved) == (moved >= asked)
    assert found(dated(f"gt{text}"), moved) == (moved > asked)
    assert found(dated(f"le{text}"), moved) == (moved <= asked)
    assert found(dated(f"lt{text}"), moved) == (moved < asked)
    assert found(dated(text), moved) == found(dated(f"eq{text}"), moved) == (moved == asked)


@given(MOMENTS)
def test_a_page_that_was_read_up_to_a_moment_is_continued_without_a_gap(moved: datetime) -> None:
    assert found(dated(f"ge{moved.isoformat()}"), moved)
    assert not found(dated(f"gt{moved.isoformat(timespec='microseconds')}"), moved)


@pytest.mark.parametrize(
    ("value", "since", "until"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-12", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-02", datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)),
        (
            "2026-11-23T09:00",
            datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
            datetime(2026, 11, 23, 9, 1, tzinfo=UTC),
        ),
        (
            "2026-11-23T09:00:05+01:00",
            datetime(2026, 11, 23, 8, 0, 5, tzinfo=UTC),
            datetime(2026, 11, 23, 8, 0, 6, tzinfo=UTC),
        ),
        # A plus that was not percent-encoded arrives as a space.
        (
            "2026-11-23T09:00:05 01:00",
            datetime(2026, 11, 23, 8, 0, 5, tzinfo=UTC),
            datetime(2026, 11, 23, 8, 0, 6, tzinfo=UTC),
        ),
        (
            "2026-11-23T09:00:05.5Z",
            datetime(2026, 11, 23, 9, 0, 5, 500_000, tzinfo=UTC),
            datetime(2026, 11, 23, 9, 0, 5, 600_000, tzinfo=UTC),
        ),
    ],
)
def test_a_time_is_as_long_as_it_is_exact(value: str, since: datetime, until: datetime) -> None:
    assert (dated(value).since, dated(value).until) == (since, until)
    assert dated(f"gt{value}").since == until
    assert dated(f"lt{value}").until == since


def test_a_repeated_time_narrows_the_search() -> None:
    asked = wanted(TASK, [("_lastUpdated", "ge2026-11-23"), ("modified", "lt2026-11-25")])

    assert asked.since == datetime(2026, 11, 23, tzinfo=UTC)
    assert asked.until == datetime(2026, 11, 25, tzinfo=UTC)


def test_several_statuses_are_asked_for_with_commas() -> None:
    asked = wanted(TASK, [("status", "requested,http://hl7.org/fhir/task-status|completed,received")])

    assert asked.standings == ("requested", "completed", UNHEARD)


def test_a_task_is_completed_before_its_request_is() -> None:
    assert UNHEARD in (wanted(TASK, [("status", "completed")]).standings or ())
    assert UNHEARD in (wanted(SERVICE_REQUEST, [("status", "active")]).standings or ())
    assert UNHEARD not in (wanted(SERVICE_REQUEST, [("status", "completed")]).standings or ())


def test_every_status_but_a_draft_can_be_searched_for() -> None:
    for status in ReferralStatus:
        assert bool(wanted(TASK, [("status", status.value)]).standings) == (status != "draft")


def test_ids_that_are_none_of_ours_match_nothing() -> None:
    known = new_id()

    assert wanted(TASK, [("_id", f"{known},pat-1")]).ids == (known,)
    assert wanted(TASK, [("_id", "pat-1")]).ids == ()


def test_no_page_is_longer_than_the_longest() -> None:
    assert wanted(TASK, [("_count", "100000")]).count == MOST


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (TASK, "patient", "Patient/1"),
        (TASK, "status:not", "completed"),
        (TASK, "_include", "Task:owner"),
        (TASK, "_revinclude", "Task:focus"),
        (SERVICE_REQUEST, "_include", "Task:focus"),
        (SERVICE_REQUEST, "modified", "ge2026"),
        (TASK, "_sort", "-_lastUpdated"),
        (TASK, "_format", "xml"),
        (TASK, "_count", "0"),
        (TASK, "_count", "many"),
        (TASK, "_lastUpdated", "yesterday"),
        (TASK, "_lastUpdated", "ap2026-11-23"),
        (TASK, "_lastUpdated", "2026-13-01"),
        (TASK, "_lastUpdated", "9999"),
        (TASK, "_lastUpdated", "0001-01-01T00:00:00+10:00"),
    ],
)
def test_what_cannot_be_searched_by_is_named(kind: str, name: str, value: str) -> None:
    with pytest.raises(NotSearchable) as refused:
        wanted(kind, [(name, value)])

    assert refused.value.parameter == name


def test_leniency_passes_over_what_is_unknown_and_nothing_else() -> None:
    asked = wanted(TASK, [("patient", "1"), ("_count", "5"), ("_pretty", "true")], lenient=True)

    assert (asked.count, asked.used) == (5, (("_count", "5"),))
    with pytest.raises(NotSearchable):
        wanted(TASK, [("_lastUpdated", "yesterday")], lenient=True)
