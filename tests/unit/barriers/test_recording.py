"""What staff record: a setback as it was told, and that a barrier is of another kind. All of it undoable."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.barriers import (
    BarrierMoved,
    BarrierRecoded,
    HelpNeeded,
    HelpWithdrawn,
    PlanDrafted,
    PlanMoved,
    SetbackRecorded,
    TaskOpened,
)
from contracts.events.navigation import ReferralRequested
from contracts.terms import BarrierCategory, BarrierStatus, ChangedBy, PlanStatus, Strength, TaskKind, Wish
from services.barriers.model import TASK_LIVE, Barrier, Caseload, Decision, Refusal
from services.barriers.policy import barriers, plans, recording, referrals
from services.barriers.policy.barriers import BarrierMove
from services.barriers.policy.plans import PlanMove
from services.barriers.policy.recording import Recoding, Told
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, barrier_stated, client_context
from tests.support.builders_barriers import answered, cause, only, opened_kinds, playbook, referral, told

LATER = MONDAY_MORNING + timedelta(hours=3)


def only_barrier(case: Caseload) -> Barrier:
    [barrier] = case.barriers.values()
    return barrier


def moved(case: Caseload, status: BarrierStatus) -> Caseload:
    barrier = only_barrier(case)
    move = BarrierMove(
        barrier_id=barrier.id, version=barrier.version, by=ChangedBy.CLIENT, reason="As they say", now=LATER
    )
    deed = {BarrierStatus.EASED: barriers.ease, BarrierStatus.WITHDRAWN: barriers.withdraw}[status]
    return made(deed(playbook(), case, move)).caseload


def made(decided: Decision | Refusal) -> Decision:
    assert isinstance(decided, Decision), decided
    return decided


def tell(case: Caseload, what: str = "The sitter fell ill") -> Decision | Refusal:
    barrier = only_barrier(case)
    return recording.record_setback(
        playbook(),
        case,
        Told(setback_id=new_id(), barrier_id=barrier.id, what_happened=what, now=LATER),
    )


def recode(
    case: Caseload, category: BarrierCategory, barrier: Barrier | None = None, *, stop_help: bool = False
) -> Decision | Refusal:
    barrier = barrier or only_barrier(case)
    move = Recoding(
        barrier_id=barrier.id,
        version=barrier.version,
        category=category,
        why="We talked again",
        now=LATER,
        stop_help=stop_help,
    )
    return recording.recode(playbook(), case, move)


def live_kinds(case: Caseload) -> list[str]:
    return sorted(
        task.kind.value
        for task in case.tasks.values()
        if task.status in TASK_LIVE and any(not need.answered for need in task.needs)
    )


def test_a_setback_that_was_told_gets_a_question_a_smaller_step_and_a_task() -> None:
    case = answered(barrier_stated(category=BarrierCategory.CHILDCARE)).caseload

    decided = made(tell(case))

    recorded = only(decided.events, SetbackRecorded)
    text = playbook().categories[BarrierCategory.CHILDCARE].setback
    assert (recorded.what_happened, recorded.question) == ("The sitter fell ill", text.question)
    opened = only(decided.events, TaskOpened)
    assert opened.kind is TaskKind.REVIEW_SETBACK
    assert text.smaller_step in opened.why


def test_a_barrier_that_had_eased_stands_in_the_way_again() -> None:
    case = moved(answered(barrier_stated()).caseload, BarrierStatus.EASED)

    decided = made(tell(case))

    assert only(decided.events, BarrierMoved).status is BarrierStatus.ACKNOWLEDGED
    assert only_barrier(decided.caseload).is_open


def test_what_the_client_took_back_is_theirs_to_take_up() -> None:
    case = moved(answered(barrier_stated()).caseload, BarrierStatus.WITHDRAWN)

    refused = tell(case)

    assert isinstance(refused, Refusal)
    assert refused.possible == ("reopen",)


def test_the_same_setback_is_recorded_once() -> None:
    case = answered(barrier_stated()).caseload
    told_once = Told(setback_id=new_id(), barrier_id=only_barrier(case).id, what_happened="Rain", now=LATER)

    first = made(recording.record_setback(playbook(), case, told_once))
    second = made(recording.record_setback(playbook(), first.caseload, told_once))

    assert second.events == ()


def test_what_was_coded_other_is_answered_as_what_it_is() -> None:
    stated = barrier_stated(category=BarrierCategory.OTHER, wish=Wish.GO_AHEAD, words="Two buses, each way")
    case = answered(stated).caseload
    assert live_kinds(case) == ["have_conversation"]

    decided = made(recode(case, BarrierCategory.TRANSPORT))

    recoded = only(decided.events, BarrierRecoded)
    assert (recoded.was, recoded.category) == (BarrierCategory.OTHER, BarrierCategory.TRANSPORT)
    assert (recoded.rule, recoded.why, recoded.help_asked) == (
        "transport/go-ahead",
        "We talked again",
        True,
    )
    assert decided.events.index(recoded) < decided.events.index(only(decided.events, HelpNeeded))
    assert only(decided.events, HelpNeeded).category is BarrierCategory.TRANSPORT
    assert only(decided.events, PlanDrafted).plan_id == only_barrier(decided.caseload).plan_id
    assert live_kinds(decided.caseload) == ["agree_plan"]
    assert only_barrier(decided.caseload).words == "Two buses, each way"


def test_help_of_the_old_kind_is_withdrawn_before_help_of_the_new_kind_is_asked_for() -> None:
    case = answered(barrier_stated(category=BarrierCategory.TRANSPORT, wish=Wish.GO_AHEAD)).caseload

    decided = made(recode(case, BarrierCategory.CHILDCARE))

    withdrawn, needed = only(decided.events, HelpWithdrawn), only(decided.events, HelpNeeded)
    assert decided.events.index(withdrawn) < decided.events.index(needed)
    assert needed.category is BarrierCategory.CHILDCARE
    assert needed.help_id != only(answered(barrier_stated()).events, HelpNeeded).help_id


def test_a_delicate_kind_has_a_person_ask_first_whatever_was_said() -> None:
    case = answered(barrier_stated(category=BarrierCategory.OTHER, wish=Wish.GO_AHEAD)).caseload

    decided = made(recode(case, BarrierCategory.SAFETY))

    assert told(decided.events, HelpNeeded) == []
    assert "ask_permission" in live_kinds(decided.caseload)


def test_a_referral_on_its_way_is_stopped_only_when_that_was_said() -> None:
    stated = barrier_stated(category=BarrierCategory.TRANSPORT, wish=Wish.GO_AHEAD)
    case = answered(stated).caseload
    sent = referrals.follow(
        playbook(), case, referral(ReferralRequested, stated), now=LATER, cause=cause()
    ).caseload

    refused = recode(sent, BarrierCategory.CHILDCARE)
    assert isinstance(refused, Refusal)
    assert refused.possible == ("stop_help",)

    decided = made(recode(sent, BarrierCategory.CHILDCARE, stop_help=True))
    assert told(decided.events, HelpWithdrawn)
    assert only_barrier(decided.caseload).status is BarrierStatus.ACKNOWLEDGED


def test_a_plan_that_was_not_agreed_is_worded_anew_and_one_that_was_stays_theirs() -> None:
    case = answered(barrier_stated(category=BarrierCategory.TRANSPORT, wish=Wish.ASK_ME_FIRST)).caseload
    [plan] = case.plans.values()

    reworded = made(recode(case, BarrierCategory.CHILDCARE))
    agreed = made(
        plans.agree(playbook(), case, PlanMove(plan_id=plan.id, version=plan.version, now=LATER))
    ).caseload
    kept = made(recode(agreed, BarrierCategory.CHILDCARE))

    changed = only(reworded.events, PlanMoved)
    template = playbook().categories[BarrierCategory.CHILDCARE].plan
    assert template is not None
    assert (changed.if_words, changed.status) == (template.if_words, PlanStatus.DRAFTED)
    assert told(kept.events, PlanMoved) == []
    assert only_barrier(kept.caseload).status is BarrierStatus.PLANNED


def test_a_plan_that_another_barrier_shares_is_left_to_it() -> None:
    client = client_context()
    first = barrier_stated(client=client, category=BarrierCategory.TRANSPORT, own_idea=None)
    second = barrier_stated(client=client, category=BarrierCategory.TRANSPORT, own_idea=None)
    case = answered(second, answered(first).caseload).caseload
    shared = case.barriers[first.barrier_id].plan_id
    assert case.barriers[second.barrier_id].plan_id == shared

    decided = made(recode(case, BarrierCategory.CHILDCARE, case.barriers[first.barrier_id]))

    assert told(decided.events, PlanMoved) == []
    assert decided.caseload.barriers[second.barrier_id].plan_id == shared
    assert decided.caseload.barriers[first.barrier_id].plan_id != shared


def test_what_no_longer_stands_in_the_way_only_changes_its_kind() -> None:
    case = moved(answered(barrier_stated(category=BarrierCategory.OTHER)).caseload, BarrierStatus.EASED)

    decided = made(recode(case, BarrierCategory.TRANSPORT))

    assert [type(event) for event in decided.events] == [BarrierRecoded]
    assert only_barrier(decided.caseload).rule == only_barrier(case).rule


def test_the_same_kind_or_an_older_look_is_explained() -> None:
    case = answered(barrier_stated(category=BarrierCategory.TRANSPORT)).caseload
    old = replace(only_barrier(case), version=99)

    assert isinstance(recode(case, BarrierCategory.TRANSPORT), Refusal)
    stale = recode(case, BarrierCategory.CHILDCARE, old)
    assert isinstance(stale, Refusal)
    assert stale.possible == ("look_again",)


kinds = st.sampled_from(list(BarrierCategory))


@pytest.mark.parametrize("wish", list(Wish))
@given(
    first=kinds, second=kinds, strength=st.sampled_from(list(Strength)), idea=st.none() | st.just("I walk")
)
def test_coding_it_there_and_back_comes_to_the_same_to_do(
    wish: Wish, first: BarrierCategory, second: BarrierCategory, strength: Strength, idea: str | None
) -> None:
    stated = barrier_stated(category=first, wish=wish, strength=strength, own_idea=idea)
    before = answered(stated)
    if first is second:
        return

    there = made(recode(before.caseload, second))
    back = made(recode(there.caseload, first))

    barrier, again = only_barrier(before.caseload), only_barrier(back.caseload)
    assert (again.rule, again.words, again.help_asked, again.own_idea) == (
        barrier.rule,
        barrier.words,
        barrier.help_asked,
        barrier.own_idea,
    )
    assert live_kinds(back.caseload) == live_kinds(before.caseload)
    assert len(told(there.events, HelpNeeded)) <= 1
    direct = answered(barrier_stated(category=second, wish=wish, strength=strength, own_idea=idea))
    assert live_kinds(there.caseload) == live_kinds(direct.caseload)
    assert sorted(opened_kinds(direct)) == live_kinds(direct.caseload)
