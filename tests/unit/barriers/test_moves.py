"""The state machines: only the moves of the field's own diagrams ever happen, whatever is tried.

The moves are written out here once more, by hand, so that a slip in the code's tables is found.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.events.barriers import BarrierMoved, PlanMoved, TaskMoved, TaskOpened
from contracts.terms import BarrierCategory, BarrierStatus, ChangedBy, PlanStatus, TaskStatus, Wish
from services.barriers.model import Caseload, Decision, Refusal
from services.barriers.policy import barriers, plans, tasks
from services.barriers.policy.moves import BARRIER_MOVES, PLAN_MOVES, TASK_MOVES
from services.barriers.policy.plans import Wording
from tests.support.builders import MONDAY_MORNING, barrier_stated, wish_changed
from tests.support.builders_barriers import answered, answering_again, playbook, told

TASK = {
    "open": {"claimed", "superseded", "cancelled"},
    "claimed": {"in_progress", "superseded", "cancelled"},
    "in_progress": {"done", "could_not", "superseded", "cancelled"},
    "done": set(),
    "could_not": set(),
    "superseded": set(),
    "cancelled": set(),
}
PLAN = {
    "drafted": {"agreed"},
    "agreed": {"rehearsed"},
    "rehearsed": {"triggered"},
    "triggered": {"helped", "did_not_help"},
    "did_not_help": {"revised"},
    "revised": {"agreed"},
    "helped": set(),
}
BARRIER = {
    "stated": {"acknowledged", "withdrawn"},
    "acknowledged": {"planned", "eased", "persisting", "withdrawn"},
    "planned": {"acknowledged", "eased", "persisting", "withdrawn"},
    "persisting": {"acknowledged", "eased", "withdrawn"},
    "eased": {"acknowledged"},
    "withdrawn": {"acknowledged"},
}

ANA, BEN = UUID(int=101), UUID(int=102)
FAR = 99


def plain(moves: Mapping[object, frozenset[object]]) -> dict[str, set[str]]:
    return {str(was): {str(status) for status in to} for was, to in moves.items()}


def test_the_tables_are_those_of_the_field() -> None:
    assert plain(TASK_MOVES) == TASK  # type: ignore[arg-type]
    assert plain(PLAN_MOVES) == PLAN  # type: ignore[arg-type]
    assert plain(BARRIER_MOVES) == BARRIER  # type: ignore[arg-type]
    assert set(TASK) == {status.value for status in TaskStatus}
    assert set(PLAN) == {status.value for status in PlanStatus}
    assert set(BARRIER) == {status.value for status in BarrierStatus}


class OneCase(RuleBasedStateMachine):
    """Somebody tries everything with one client's barriers, tasks and plans, in any order."""

    case: Caseload

    @initialize(
        said=st.lists(
            st.tuples(st.sampled_from(list(BarrierCategory)), st.sampled_from(list(Wish))),
            min_size=1,
            max_size=4,
        )
    )
    def begin(self, said: list[tuple[BarrierCategory, Wish]]) -> None:
        self.now = MONDAY_MORNING
        self.wish_version = 1
        first = barrier_stated(category=said[0][0], wish=said[0][1])
        self.case = answered(first).caseload
        for category, wish in said[1:]:
            stated = barrier_stated(client=first.client, category=category, wish=wish)
            self.case = answered(stated, self.case).caseload

    def decide(self, decided: Decision | Refusal) -> None:
        """Take in a decision after checking every move in it; a refusal says what is possible instead."""
        if isinstance(decided, Refusal):
            assert decided.reason
            return
        before, after = self.case, decided.caseload
        for key, task in after.tasks.items():
            if key in before.tasks and before.tasks[key] is not task:
                was = before.tasks[key]
                assert task.version > was.version
                assert task.status is was.status or task.status.value in TASK[was.status.value]
        for key, plan in after.plans.items():
            if key in before.plans and before.plans[key] is not plan:
                assert plan.version == before.plans[key].version + 1
                assert plan.status.value in PLAN[before.plans[key].status.value]
        self._each_move_was_told(decided)
        self.case = after

    def _each_move_was_told(self, decided: Decision) -> None:
        for moved in told(decided.events, BarrierMoved):
            assert moved.status.value in BARRIER[moved.was.value]
        last = {event.task_id: event for event in told(decided.events, TaskMoved)}
        for task_id, task_moved in last.items():
            assert task_moved.version == decided.caseload.tasks[task_id].version
            assert task_moved.status is decided.caseload.tasks[task_id].status
        for plan_moved in told(decided.events, PlanMoved):
            assert decided.caseload.plans[plan_moved.plan_id].version == plan_moved.version
        for opened in told(decided.events, TaskOpened):
            assert opened.task_id not in self.case.tasks

    def some_task(self, number: int) -> UUID:
        ids = list(self.case.tasks)
        return ids[number % len(ids)]

    def move(self, number: int, by: UUID, *, stale: bool = False) -> tasks.Move:
        task_id = self.some_task(number)
        version = self.case.tasks[task_id].version - stale
        return tasks.Move(task_id=task_id, version=version, by=by, now=self.now)

    @rule(days=st.integers(0, 3))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(number=st.integers(0, FAR), by=st.sampled_from([ANA, BEN]), stale=st.booleans())
    def claim(self, number: int, by: UUID, *, stale: bool) -> None:
        move = self.move(number, by, stale=stale)
        decided = tasks.claim(playbook(), self.case, move)
        if stale:
            assert isinstance(decided, Refusal)
        self.decide(decided)

    @rule(number=st.integers(0, FAR), by=st.sampled_from([ANA, BEN]))
    def start(self, number: int, by: UUID) -> None:
        self.decide(tasks.start(playbook(), self.case, self.move(number, by)))

    @rule(
        number=st.integers(0, FAR),
        by=st.sampled_from([ANA, BEN]),
        answer=st.sampled_from([None, "yes_go_ahead", "not_now", "just_listen"]),
    )
    def finish(self, number: int, by: UUID, answer: str | None) -> None:
        self.decide(tasks.finish(playbook(), self.case, self.move(number, by), answer=answer))

    @rule(number=st.integers(0, FAR), by=st.sampled_from([ANA, BEN]))
    def could_not(self, number: int, by: UUID) -> None:
        decided = tasks.could_not(playbook(), self.case, self.move(number, by), reason="the line was busy")
        self.decide(decided)

    @rule(number=st.integers(0, FAR))
    def cancel(self, number: int) -> None:
        self.decide(
            tasks.cancel(playbook(), self.case, self.move(number, ANA), reason="done by somebody else")
        )

    @rule(number=st.integers(0, FAR))
    def reassign(self, number: int) -> None:
        move = self.move(number, ANA)
        self.decide(tasks.reassign(playbook(), self.case, move, to=BEN, reason="Ana is away"))

    @rule(
        number=st.integers(0, FAR),
        deed=st.sampled_from(
            [plans.agree, plans.rehearse, plans.trigger, plans.helped, plans.did_not_help, plans.revise]
        ),
    )
    def plan(self, number: int, deed: object) -> None:
        if not self.case.plans:
            return
        plan = list(self.case.plans.values())[number % len(self.case.plans)]
        move = plans.PlanMove(plan_id=plan.id, version=plan.version, now=self.now)
        if deed is plans.revise:
            self.decide(plans.revise(playbook(), self.case, move, wording=Wording(then_words="I ring Jo")))
        else:
            self.decide(deed(playbook(), self.case, move))  # type: ignore[operator]

    @rule(
        number=st.integers(0, FAR),
        deed=st.sampled_from([barriers.ease, barriers.persist, barriers.withdraw, barriers.reopen]),
    )
    def barrier(self, number: int, deed: object) -> None:
        barrier = list(self.case.barriers.values())[number % len(self.case.barriers)]
        move = barriers.BarrierMove(
            barrier_id=barrier.id,
            version=barrier.version,
            by=ChangedBy.CLIENT,
            reason="they said so",
            now=self.now,
        )
        self.decide(deed(playbook(), self.case, move))  # type: ignore[operator]

    @rule(number=st.integers(0, FAR), wish=st.sampled_from(list(Wish)))
    def change_mind(self, number: int, wish: Wish) -> None:
        barrier = list(self.case.barriers.values())[number % len(self.case.barriers)]
        self.wish_version += 1
        change = wish_changed(
            client_id=barrier.client_id, barrier_id=barrier.id, wish=wish, version=self.wish_version
        )
        self.decide(answering_again(self.case, change, now=self.now))

    @invariant()
    def every_task_is_in_order(self) -> None:
        for task in self.case.tasks.values() if self.began() else ():
            assert task.due_from <= task.due_by
            assert task.opened_at <= task.due_by
            assert task.needs
            if task.status in {TaskStatus.CLAIMED, TaskStatus.IN_PROGRESS}:
                assert task.assignee is not None
            if task.status is TaskStatus.COULD_NOT:
                assert task.outcome
            if task.is_live:
                assert any(not need.answered for need in task.needs)

    @invariant()
    def no_need_is_on_two_live_tasks(self) -> None:
        if not self.began():
            return
        needs = [
            (need.kind, need.subject_id)
            for task in self.case.tasks.values()
            if task.is_live
            for need in task.needs
            if not need.answered
        ]
        assert len(needs) == len(set(needs))

    @invariant()
    def nothing_is_done_for_a_barrier_that_was_taken_back(self) -> None:
        if not self.began():
            return
        for barrier in self.case.barriers.values():
            if barrier.status is BarrierStatus.WITHDRAWN:
                assert not barrier.help_asked
                live = [task for task in self.case.tasks.values() if task.is_live]
                assert all(barrier.id not in task.barrier_ids for task in live)

    def began(self) -> bool:
        return hasattr(self, "case")


OneCase.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestOneCase = OneCase.TestCase


def test_a_refusal_names_what_can_be_done_instead() -> None:
    case = answered(barrier_stated()).caseload
    [task] = case.tasks.values()
    move = tasks.Move(task_id=task.id, version=1, by=ANA, now=MONDAY_MORNING)

    refused = tasks.finish(playbook(), case, move)

    assert refused == Refusal(
        reason='The task is open, so "done" is not possible. What can be done now: claim, cancel.',
        possible=("claim", "cancel"),
    )


def test_what_is_over_says_so() -> None:
    case = answered(barrier_stated()).caseload
    [task] = case.tasks.values()
    done = replace(task, status=TaskStatus.DONE)
    move = tasks.Move(task_id=task.id, version=1, by=ANA, now=MONDAY_MORNING)

    refused = tasks.claim(playbook(), replace(case, tasks={task.id: done}), move)

    assert isinstance(refused, Refusal)
    assert refused.possible == ()
    assert "closed" in refused.reason


def test_only_who_took_a_task_on_moves_it() -> None:
    case = answered(barrier_stated()).caseload
    [task] = case.tasks.values()
    taken = tasks.claim(playbook(), case, tasks.Move(task_id=task.id, version=1, by=ANA, now=MONDAY_MORNING))
    assert isinstance(taken, Decision)

    by_ben = tasks.start(
        playbook(), taken.caseload, tasks.Move(task_id=task.id, version=2, by=BEN, now=MONDAY_MORNING)
    )
    by_admin = tasks.start(
        playbook(),
        taken.caseload,
        tasks.Move(task_id=task.id, version=2, by=BEN, now=MONDAY_MORNING, any_holder=True),
    )

    assert isinstance(by_ben, Refusal)
    assert "Somebody else has taken this task on" in by_ben.reason
    assert isinstance(by_admin, Decision)
