"""How barriers, tasks, plans and setbacks are shown."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    PlanStatus,
    Priority,
    Strength,
    TaskKind,
    TaskStatus,
    Wish,
)
from services.barriers.api.base import View
from services.barriers.model import Barrier, Plan, Setback, Task
from services.barriers.policy.moves import BARRIER_MOVES, PLAN_MOVES, TASK_MOVES, possible_moves


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
