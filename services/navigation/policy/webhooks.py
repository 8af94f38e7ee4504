"""When a webhook is tried again, when an endpoint is left in peace, and whose turn it is. Pure.

Grounding: Standard Webhooks 1.0, "Deliverability and reliability": its schedule with jitter, Retry-After
honoured, 2xx alone means taken, 410 disables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

from services.navigation.model.webhooks import (
    Again,
    Answered,
    Breaker,
    GivenUp,
    Health,
    Next,
    Outcome,
    Ready,
    Taken,
)

SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after the one before each attempt is made; ten attempts, and then it is given up."""
JITTER = 0.1
"""By how much of itself a wait may be longer, so that what failed together does not return together."""
LONGEST = sum(SCHEDULE, timedelta(0)) * (1 + JITTER)
"""What is not taken by then is given up, whether or not an open breaker let all attempts be made."""

LONGEST_RETRY_AFTER = timedelta(hours=24)
GONE = 410

FAILURES_TO_OPEN = 5
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)

MOST_PER_ENDPOINT = 4
"""Requests that an endpoint which answers promptly has in hand at once; one that does not has one."""
PROMPT_MILLISECONDS = 1000

DISABLED_BY_410 = "Your endpoint answered 410 Gone, which asks us to stop."


def taken(outcome: Outcome) -> bool:
    """Whether this answer means that the partner has it: 2xx, nothing else."""
    return isinstance(outcome, Answered) and 200 <= outcome.status < 300


def objection(outcome: Outcome) -> str | None:
    """Why an outcome does not count as taken, for the endpoint's owner; None when it does."""
    if taken(outcome):
        return None
    if not isinstance(outcome, Answered):
        return outcome.why
    if 300 <= outcome.status < 400:
        return f"it answered {outcome.status}: we follow no redirects; please register the final address"
    return f"it answered {outcome.status}"


def what_next(outcome: Outcome, *, attempts: int, now: datetime, chance: float) -> Next:
    """What an attempt leads to; `attempts` counts it in, `chance` is from 0 to 1."""
    if taken(outcome):
        return Taken()
    if attempts >= len(SCHEDULE):
        return GivenUp()
    wait = SCHEDULE[attempts] * (1 + JITTER * chance)
    return Again(max(wait, asked_to_wait(outcome, now=now)))


def asked_to_wait(outcome: Outcome, *, now: datetime) -> timedelta:
    """How long the endpoint asks us to wait (RFC 9110, 10.2.3): at most a day, and nothing if unclear."""
    said = outcome.retry_after if isinstance(outcome, Answered) else None
    if said is None:
        return timedelta(0)
    wait = _seconds(said.strip()) if said.strip().isdecimal() else _until(said, now)
    return max(timedelta(0), min(wait, LONGEST_RETRY_AFTER))


def _seconds(said: str) -> timedelta:
    # Longer numbers than anybody means need not be read.
    return timedelta(seconds=int(said)) if len(said) < 10 and said.isascii() else LONGEST_RETRY_AFTER


def _until(said: str, now: datetime) -> timedelta:
    try:
        until = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return timedelta(0)
    return until.replace(tzinfo=until.tzinfo or UTC) - now


def health_after(
    health: Health, outcome: Outcome, *, milliseconds: int, at: datetime, chance: float
) -> Health:
    """How an endpoint fares after one more outcome."""
    if taken(outcome):
        return replace(health, failures=0, succeeded_at=at, milliseconds=milliseconds, paused_until=None)
    failures = health.failures + 1
    pauses = [until for until in (health.paused_until, _pause(failures, outcome, at, chance)) if until]
    after = replace(
        health,
        failures=failures,
        failed_at=at,
        milliseconds=milliseconds,
        paused_until=max(pauses, default=None),
    )
    if isinstance(outcome, Answered) and outcome.status == GONE and health.disabled_at is None:
        return replace(after, disabled_at=at, disabled_why=DISABLED_BY_410)
    return after


def _pause(failures: int, outcome: Outcome, at: datetime, chance: float) -> datetime | None:
    wait = asked_to_wait(outcome, now=at)
    if failures >= FAILURES_TO_OPEN:
        doubled = FIRST_PAUSE * 2 ** min(failures - FAILURES_TO_OPEN, 10)
        wait = max(wait, min(doubled, LONGEST_PAUSE) * (1 + JITTER * chance))
    return at + wait if wait else None


def breaker(health: Health, *, now: datetime) -> Breaker:
    """Whether an endpoint is tried at this moment."""
    if health.paused_until is not None and health.paused_until > now:
        return Breaker.OPEN
    return Breaker.HALF_OPEN if health.failures >= FAILURES_TO_OPEN else Breaker.CLOSED


def most_in_hand(health: Health) -> int:
    """How many requests an endpoint may have in hand: one slow or failing holds up only itself."""
    prompt = health.failures == 0 and health.milliseconds <= PROMPT_MILLISECONDS
    return MOST_PER_ENDPOINT if prompt else 1


def shares(ready: Sequence[Ready], room: int) -> dict[UUID, int]:
    """How many deliveries each endpoint may have now: everybody gets one before anybody gets two.

    Those that come first in `ready` have waited longest; endpoints that get none are not in the result.
    """
    wanted = {each.organization_id: most_in_hand(each.health) - each.in_hand for each in ready}
    given: dict[UUID, int] = {}
    for turn in range(1, MOST_PER_ENDPOINT + 1):
        for organization_id, wants in wanted.items():
            if room <= 0:
                return given
            if wants >= turn:
                given[organization_id] = turn
                room -= 1
    return given
