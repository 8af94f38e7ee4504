"""How barriers, tasks, plans and setbacks are shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    PlanStatus,
    Priority,
    StepStatus,
    Strength,
    TaskKind,
    TaskStatus,
    WinKind,
    Wish,
)
from services.barriers.api.base import View
from services.barriers.model import Barrier, Plan, Progress, Setback, SmallStep, Task, Win
from services.barriers.policy.moves import BARRIER_MOVES, PLAN_MOVES, TASK_MOVES, possible_moves
from services.barriers.policy.steps import possible_for


class NeedView(View):
    """One thing that a task answers, and why."""

    kind: TaskKind
    barrier_id: UUID | None
    referral_id: UUID | None
    why: str
    answered_elsewhere: bool
    """Whether something else has answered it since; the task no longer needs to."""


class TaskView(View):
    """Something for a case manager to do: what, why, by when and how urgent.

    The window is working days in the client's own zone, given as instants; "due" means any time within it.
    `overdue` and `possible` are derived at the moment of reading.
    """

    task_id: UUID
    client_id: UUID
    kind: TaskKind
    status: TaskStatus
    version: int
    title: str
    why: str
    needs: list[NeedView]
    barrier_ids: list[UUID]
    referral_id: UUID | None
    priority: Priority
    priority_reason: str
    due_from: datetime
    due_by: datetime
    overdue: bool
    escalated_at: datetime | None
    assignee: UUID | None
    outcome: str | None
    opened_at: datetime
    moved_at: datetime
    possible: list[str]
    """What can be done with it now."""


class BarrierSummary(View):
    """A barrier as it was answered and as it stands, with the client's own words."""

    barrier_id: UUID
    client_id: UUID
    category: BarrierCategory
    status: BarrierStatus
    version: int
    words: str
    strength: Strength
    own_idea: str | None
    goal_words: str | None
    wish: Wish
    stated_at: datetime
    stated_by: UUID
    answered_at: datetime
    moved_at: datetime
    help_asked: bool
    possible: list[str]


class PlanView(View):
    """An if-then plan; it is the client's."""

    plan_id: UUID
    client_id: UUID
    barrier_id: UUID
    status: PlanStatus
    version: int
    if_words: str
    then_words: str
    from_own_idea: bool
    serves: str | None
    cue_hours_before: int | None
    drafted_at: datetime
    moved_at: datetime
    possible: list[str]


class SetbackView(View):
    """Something that did not work out: information, a kind question, a smaller step to offer."""

    setback_id: UUID
    barrier_id: UUID
    task_id: UUID | None
    referral_id: UUID | None
    what_happened: str
    question: str
    smaller_step: str
    recorded_at: datetime


class ProgressView(View):
    """How a step went, as the client told it."""

    more_times: int
    note: str | None
    noted_at: datetime


class StepView(View):
    """Something small that the client tries, in their words. Dates are in the client's own zone."""

    step_id: UUID
    client_id: UUID
    barrier_id: UUID
    status: StepStatus
    version: int
    words: str
    times: int
    """How many times make it whole."""
    counted: str | None
    times_done: int
    begins_on: date
    ends_on: date | None
    serves: str | None
    """The goal or value it serves, in the client's words."""
    smaller_of: UUID | None
    offered_at: datetime
    moved_at: datetime
    progress: list[ProgressView]
    """What was told about it, in that order."""
    possible: list[str]


class WinView(View):
    """Something that went well. Both sentences may be said to the client as they stand."""

    win_id: UUID
    client_id: UUID
    barrier_id: UUID
    kind: WinKind
    subject_id: UUID
    """The step, the plan or the referral."""
    words: str
    affirmation: str
    noticed_at: datetime


def task_view(task: Task, *, now: datetime, escalated_at: datetime | None = None) -> TaskView:
    """Show a task as it is at this moment."""
    return TaskView(
        task_id=task.id,
        client_id=task.client_id,
        kind=task.kind,
        status=task.status,
        version=task.version,
        title=task.title,
        why=task.why,
        needs=[
            NeedView(
                kind=need.kind,
                barrier_id=need.barrier_id,
                referral_id=need.referral_id,
                why=need.why,
                answered_elsewhere=need.answered,
            )
            for need in task.needs
        ],
        barrier_ids=list(task.barrier_ids),
        referral_id=task.referral_id,
        priority=task.priority,
        priority_reason=task.priority_reason,
        due_from=task.due_from,
        due_by=task.due_by,
        overdue=task.is_live and task.due_by < now,
        escalated_at=escalated_at,
        assignee=task.assignee,
        outcome=task.outcome,
        opened_at=task.opened_at,
        moved_at=task.moved_at,
        possible=list(possible_moves(TASK_MOVES, task.status)),
    )


def barrier_summary(barrier: Barrier) -> BarrierSummary:
    """Show a barrier."""
    return BarrierSummary(
        barrier_id=barrier.id,
        client_id=barrier.client_id,
        category=barrier.category,
        status=barrier.status,
        version=barrier.version,
        words=barrier.words,
        strength=barrier.strength,
        own_idea=barrier.own_idea,
        goal_words=barrier.goal_words,
        wish=barrier.wish,
        stated_at=barrier.stated_at,
        stated_by=barrier.stated_by,
        answered_at=barrier.answered_at,
        moved_at=barrier.moved_at,
        help_asked=barrier.help_asked,
        possible=list(possible_moves(BARRIER_MOVES, barrier.status)),
    )


def plan_view(plan: Plan) -> PlanView:
    """Show a plan."""
    return PlanView(
        plan_id=plan.id,
        client_id=plan.client_id,
        barrier_id=plan.barrier_id,
        status=plan.status,
        version=plan.version,
        if_words=plan.if_words,
        then_words=plan.then_words,
        from_own_idea=plan.from_own_idea,
        serves=plan.serves,
        cue_hours_before=plan.cue_hours_before,
        drafted_at=plan.drafted_at,
        moved_at=plan.moved_at,
        possible=list(possible_moves(PLAN_MOVES, plan.status)),
    )


def setback_view(setback: Setback) -> SetbackView:
    """Show a setback."""
    return SetbackView(
        setback_id=setback.id,
        barrier_id=setback.barrier_id,
        task_id=setback.task_id,
        referral_id=setback.referral_id,
        what_happened=setback.what_happened,
        question=setback.question,
        smaller_step=setback.smaller_step,
        recorded_at=setback.recorded_at,
    )


def step_view(step: SmallStep, progress: Iterable[Progress] = ()) -> StepView:
    """Show a step, with what was told about it."""
    return StepView(
        step_id=step.id,
        client_id=step.client_id,
        barrier_id=step.barrier_id,
        status=step.status,
        version=step.version,
        words=step.words,
        times=step.times,
        counted=step.counted,
        times_done=step.times_done,
        begins_on=step.begins_on,
        ends_on=step.ends_on,
        serves=step.serves,
        smaller_of=step.smaller_of,
        offered_at=step.offered_at,
        moved_at=step.moved_at,
        progress=[
            ProgressView(more_times=one.more_times, note=one.note, noted_at=one.noted_at)
            for one in progress
            if one.step_id == step.id
        ],
        possible=list(possible_for(step)),
    )


def win_view(win: Win) -> WinView:
    """Show what went well."""
    return WinView(
        win_id=win.id,
        client_id=win.client_id,
        barrier_id=win.barrier_id,
        kind=win.kind,
        subject_id=win.subject_id,
        words=win.words,
        affirmation=win.affirmation,
        noticed_at=win.noticed_at,
    )
