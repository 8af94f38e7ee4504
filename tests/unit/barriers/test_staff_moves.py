"""What staff write down: tasks done or not, what was answered, plans tried, barriers eased or taken back."""

from dataclasses import replace

import pytest

from contracts.events.barriers import (
    BarrierMoved,
    HelpNeeded,
    HelpWithdrawn,
    PlanMoved,
    SetbackRecorded,
    TaskMoved,
    TaskOpened,
)
from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    ChangedBy,
    PlanStatus,
    TaskKind,
    TaskStatus,
    Wish,
)
from services.barriers.model import Caseload, Decision, Refusal, Task
from services.barriers.playbook.lint import BLAME
from services.barriers.policy import barriers, plans, tasks
from services.barriers.policy.plans import PlanMove, Wording
from services.barriers.policy.tasks import Move
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, barrier_stated
from tests.support.builders_barriers import answered, only, playbook, told

ME = new_id()


def made(decided: Decision | Refusal) -> Decision:
    assert isinstance(decided, Decision), decided
    return decided


def task_of(case: Caseload, kind: TaskKind) -> Task:
    [task] = [task for task in case.tasks.values() if task.kind is kind]
    return task


def move(case: Caseload, kind: TaskKind) -> Move:
    task = task_of(case, kind)
    return Move(task_id=task.id, version=task.version, by=ME, now=MONDAY_MORNING)


def begun(case: Caseload, kind: TaskKind) -> Caseload:
    """The case with its task of this kind claimed and under way."""
    claimed = made(tasks.claim(playbook(), case, move(case, kind))).caseload
    return made(tasks.start(playbook(), claimed, move(claimed, kind))).caseload


def asked(**said: object) -> Caseload:
    """A case in which somebody is asking whether help may be looked for."""
    stated = barrier_stated(**({"wish": Wish.ASK_ME_FIRST} | said))
    return begun(answered(stated).caseload, TaskKind.ASK_PERMISSION)


@pytest.mark.parametrize(
    "category, send_allowed", [(BarrierCategory.TRANSPORT, True), (BarrierCategory.SAFETY, False)]
)
def test_a_yes_looks_for_help_and_only_a_person_sends_what_is_delicate(
    category: BarrierCategory, *, send_allowed: bool
) -> None:
    case = asked(category=category)

    done = tasks.finish(playbook(), case, move(case, TaskKind.ASK_PERMISSION), answer="yes_go_ahead")

    assert only(made(done).events, HelpNeeded).send_allowed is send_allowed
    assert only(made(done).events, TaskMoved).status is TaskStatus.DONE


def test_not_now_leaves_everything_as_it_is() -> None:
    case = asked()

    done = made(tasks.finish(playbook(), case, move(case, TaskKind.ASK_PERMISSION), answer="not_now"))

    assert [type(event) for event in done.events] == [TaskMoved]


def test_just_listen_is_obeyed_when_it_is_said_to_a_person() -> None:
    case = asked()

    done = made(tasks.finish(playbook(), case, move(case, TaskKind.ASK_PERMISSION), answer="just_listen"))

    assert len(told(done.events, HelpWithdrawn)) == 1
    assert only(done.events, TaskOpened).kind is TaskKind.HAVE_CONVERSATION


def test_a_task_that_was_to_ask_is_not_done_without_the_answer() -> None:
    case = asked()

    refused = tasks.finish(playbook(), case, move(case, TaskKind.ASK_PERMISSION))

    assert isinstance(refused, Refusal)
    assert set(refused.possible) == {"yes_go_ahead", "not_now", "just_listen"}


def test_what_could_not_be_done_is_information_with_a_smaller_step() -> None:
    case = begun(answered(barrier_stated()).caseload, TaskKind.AGREE_PLAN)

    decision = made(
        tasks.could_not(playbook(), case, move(case, TaskKind.AGREE_PLAN), reason="We ran out of time")
    )

    setback = only(decision.events, SetbackRecorded)
    assert setback.what_happened == "We ran out of time"
    review = only(decision.events, TaskOpened)
    assert review.kind is TaskKind.REVIEW_SETBACK
    assert setback.question in review.why


def test_a_review_that_could_not_be_held_does_not_breed_another() -> None:
    case = begun(answered(barrier_stated()).caseload, TaskKind.AGREE_PLAN)
    case = made(tasks.could_not(playbook(), case, move(case, TaskKind.AGREE_PLAN), reason="No time")).caseload
    case = begun(case, TaskKind.REVIEW_SETBACK)

    decision = made(
        tasks.could_not(playbook(), case, move(case, TaskKind.REVIEW_SETBACK), reason="Line was busy")
    )

    assert told(decision.events, TaskOpened) == []
    assert len(told(decision.events, SetbackRecorded)) == 1


def test_no_barrier_of_a_joined_task_is_forgotten_when_it_could_not_be_done() -> None:
    first = barrier_stated(category=BarrierCategory.TRANSPORT)
    second = barrier_stated(category=BarrierCategory.TRANSPORT, client=first.client)
    joined = answered(second, answered(first).caseload).caseload
    case = begun(joined, TaskKind.AGREE_PLAN)

    decision = made(tasks.could_not(playbook(), case, move(case, TaskKind.AGREE_PLAN), reason="No time"))

    left = [task for task in decision.caseload.tasks.values() if task.is_live]
    assert {barrier for task in left for barrier in task.barrier_ids} == {first.barrier_id, second.barrier_id}


def test_a_task_changed_meanwhile_is_looked_at_again_first() -> None:
    case = answered(barrier_stated()).caseload
    old = move(case, TaskKind.AGREE_PLAN)
    case = made(tasks.claim(playbook(), case, old)).caseload
    stale = Move(task_id=old.task_id, version=1, by=ME, now=MONDAY_MORNING)

    refused = tasks.start(playbook(), case, stale)

    assert isinstance(refused, Refusal)
    assert "it is now at version 2" in refused.reason


# -- plans ---------------------------------------------------------------------------------------------------


def plan_move(case: Caseload) -> PlanMove:
    [plan] = case.plans.values()
    return PlanMove(plan_id=plan.id, version=plan.version, now=MONDAY_MORNING)


def test_an_agreed_plan_carries_the_clients_wording_and_its_cue() -> None:
    case = answered(barrier_stated()).caseload

    decision = made(
        plans.agree(
            playbook(), case, plan_move(case), wording=Wording(then_words="I ring Sam", own_idea=True)
        )
    )

    moved = only(decision.events, PlanMoved)
    assert (moved.status, moved.then_words) == (PlanStatus.AGREED, "I ring Sam")
    assert moved.cue_hours_before == 16
    assert only(decision.events, BarrierMoved).status is BarrierStatus.PLANNED
    assert only(decision.events, TaskMoved).status is TaskStatus.SUPERSEDED


def test_agreeing_leaves_the_task_to_who_is_doing_it() -> None:
    case = begun(answered(barrier_stated()).caseload, TaskKind.AGREE_PLAN)

    decision = made(plans.agree(playbook(), case, plan_move(case)))

    assert told(decision.events, TaskMoved) == []


def test_a_plan_that_did_not_help_is_looked_at_and_changed() -> None:
    case = answered(barrier_stated()).caseload
    for step in (plans.agree, plans.rehearse, plans.trigger):
        case = made(step(playbook(), case, plan_move(case))).caseload

    decision = made(plans.did_not_help(playbook(), case, plan_move(case)))
    revised = made(
        plans.revise(
            playbook(),
            decision.caseload,
            plan_move(decision.caseload),
            wording=Wording(if_words="the ride is late", then_words="I call the clinic", cue_hours_before=3),
        )
    )

    assert "did not help this time" in only(decision.events, SetbackRecorded).what_happened
    assert only(decision.events, TaskOpened).kind is TaskKind.REVIEW_SETBACK
    moved = only(revised.events, PlanMoved)
    assert (moved.status, moved.cue_hours_before) == (PlanStatus.REVISED, 3)
    again = made(plans.agree(playbook(), revised.caseload, plan_move(revised.caseload)))
    assert only(again.events, PlanMoved).status is PlanStatus.AGREED


# -- barriers ------------------------------------------------------------------------------------------------


def barrier_move(case: Caseload, by: ChangedBy = ChangedBy.CLIENT) -> barriers.BarrierMove:
    [barrier] = case.barriers.values()
    return barriers.BarrierMove(
        barrier_id=barrier.id, version=barrier.version, by=by, reason="They said so", now=MONDAY_MORNING
    )


@pytest.mark.parametrize("close", [barriers.ease, barriers.withdraw])
def test_what_is_over_stops_everything_under_way_for_it(close: object) -> None:
    case = answered(barrier_stated()).caseload

    decision = made(close(playbook(), case, barrier_move(case)))  # type: ignore[operator]

    assert len(told(decision.events, HelpWithdrawn)) == 1
    assert not any(task.is_live for task in decision.caseload.tasks.values())
    assert not any(barrier.help_asked for barrier in decision.caseload.barriers.values())


def test_what_persists_goes_on() -> None:
    case = answered(barrier_stated()).caseload

    decision = made(barriers.persist(playbook(), case, barrier_move(case)))

    assert [type(event) for event in decision.events] == [BarrierMoved]
    assert any(task.is_live for task in decision.caseload.tasks.values())


def test_what_is_taken_up_again_is_heard_first() -> None:
    case = answered(barrier_stated()).caseload
    case = made(barriers.withdraw(playbook(), case, barrier_move(case))).caseload

    decision = made(barriers.reopen(playbook(), case, barrier_move(case)))

    assert only(decision.events, BarrierMoved).status is BarrierStatus.ACKNOWLEDGED
    assert only(decision.events, TaskOpened).kind is TaskKind.HAVE_CONVERSATION


@pytest.mark.parametrize("category", list(BarrierCategory))
@pytest.mark.parametrize("wish", list(Wish))
def test_no_text_that_we_write_puts_blame_on_anybody(category: BarrierCategory, wish: Wish) -> None:
    stated = barrier_stated(category=category, wish=wish, words="x", own_idea=None, goal_words=None)
    decision = answered(stated)
    [task, *_] = decision.caseload.tasks.values()
    case = begun(decision.caseload, task.kind)
    setback = made(tasks.could_not(playbook(), case, move(case, task.kind), reason="it rained"))

    for event in (*decision.events, *setback.events):
        assert BLAME.search(event.model_dump_json()) is None


def test_what_is_ones_own_or_nobodys_is_handed_over_and_a_colleagues_only_by_who_may() -> None:
    case = answered(barrier_stated()).caseload
    you = new_id()

    nobodys = made(
        tasks.reassign(playbook(), case, move(case, TaskKind.AGREE_PLAN), to=you, reason="You know them")
    )
    theirs = nobodys.caseload
    refused = tasks.reassign(playbook(), theirs, move(theirs, TaskKind.AGREE_PLAN), to=ME, reason="Back")
    by_a_supervisor = replace(move(theirs, TaskKind.AGREE_PLAN), any_holder=True)

    assert task_of(theirs, TaskKind.AGREE_PLAN).assignee == you
    assert isinstance(refused, Refusal)
    handed = made(tasks.reassign(playbook(), theirs, by_a_supervisor, to=ME, reason="Kay is away"))
    moved = only(handed.events, TaskMoved)
    assert (moved.assignee, moved.reason, moved.status) == (ME, "Kay is away", TaskStatus.CLAIMED)
