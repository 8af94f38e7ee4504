"""What the way of a referral leads to, whatever order its events arrive in."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.barriers import BarrierMoved, SetbackRecorded, TaskMoved, TaskOpened
from contracts.events.intake import BarrierStated
from contracts.events.navigation import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralEvent,
    ReferralMissed,
    ReferralProgressed,
    ReferralRejected,
    ReferralRequested,
    ReferralScheduled,
    ReferralStalled,
    ReferralUnanswered,
)
from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    MessageKind,
    ReasonCode,
    ReplyKind,
    Strength,
    TaskKind,
    TaskStatus,
    Wish,
)
from services.barriers.model import Caseload, Decision
from services.barriers.policy import referrals, replies
from tests.support.builders import MONDAY_MORNING, barrier_stated, wish_changed
from tests.support.builders_barriers import (
    answered,
    answering_again,
    cause,
    help_unmatched,
    only,
    playbook,
    referral,
    reply_received,
    told,
)

RUNNER_UP = "01960000-0000-7000-8000-00000000beef"


def follow(case: Caseload, *events: ReferralEvent) -> Decision:
    """The case after several events, and what all of them together led to."""
    decision = Decision(caseload=case)
    for event in events:
        after = referrals.follow(playbook(), decision.caseload, event, now=MONDAY_MORNING, cause=cause())
        decision = Decision(caseload=after.caseload, events=(*decision.events, *after.events))
    return decision


def kinds(decision: Decision) -> list[TaskKind]:
    return [event.kind for event in told(decision.events, TaskOpened)]


def live(case: Caseload) -> list[TaskKind]:
    return sorted((task.kind for task in case.tasks.values() if task.is_live), key=str)


def asked(**fields: object) -> tuple[BarrierStated, Caseload]:
    """A barrier for which help is being looked for."""
    stated = barrier_stated(**fields)
    return stated, answered(stated).caseload


def test_a_draft_that_lacks_only_consent_has_somebody_ask() -> None:
    stated, case = asked()
    reason = "no consent covers Northgate Neighbours"

    decision = follow(case, referral(ReferralDrafted, stated, why_not_sent=reason))

    task = only(decision.events, TaskOpened)
    assert task.kind is TaskKind.ASK_PERMISSION
    assert task.referral_id is not None
    assert reason in task.why
    assert "Northgate Rides" in task.why


def test_a_draft_that_follows_another_needs_no_task_of_its_own() -> None:
    stated, case = asked()

    draft = referral(ReferralDrafted, stated, replaces="01960000-0000-7000-8000-00000000feed")

    assert follow(case, draft).events == ()


def test_a_draft_for_help_that_is_no_longer_wanted_is_left_alone() -> None:
    stated, case = asked()
    change = wish_changed(client_id=stated.client_id, barrier_id=stated.barrier_id, wish=Wish.JUST_LISTEN)
    case = answering_again(case, change).caseload

    assert follow(case, referral(ReferralDrafted, stated)).events == ()
    unmatched = help_unmatched(stated)
    assert referrals.unmatched(playbook(), case, unmatched, now=MONDAY_MORNING, cause=cause()).events == ()


@pytest.mark.parametrize(
    "event, said",
    [
        (ReferralRejected, "There is no place free."),
        (ReferralUnanswered, "No answer has come yet."),
        (ReferralEnded, "The van broke down."),
    ],
)
@pytest.mark.parametrize(
    "runner_up, next_step",
    [(RUNNER_UP, "Another place has been prepared"), (None, "No other place has been prepared yet")],
    ids=["with a runner-up", "with none"],
)
def test_help_that_does_not_come_is_followed_up(
    event: type[ReferralEvent], said: str, runner_up: str | None, next_step: str
) -> None:
    stated, case = asked()
    first = referral(ReferralRequested, stated)
    last = referral(event, stated, version=2, runner_up_id=runner_up)

    decision = follow(case, first, last)

    task = only(decision.events, TaskOpened)
    assert task.kind is TaskKind.FOLLOW_UP_REFERRAL
    assert said in task.why
    assert next_step in task.why


@pytest.mark.parametrize(
    "reason, opened",
    [
        (ReasonCode.CLIENT_DECLINED, [TaskKind.HAVE_CONVERSATION]),
        (ReasonCode.CONSENT_REVOKED, []),
        (ReasonCode.BARRIER_WITHDRAWN, []),
        (ReasonCode.SUPERSEDED, []),
        (ReasonCode.CANNOT_REACH, [TaskKind.FOLLOW_UP_REFERRAL]),
        (ReasonCode.REFERRED_ELSEWHERE, [TaskKind.FOLLOW_UP_REFERRAL]),
    ],
)
def test_an_ending_leads_to(reason: ReasonCode, opened: list[TaskKind]) -> None:
    stated, case = asked()

    ended = referral(ReferralEnded, stated, version=3, reason=reason)
    decision = follow(case, referral(ReferralRequested, stated), ended)

    assert kinds(decision) == opened


def test_a_clients_no_is_met_without_pressure() -> None:
    stated, case = asked(strength=Strength.A_LITTLE)

    ended = referral(ReferralEnded, stated, reason=ReasonCode.CLIENT_DECLINED, runner_up_id=RUNNER_UP)
    decision = follow(case, ended)

    task = only(decision.events, TaskOpened)
    assert task.priority.value == "routine"
    assert "Another place" not in task.why
    assert not decision.caseload.barriers[stated.barrier_id].help_asked


@pytest.mark.parametrize(
    "event", [ReferralAccepted, ReferralProgressed, ReferralScheduled, ReferralCompleted]
)
def test_a_sign_of_life_takes_the_follow_up_off_the_list(event: type[ReferralEvent]) -> None:
    stated, case = asked()
    silent = follow(
        case, referral(ReferralRequested, stated), referral(ReferralUnanswered, stated, version=2)
    ).caseload
    assert TaskKind.FOLLOW_UP_REFERRAL in live(silent)

    heard = follow(silent, referral(event, stated, version=3))

    assert TaskKind.FOLLOW_UP_REFERRAL not in live(heard.caseload)
    assert only(heard.events, TaskMoved).status is TaskStatus.SUPERSEDED


def test_a_referral_that_stands_still_is_asked_about_once_until_it_moves() -> None:
    stated, case = asked()
    stalled = referral(ReferralStalled, stated, version=3)

    still = follow(case, referral(ReferralAccepted, stated, version=2), stalled, stalled)
    task = only(still.events, TaskOpened)
    moving = follow(still.caseload, referral(ReferralProgressed, stated, version=4))
    again = follow(moving.caseload, referral(ReferralStalled, stated, version=5))

    assert task.kind is TaskKind.FOLLOW_UP_REFERRAL
    assert "Nothing has moved there for a while" in task.why
    assert TaskKind.FOLLOW_UP_REFERRAL not in live(moving.caseload)
    assert TaskKind.FOLLOW_UP_REFERRAL in live(again.caseload)


def test_a_second_one_for_a_need_that_is_being_met_is_a_choice_and_not_a_question_of_consent() -> None:
    stated, case = asked()

    waiting = follow(case, referral(ReferralDrafted, stated, live_id=RUNNER_UP))

    assert only(waiting.events, TaskOpened).kind is TaskKind.OFFER_OPTIONS


def test_sending_the_next_one_answers_the_follow_up_of_the_one_before() -> None:
    stated, case = asked()
    first = referral(ReferralRequested, stated)
    silent = follow(case, first, referral(ReferralUnanswered, stated, version=2)).caseload

    following = referral(ReferralRequested, stated, referral_id=RUNNER_UP, replaces=first.referral_id)

    assert TaskKind.FOLLOW_UP_REFERRAL not in live(follow(silent, following).caseload)


def test_a_missed_appointment_reopens_the_barrier_and_asks_one_kind_question() -> None:
    stated, case = asked()

    decision = follow(case, referral(ReferralRequested, stated), referral(ReferralMissed, stated, version=4))

    setback = only(decision.events, SetbackRecorded)
    assert setback.question == playbook().categories[BarrierCategory.TRANSPORT].setback.question
    assert [event.status for event in told(decision.events, BarrierMoved)] == [
        BarrierStatus.PLANNED,
        BarrierStatus.ACKNOWLEDGED,
    ]
    review = only(decision.events, TaskOpened)
    assert review.kind is TaskKind.REVIEW_SETBACK
    assert setback.question in review.why
    assert setback.smaller_step in review.why


def test_the_same_missed_appointment_is_one_setback() -> None:
    stated, case = asked()
    missed = referral(ReferralMissed, stated, version=4)

    decision = follow(case, missed, missed)

    assert len(told(decision.events, SetbackRecorded)) == 1
    assert len(told(decision.events, TaskOpened)) == 1


def test_yes_i_got_what_i_needed_eases_the_barrier_and_clears_its_tasks() -> None:
    stated, case = asked()

    decision = follow(case, referral(ReferralConfirmed, stated, version=6, client_confirmed="yes"))

    assert only(decision.events, BarrierMoved).status is BarrierStatus.EASED
    assert live(decision.caseload) == []


def test_no_i_have_not_reopens_it_and_is_followed_up() -> None:
    stated, case = asked()
    planned = follow(case, referral(ReferralRequested, stated)).caseload

    decision = follow(planned, referral(ReferralConfirmed, stated, version=6, client_confirmed="no"))

    assert only(decision.events, BarrierMoved).status is BarrierStatus.ACKNOWLEDGED
    assert kinds(decision) == [TaskKind.FOLLOW_UP_REFERRAL]


def test_no_answer_to_the_question_is_no_answer() -> None:
    stated, case = asked()

    confirmed = referral(ReferralConfirmed, stated, version=6, client_confirmed="unknown")

    assert follow(case, confirmed).events == ()


WAYS = [
    [ReferralDrafted, ReferralRequested, ReferralAccepted, ReferralScheduled],
    [ReferralRequested, ReferralUnanswered, ReferralAccepted, ReferralCompleted],
    [ReferralRequested, ReferralAccepted, ReferralCompleted, ReferralConfirmed],
    [ReferralDrafted, ReferralEnded],
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(kind.__name__[8:] for kind in way))
def test_whatever_the_order_of_arrival_the_same_is_left_to_do(way: list[type[ReferralEvent]]) -> None:
    stated, case = asked()
    events = [referral(kind, stated, version=number) for number, kind in enumerate(way, start=1)]
    in_order = follow(case, *events).caseload

    for order in permutations(events):
        after = follow(case, *order).caseload

        assert live(after) == live(in_order)
        assert after.referrals == in_order.referrals
        if ReferralConfirmed in way:
            assert after.barriers[stated.barrier_id].status is BarrierStatus.EASED


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_the_highest_version_of_a_referral_counts(versions: list[int]) -> None:
    stated, case = asked()

    after = follow(case, *[referral(ReferralProgressed, stated, version=n) for n in versions]).caseload

    [known] = after.referrals.values()
    assert known.version == max(versions)


def test_where_the_directory_has_nothing_a_person_looks() -> None:
    stated, case = asked(strength=Strength.A_LOT)

    unmatched = help_unmatched(stated)
    decision = referrals.unmatched(playbook(), case, unmatched, now=MONDAY_MORNING, cause=cause())

    assert kinds(decision) == [TaskKind.FIND_HELP]


@pytest.mark.parametrize(
    "kind, to, heard",
    [
        (ReplyKind.FREE_TEXT, None, True),
        (ReplyKind.FREE_TEXT, MessageKind.GOT_WHAT_YOU_NEEDED, True),
        (ReplyKind.NO, MessageKind.APPOINTMENT_REMINDER, True),
        (ReplyKind.NO, MessageKind.CHECK_IN, True),
        (ReplyKind.NO, MessageKind.GOT_WHAT_YOU_NEEDED, False),
        (ReplyKind.YES, MessageKind.CHECK_IN, False),
        (ReplyKind.STOP, None, False),
        (ReplyKind.START, None, False),
    ],
)
def test_replies_that_a_person_should_hear(kind: ReplyKind, to: MessageKind | None, *, heard: bool) -> None:
    stated, case = asked()
    reply = reply_received(client_id=stated.client_id, kind=kind, message_kind=to)

    decision = replies.hear(playbook(), case, reply, now=MONDAY_MORNING, cause=cause())

    assert (kinds(decision) == [TaskKind.HEAR_REPLY]) is heard


def test_replies_are_heard_in_one_conversation_each_with_its_words() -> None:
    stated, case = asked()
    first = reply_received(client_id=stated.client_id, words="Running late")
    second = reply_received(client_id=stated.client_id, words="Can we move it?")
    once = replies.hear(playbook(), case, first, now=MONDAY_MORNING, cause=cause()).caseload

    twice = replies.hear(playbook(), once, second, now=MONDAY_MORNING, cause=cause())

    moved = only(twice.events, TaskMoved)
    assert "Running late" in twice.caseload.tasks[moved.task_id].why
    assert "Can we move it?" in twice.caseload.tasks[moved.task_id].why
