"""The domain's clock: aware, at a rate, from an origin, and the same in every process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.clock import RatedClock, real_now

ORIGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many real seconds have passed since the epoch of these tests; change the one element."""
    seconds = [0.0]
    start = real_now().timestamp()
    monkeypatch.setattr("shared.clock.time.time", lambda: start + seconds[0])
    return seconds


@pytest.mark.parametrize("rate, real, expected", [(1, 10, 10), (60, 10, 600), (3600, 5, 18000), (1, 0, 0)])
def test_it_runs_at_its_rate_from_its_origin(
    passed: list[float], rate: float, real: float, expected: float
) -> None:
    clock = RatedClock(rate, origin=ORIGIN, started_at=real_now())

    passed[0] = real

    assert abs(clock.now() - ORIGIN - timedelta(seconds=expected)) < timedelta(seconds=rate)
    assert clock.rate == rate


def test_without_an_origin_it_shows_real_time() -> None:
    before = real_now()
    shown = RatedClock().now()

    assert before - timedelta(milliseconds=1) <= shown <= real_now() + timedelta(milliseconds=1)


def test_processes_with_the_same_settings_agree(passed: list[float]) -> None:
    started_at = real_now()
    one = RatedClock(1000, origin=ORIGIN, started_at=started_at)
    passed[0] = 30
    other = RatedClock(1000, origin=ORIGIN, started_at=started_at)

    assert one.now() == other.now()


def test_what_it_shows_is_utc_whatever_the_origins_zone() -> None:
    clock = RatedClock(origin=ORIGIN.astimezone(timezone(timedelta(hours=5))))

    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - ORIGIN) < timedelta(minutes=1)
