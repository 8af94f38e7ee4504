"""When a webhook is tried again, when an endpoint is left in peace, and whose turn it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.navigation.model.webhooks import (
    Again,
    Answered,
    Breaker,
    GivenUp,
    Health,
    NoAnswer,
    Outcome,
    Ready,
    Taken,
)
from services.navigation.policy import webhooks as policy

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
REFUSED = NoAnswer("it could not be connected to")
OK = Answered(200)

chances = st.floats(0, 1)
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Answered, st.integers(100, 599), st.none() | st.text(max_size=20)), st.just(REFUSED)
)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_means_that_the_partner_has_it(status: int) -> None:
    assert policy.what_next(Answered(status), attempts=1, now=NOW, chance=0) == Taken()
    assert policy.objection(Answered(status)) is None


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 400, 404, 410, 429, 500, 503])
def test_nothing_else_does(status: int) -> None:
    assert policy.what_next(Answered(status), attempts=1, now=NOW, chance=0) != Taken()
    assert str(status) in (policy.objection(Answered(status)) or "")


def test_a_redirect_is_named_as_what_it_is() -> None:
    assert "redirect" in (policy.objection(Answered(307)) or "")


def test_attempts_follow_the_schedule_of_the_standard() -> None:
    waits = []
    for made in range(1, 10):
        following = policy.what_next(REFUSED, attempts=made, now=NOW, chance=0)
        assert isinstance(following, Again)
        waits.append(following.after)

    assert waits == [
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
    ]
    assert policy.what_next(REFUSED, attempts=10, now=NOW, chance=0) == GivenUp()


def test_the_whole_schedule_takes_75_hours_and_35_minutes() -> None:
    assert sum(policy.SCHEDULE, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)


@given(made=st.integers(1, 9), chance=chances)
def test_jitter_only_ever_makes_a_wait_longer_and_by_a_tenth_at_most(made: int, chance: float) -> None:
    following = policy.what_next(REFUSED, attempts=made, now=NOW, chance=chance)

    assert isinstance(following, Again)
    assert policy.SCHEDULE[made] <= following.after <= policy.SCHEDULE[made] * 1.1


@given(made=st.integers(1, 30), outcome=outcomes, chance=chances)
def test_what_is_not_taken_is_tried_again_or_given_up_never_dropped(
    made: int, outcome: Outcome, chance: float
) -> None:
    following = policy.what_next(outcome, attempts=made, now=NOW, chance=chance)

    assert isinstance(following, Taken) == policy.taken(outcome)
    assert isinstance(following, GivenUp) == (not policy.taken(outcome) and made >= 10)


@pytest.mark.parametrize(
    "said, wait",
    [
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        ("0", timedelta(0)),
        (format_datetime(NOW + timedelta(minutes=10), usegmt=True), timedelta(minutes=10)),
        ("Mon, 23 Nov 2026 09:31:00 -0000", timedelta(minutes=1)),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), timedelta(0)),
        ("9" * 300, timedelta(hours=24)),
        ("90000", timedelta(hours=24)),
        (format_datetime(NOW + timedelta(days=900), usegmt=True), timedelta(hours=24)),
        ("-5", timedelta(0)),
        ("soon", timedelta(0)),
        ("", timedelta(0)),
        ("٣", timedelta(hours=24)),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date_and_bounded(said: str, wait: timedelta) -> None:
    assert policy.asked_to_wait(Answered(503, said), now=NOW) == wait


@given(said=st.text(max_size=60))
def test_whatever_retry_after_says_it_is_between_nothing_and_a_day(said: str) -> None:
    assert timedelta(0) <= policy.asked_to_wait(Answered(503, said), now=NOW) <= timedelta(hours=24)


def test_retry_after_is_honoured_by_the_message_and_by_the_whole_endpoint() -> None:
    asked = Answered(429, "90")

    assert policy.what_next(asked, attempts=1, now=NOW, chance=0) == Again(timedelta(seconds=90))
    after = policy.health_after(Health(), asked, milliseconds=5, at=NOW, chance=0)
    assert policy.breaker(after, now=NOW + timedelta(seconds=89)) is Breaker.OPEN
    assert policy.breaker(after, now=NOW + timedelta(seconds=91)) is Breaker.CLOSED


def test_a_shorter_retry_after_does_not_shorten_the_schedule() -> None:
    assert policy.what_next(Answered(503, "1"), attempts=2, now=NOW, chance=0) == Again(timedelta(minutes=5))


def fared(*outcomes: Outcome, milliseconds: int = 5) -> Health:
    health = Health()
    for outcome in outcomes:
        health = policy.health_after(health, outcome, milliseconds=milliseconds, at=NOW, chance=0)
    return health


def test_five_failures_in_a_row_open_the_breaker_and_four_do_not() -> None:
    assert policy.breaker(fared(*[REFUSED] * 4), now=NOW) is Breaker.CLOSED
    assert policy.breaker(fared(*[REFUSED] * 5), now=NOW) is Breaker.OPEN


def test_a_success_in_between_begins_the_count_anew() -> None:
    assert policy.breaker(fared(*[REFUSED] * 4, OK, *[REFUSED] * 4), now=NOW) is Breaker.CLOSED


def test_after_the_pause_one_request_finds_out_and_a_success_closes_it() -> None:
    opened = fared(*[REFUSED] * 5)
    later = NOW + timedelta(seconds=16)

    assert policy.breaker(opened, now=later) is Breaker.HALF_OPEN
    assert policy.most_in_hand(opened) == 1
    closed = policy.health_after(opened, OK, milliseconds=5, at=later, chance=0)
    assert policy.breaker(closed, now=later) is Breaker.CLOSED
    assert policy.most_in_hand(closed) == policy.MOST_PER_ENDPOINT


@given(failures=st.integers(5, 500), chance=chances)
def test_pauses_grow_and_are_bounded_so_that_recovery_is_noticed(failures: int, chance: float) -> None:
    before = Health(failures=failures - 1)
    after = policy.health_after(before, REFUSED, milliseconds=5, at=NOW, chance=chance)

    assert after.paused_until is not None
    assert timedelta(seconds=15) <= after.paused_until - NOW <= timedelta(minutes=5) * 1.1


def test_410_disables_with_the_reason_and_keeps_the_first() -> None:
    gone = fared(Answered(410))

    assert gone.disabled_at == NOW
    assert "410" in (gone.disabled_why or "")
    again = policy.health_after(gone, Answered(410), milliseconds=5, at=NOW + timedelta(hours=1), chance=0)
    assert again.disabled_at == NOW


@given(outcomes=st.lists(outcomes, max_size=30))
def test_nothing_but_410_disables(outcomes: list[Outcome]) -> None:
    gone = any(isinstance(outcome, Answered) and outcome.status == 410 for outcome in outcomes)
    assert (fared(*outcomes).disabled_at is not None) == gone


def test_an_endpoint_that_answers_slowly_has_one_request_in_hand() -> None:
    assert policy.most_in_hand(fared(OK, milliseconds=4000)) == 1
    assert policy.most_in_hand(fared(OK, milliseconds=40)) == policy.MOST_PER_ENDPOINT


readiness = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8), st.integers(0, 3000)), max_size=30).map(
    lambda rows: [
        Ready(
            organization_id=UUID(int=number),
            health=Health(failures=failures, milliseconds=milliseconds),
            in_hand=in_hand,
        )
        for number, (in_hand, failures, milliseconds) in enumerate(rows)
    ]
)


@given(ready=readiness, room=st.integers(0, 100))
def test_shares_fill_the_room_keep_every_bound_and_are_fair(ready: list[Ready], room: int) -> None:
    given_out = policy.shares(ready, room)
    wants = {each.organization_id: max(0, policy.most_in_hand(each.health) - each.in_hand) for each in ready}

    assert sum(given_out.values()) == min(room, sum(wants.values()))
    for organization_id, many in given_out.items():
        assert 0 < many <= wants[organization_id]
    for organization_id, wanted in wants.items():
        share = given_out.get(organization_id, 0)
        # Who wanted more than it got is behind nobody by more than one.
        assert share == wanted or share >= max(given_out.values(), default=0) - 1
