"""A change of mind is obeyed at once, whatever was under way; a ruler that rises is no wish."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.barriers import (
    BarrierAnswered,
    BarrierMoved,
    HelpNeeded,
    HelpWithdrawn,
    PlanDrafted,
    TaskMoved,
    TaskOpened,
)
from contracts.events.intake import BarrierStated
from contracts.events.navigation import ReferralRequested
from contracts.terms import BarrierCategory, ChangedBy, TaskKind, TaskStatus, Wish
from services.barriers.model import Caseload, Decision, Rulers
from services.barriers.policy import answering, referrals, wishes
from services.barriers.policy.barriers import BarrierMove, ease
from services.barriers.store.clients import EarlyWish
from tests.support.builders import MONDAY_MORNING, barrier_stated, readiness, wish_changed
from tests.support.builders_barriers import (
    answered,
    case_of,
    cause,
    only,
    opened_kinds,
    playbook,
    referral,
    told,
)

PEOPLE_FIRST = [category for category, rules in playbook().categories.items() if rules.never_auto_refer]


def changed(case: Caseload, stated: BarrierStated, wish: Wish, version: int = 2) -> Decision:
    change = wish_changed(
        client_id=stated.client_id, barrier_id=stated.barrier_id, wish=wish, version=version
    )
    return wishes.change_wish(playbook(), case, change, now=MONDAY_MORNING, cause=cause())


def test_just_listen_stops_everything_at_once() -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    case = answered(stated).caseload

    decision = changed(case, stated, Wish.JUST_LISTEN)

    assert only(decision.events, HelpWithdrawn).by is ChangedBy.CLIENT
    assert [event.status for event in told(decision.events, TaskMoved)] == [TaskStatus.SUPERSEDED]
    assert opened_kinds(decision) == [TaskKind.HAVE_CONVERSATION]


def test_go_ahead_after_asking_looks_for_help() -> None:
    stated = barrier_stated(wish=Wish.ASK_ME_FIRST)
    case = answered(stated).caseload

    decision = changed(case, stated, Wish.GO_AHEAD)

    assert only(decision.events, HelpNeeded).send_allowed
    moved = only(decision.events, TaskMoved)
    assert decision.caseload.tasks[moved.task_id].kind is TaskKind.ASK_PERMISSION
    assert moved.status is TaskStatus.SUPERSEDED


def test_go_ahead_counts_for_more_than_an_earlier_ruler() -> None:
    stated = barrier_stated(wish=Wish.JUST_LISTEN, readiness=readiness(importance=2))
    case = answered(stated).caseload

    decision = changed(case, stated, Wish.GO_AHEAD)

    assert len(told(decision.events, HelpNeeded)) == 1
    assert TaskKind.AGREE_PLAN in opened_kinds(decision)


@pytest.mark.parametrize("category", PEOPLE_FIRST)
def test_go_ahead_still_means_a_person_first_where_the_playbook_says_so(category: BarrierCategory) -> None:
    stated = barrier_stated(category=category, wish=Wish.JUST_LISTEN)
    case = answered(stated).caseload

    decision = changed(case, stated, Wish.GO_AHEAD)

    assert told(decision.events, HelpNeeded) == []
    assert TaskKind.ASK_PERMISSION in opened_kinds(decision)


def test_ask_me_first_takes_back_what_was_not_sent_yet() -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    case = answered(stated).caseload

    decision = changed(case, stated, Wish.ASK_ME_FIRST)

    assert len(told(decision.events, HelpWithdrawn)) == 1
    assert opened_kinds(decision) == [TaskKind.ASK_PERMISSION]


def test_ask_me_first_leaves_alone_what_the_client_agreed_to_send() -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    sent = referral(ReferralRequested, stated)
    case = referrals.follow(
        playbook(), answered(stated).caseload, sent, now=MONDAY_MORNING, cause=cause()
    ).caseload

    decision = changed(case, stated, Wish.ASK_ME_FIRST)

    assert told(decision.events, HelpWithdrawn) == []


def test_an_older_change_of_mind_does_not_undo_a_newer_one() -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    case = changed(answered(stated).caseload, stated, Wish.JUST_LISTEN, version=3).caseload

    decision = changed(case, stated, Wish.GO_AHEAD, version=2)

    assert decision.events == ()
    assert decision.caseload == case


def test_a_change_of_mind_that_overtook_the_barrier_is_obeyed_from_the_start() -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    early = EarlyWish(
        barrier_id=stated.barrier_id,
        client_id=stated.client_id,
        wish=Wish.JUST_LISTEN,
        version=2,
        changed_at=MONDAY_MORNING,
    )

    decision = answering.answer(
        playbook(), case_of(stated), stated, now=MONDAY_MORNING, cause=cause(), overtaken_by=early
    )

    assert only(decision.events, BarrierAnswered).rule == "transport/listen-as-wished"
    assert told(decision.events, HelpNeeded) == []
    assert decision.caseload.barriers[stated.barrier_id].wish_version == 2


@pytest.mark.parametrize("wish, back", [(Wish.GO_AHEAD, True), (Wish.JUST_LISTEN, False)])
def test_a_barrier_that_eased_comes_back_when_help_is_wanted_again(wish: Wish, *, back: bool) -> None:
    stated = barrier_stated()
    case = answered(stated).caseload
    move = BarrierMove(
        barrier_id=stated.barrier_id, version=1, by=ChangedBy.CLIENT, reason="it works", now=MONDAY_MORNING
    )
    eased = ease(playbook(), case, move)
    assert isinstance(eased, Decision)

    decision = changed(eased.caseload, stated, wish)

    assert bool(told(decision.events, BarrierMoved)) is back
    assert decision.caseload.barriers[stated.barrier_id].is_open is back


@given(st.lists(st.sampled_from(list(Wish)), max_size=8), st.sampled_from(list(BarrierCategory)))
def test_however_often_a_mind_is_changed_the_last_wish_holds(
    changes: list[Wish], category: BarrierCategory
) -> None:
    stated = barrier_stated(category=category, wish=Wish.ASK_ME_FIRST)
    case = answered(stated).caseload
    opened: set[object] = set(case.tasks)
    for number, wish in enumerate(changes, start=2):
        decision = changed(case, stated, wish, version=number)
        case = decision.caseload
        ids = [event.task_id for event in told(decision.events, TaskOpened)]
        assert opened.isdisjoint(ids), "a task's id is never used twice"
        opened.update(ids)
        barrier = case.barriers[stated.barrier_id]
        rules = playbook().categories[category]
        may_look = wish is Wish.GO_AHEAD and rules.help is not None and not rules.never_auto_refer
        assert barrier.help_asked is may_look
        live = [task for task in case.tasks.values() if task.is_live]
        assert live or wish is Wish.GO_AHEAD
        if wish is Wish.JUST_LISTEN:
            assert [task.kind for task in live] == [TaskKind.HAVE_CONVERSATION]


def reconsidered(case: Caseload, importance: int | None) -> Decision:
    client = replace(case.client, rulers=Rulers(importance=importance, confidence=5))
    return wishes.reconsider(
        playbook(),
        replace(case, client=client),
        now=MONDAY_MORNING,
        cause=cause(),
        occasion="readiness-1",
    )


def test_when_it_comes_to_matter_a_plan_is_offered_and_help_is_asked_about_again() -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD, readiness=readiness(importance=2))

    decision = reconsidered(answered(stated).caseload, 6)

    assert len(told(decision.events, PlanDrafted)) == 1
    assert opened_kinds(decision) == [TaskKind.ASK_PERMISSION, TaskKind.AGREE_PLAN]
    assert told(decision.events, HelpNeeded) == []
    assert "ask whether that still stands" in told(decision.events, TaskOpened)[0].why
    assert decision.caseload.barriers[stated.barrier_id].importance == 6


@pytest.mark.parametrize("importance", [None, 0, 3])
def test_as_long_as_it_does_not_matter_nothing_is_planned(importance: int | None) -> None:
    case = answered(barrier_stated(readiness=readiness(importance=2))).caseload

    assert reconsidered(case, importance).events == ()


def test_who_wanted_to_be_heard_is_not_offered_a_plan_for_a_higher_ruler() -> None:
    case = answered(barrier_stated(wish=Wish.JUST_LISTEN, readiness=readiness(importance=2))).caseload

    assert reconsidered(case, 9).events == ()


def test_a_plan_is_offered_once() -> None:
    case = answered(barrier_stated(readiness=readiness(importance=2))).caseload
    once = reconsidered(case, 6).caseload

    assert reconsidered(once, 8).events == ()


def test_a_plan_that_was_laid_aside_is_taken_up_again() -> None:
    stated = barrier_stated(wish=Wish.ASK_ME_FIRST)
    listening = changed(answered(stated).caseload, stated, Wish.JUST_LISTEN).caseload

    decision = changed(listening, stated, Wish.GO_AHEAD, version=3)

    assert told(decision.events, PlanDrafted) == []
    assert opened_kinds(decision) == [TaskKind.AGREE_PLAN]
