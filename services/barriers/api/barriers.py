"""Barriers: the list, one with everything that belongs to it and why, and what is written down about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query as QueryParameter
from pydantic import AwareDatetime

from contracts.terms import BarrierCategory, BarrierStatus, ChangedBy, TaskStatus
from services.barriers.api.base import READERS, WRITERS, Now, Reasoned, Rules, View, carry_out
from services.barriers.api.views import (
    BarrierSummary,
    PlanView,
    SetbackView,
    StepView,
    TaskView,
    WinView,
    barrier_summary,
    plan_view,
    setback_view,
    step_view,
    task_view,
    win_view,
)
from services.barriers.model import Barrier, Caseload, Decision, Playbook, Refusal
from services.barriers.policy import barriers as policy
from services.barriers.policy.barriers import BarrierMove
from services.barriers.store import cases, lists, steps
from services.barriers.store.lists import TaskFilter
from shared.auth import Caller
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["barriers"])

MOST_TASKS = 200
"""How many tasks are shown with one barrier; `GET /tasks` has them all."""

MOST_STEPS = 100
"""How many steps are shown with one barrier; `GET /steps` has them all."""

Deed = Callable[[Playbook, Caseload, BarrierMove], Decision | Refusal]


class WhyView(View):
    """Why a barrier was answered as it was: the rule, and what it went by."""

    rule: str
    playbook_version: str
    reason: str
    """In words that the client may read."""
    importance: int | None
    """The ruler as it was known then; None: it had not been asked."""
    confidence: int | None
    caused_by: UUID
    """The event in which the barrier was stated."""
    correlation_id: UUID
    """The conversation that it all started from."""


class LinkView(View):
    """One thing that followed, and the event that caused it."""

    event_id: UUID
    type: str
    caused_by: UUID | None
    at: datetime


class BarrierView(BarrierSummary):
    """A barrier with its plans, tasks and setbacks, and the chain of what followed from it."""

    why: WhyView
    plans: list[PlanView]
    tasks: list[TaskView]
    setbacks: list[SetbackView]
    steps: list[StepView]
    """Small steps, the last offered first; the first hundred."""
    wins: list[WinView]
    """What went well, the latest first."""
    chain: list[LinkView]


class BarrierMoved(Reasoned):
    """Something about a barrier is written down. `by` says whose word it is."""

    by: ChangedBy = ChangedBy.CLIENT


@routes.get("/barriers", allow=READERS, summary="List barriers")
async def list_barriers(  # noqa: PLR0917 - one argument per filter
    query: Query,
    status: Annotated[list[BarrierStatus] | None, QueryParameter(description="Default: all")] = None,
    client_id: UUID | None = None,
    category: BarrierCategory | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[BarrierSummary]:
    """Barriers, the last answered first."""
    cursor = read_cursor(after, AwareDatetime, UUID)
    async with query.reading() as conn:
        found = await lists.barriers(
            conn,
            statuses=[one.value for one in status or BarrierStatus],
            client_id=client_id,
            category=None if category is None else category.value,
            after=(cursor[0], cursor[1]) if cursor else None,
            limit=limit + 1,
        )
    last = found[limit - 1] if len(found) > limit else None
    following = None if last is None else cursor_of(last.answered_at, last.id)
    return page_of([barrier_summary(one) for one in found], limit, following)


@routes.get("/barriers/{barrier_id}", allow=READERS, summary="Read a barrier")
async def read_barrier(barrier_id: UUID, query: Query, now: Now) -> BarrierView:
    """One barrier: the client's words, how it was answered and why, and everything that followed."""
    async with query.reading() as conn:
        barrier = await lists.barrier(conn, barrier_id)
        if barrier is None:
            raise _no_such_barrier()
        about = TaskFilter(
            statuses=[one.value for one in TaskStatus], client_id=barrier.client_id, barrier_id=barrier_id
        )
        tasks = await lists.tasks(conn, about, after=None, limit=MOST_TASKS)
        plans = await lists.plans_about(conn, barrier)
        setbacks = await cases.setbacks_of(conn, [barrier_id])
        small_steps = await steps.steps_about(conn, barrier_id, limit=MOST_STEPS)
        progress = await steps.progress_of(conn, [step.id for step in small_steps])
        wins = await steps.wins_of(conn, [barrier_id])
        links = await lists.chain(
            conn, correlation_id=barrier.cause.correlation_id, client_id=barrier.client_id
        )
    moment = now.clock.now()
    return BarrierView(
        **dict(barrier_summary(barrier)),
        why=_why(barrier),
        plans=[plan_view(plan) for plan in plans],
        tasks=[task_view(one.task, now=moment, escalated_at=one.escalated_at) for one in tasks],
        setbacks=[setback_view(setback) for setback in setbacks],
        steps=[step_view(step, progress) for step in small_steps],
        wins=[win_view(win) for win in wins],
        chain=[
            LinkView(event_id=one.event_id, type=one.type, caused_by=one.caused_by, at=one.at)
            for one in links
        ],
    )


@routes.post("/barriers/{barrier_id}/ease", allow=WRITERS, summary="It no longer stands in the way")
async def ease_barrier(
    barrier_id: UUID, body: BarrierMoved, command: Command, rules: Rules
) -> BarrierSummary:
    """Its open tasks are answered, and a search for help stops."""
    return await command.once(
        partial(_move, barrier_id, body, caller=command.caller, rules=rules, deed=policy.ease)
    )


@routes.post("/barriers/{barrier_id}/persist", allow=WRITERS, summary="It still stands in the way")
async def persist_barrier(
    barrier_id: UUID, body: BarrierMoved, command: Command, rules: Rules
) -> BarrierSummary:
    """What is under way goes on."""
    return await command.once(
        partial(_move, barrier_id, body, caller=command.caller, rules=rules, deed=policy.persist)
    )


@routes.post("/barriers/{barrier_id}/withdraw", allow=WRITERS, summary="The client takes it back")
async def withdraw_barrier(
    barrier_id: UUID, body: BarrierMoved, command: Command, rules: Rules
) -> BarrierSummary:
    """Whatever is under way for it stops at once."""
    return await command.once(
        partial(_move, barrier_id, body, caller=command.caller, rules=rules, deed=policy.withdraw)
    )


@routes.post("/barriers/{barrier_id}/reopen", allow=WRITERS, summary="Take it up again")
async def reopen_barrier(
    barrier_id: UUID, body: BarrierMoved, command: Command, rules: Rules
) -> BarrierSummary:
    """There is a task to hear what has changed."""
    return await command.once(
        partial(_move, barrier_id, body, caller=command.caller, rules=rules, deed=policy.reopen)
    )


async def _move(
    barrier_id: UUID, body: BarrierMoved, tx: Transaction, *, caller: Caller, rules: Playbook, deed: Deed
) -> BarrierSummary:
    barrier = await lists.barrier(tx.conn, barrier_id)
    if barrier is None:
        raise _no_such_barrier()
    move = BarrierMove(
        barrier_id=barrier_id, version=body.version, by=body.by, reason=body.reason, now=tx.now
    )
    case = await carry_out(
        tx,
        barrier.client_id,
        lambda case: deed(rules, case, move),
        cause=barrier.cause,
        caller=caller,
        barrier_ids=(barrier_id,),
    )
    return barrier_summary(case.barriers[barrier_id])


def _why(barrier: Barrier) -> WhyView:
    return WhyView(
        rule=barrier.rule,
        playbook_version=barrier.playbook_version,
        reason=barrier.reason,
        importance=barrier.importance,
        confidence=barrier.confidence,
        caused_by=barrier.cause.event_id,
        correlation_id=barrier.cause.correlation_id,
    )


def _no_such_barrier() -> NotFound:
    return NotFound("there is no such barrier, or it has not been answered yet")
