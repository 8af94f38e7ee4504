"""Tasks: the list, and what is done with each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query as QueryParameter
from pydantic import AwareDatetime, Field

from contracts.terms import TaskKind, TaskStatus
from services.barriers.api.base import (
    HANDERS_OVER,
    READERS,
    WRITERS,
    Now,
    Reasoned,
    Rules,
    Versioned,
    carry_out,
    may_hand_over_for_others,
    may_move_for_others,
)
from services.barriers.api.views import TaskView, task_view
from services.barriers.model import TASK_LIVE, Caseload, Decision, Refusal
from services.barriers.policy import tasks as policy
from services.barriers.policy.tasks import Move
from services.barriers.store import lists
from services.barriers.store.lists import ListedTask, TaskFilter
from shared.auth import Caller
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["tasks"])

Deed = Callable[[Caseload, Move], Decision | Refusal]


class Finished(Versioned):
    """A task was done. Where it was to ask something first, `answer` says what the client said."""

    answer: Literal["yes_go_ahead", "not_now", "just_listen"] | None = None
    note: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class HandedOver(Reasoned):
    """A task goes to somebody else; the reason is a note to them."""

    to: UUID
    """The staff member who takes it on."""


@routes.get("/tasks", allow=READERS, summary="List tasks")
async def list_tasks(  # noqa: PLR0913, PLR0917 - one argument per filter
    query: Query,
    now: Now,
    status: Annotated[list[TaskStatus] | None, QueryParameter(description="Default: the live ones")] = None,
    client_id: UUID | None = None,
    barrier_id: UUID | None = None,
    assignee: UUID | None = None,
    kind: Annotated[list[TaskKind] | None, QueryParameter()] = None,
    overdue: Annotated[bool, QueryParameter(description="Only those whose window has passed")] = False,  # noqa: FBT002
    after: After = None,
    limit: Limit = 50,
) -> Page[TaskView]:
    """Tasks in the order in which they are due."""
    cursor = read_cursor(after, AwareDatetime, UUID)
    moment = now.clock.now()
    which = TaskFilter(
        statuses=[one.value for one in status or TASK_LIVE],
        client_id=client_id,
        assignee=assignee,
        kinds=None if kind is None else [one.value for one in kind],
        barrier_id=barrier_id,
        due_before=moment if overdue else None,
    )
    async with query.reading() as conn:
        found = await lists.tasks(
            conn, which, after=(cursor[0], cursor[1]) if cursor else None, limit=limit + 1
        )
    last = found[limit - 1].task if len(found) > limit else None
    views = [task_view(one.task, now=moment, escalated_at=one.escalated_at) for one in found]
    return page_of(views, limit, None if last is None else cursor_of(last.due_by, last.id))


@routes.get("/tasks/{task_id}", allow=READERS, summary="Read a task")
async def read_task(task_id: UUID, query: Query, now: Now) -> TaskView:
    """One task, why it exists, and what can be done with it."""
    async with query.reading() as conn:
        found = await lists.task(conn, task_id)
    if found is None:
        raise _no_such_task()
    return task_view(found.task, now=now.clock.now(), escalated_at=found.escalated_at)


@routes.post("/tasks/{task_id}/claim", allow=WRITERS, summary="Take a task on")
async def claim_task(task_id: UUID, body: Versioned, command: Command, rules: Rules) -> TaskView:
    """The task is then yours."""
    return await command.once(
        partial(_move, task_id, body, caller=command.caller, deed=partial(policy.claim, rules))
    )


@routes.post("/tasks/{task_id}/start", allow=WRITERS, summary="Begin with a task")
async def start_task(task_id: UUID, body: Versioned, command: Command, rules: Rules) -> TaskView:
    """It has to be claimed first."""
    return await command.once(
        partial(_move, task_id, body, caller=command.caller, deed=partial(policy.start, rules))
    )


@routes.post("/tasks/{task_id}/done", allow=WRITERS, summary="Finish a task")
async def finish_task(task_id: UUID, body: Finished, command: Command, rules: Rules) -> TaskView:
    """It is done. A task that was to ask something needs the `answer`; "yes_go_ahead" asks for help."""

    def deed(case: Caseload, move: Move) -> Decision | Refusal:
        return policy.finish(rules, case, move, note=body.note, answer=body.answer)

    return await command.once(partial(_move, task_id, body, caller=command.caller, deed=deed))


@routes.post("/tasks/{task_id}/could_not", allow=WRITERS, summary="Say that a task could not be done")
async def could_not_do_task(task_id: UUID, body: Reasoned, command: Command, rules: Rules) -> TaskView:
    """Something got in the way: recorded as information, with a question and a smaller step to look at."""

    def deed(case: Caseload, move: Move) -> Decision | Refusal:
        return policy.could_not(rules, case, move, reason=body.reason)

    return await command.once(partial(_move, task_id, body, caller=command.caller, deed=deed))


@routes.post("/tasks/{task_id}/cancel", allow=WRITERS, summary="Take a task off the list")
async def cancel_task(task_id: UUID, body: Reasoned, command: Command, rules: Rules) -> TaskView:
    """It no longer has to be done."""

    def deed(case: Caseload, move: Move) -> Decision | Refusal:
        return policy.cancel(rules, case, move, reason=body.reason)

    return await command.once(partial(_move, task_id, body, caller=command.caller, deed=deed))


@routes.post("/tasks/{task_id}/reassign", allow=HANDERS_OVER, summary="Hand a task to somebody else")
async def reassign_task(task_id: UUID, body: HandedOver, command: Command, rules: Rules) -> TaskView:
    """Your own task, or one that nobody has; supervisors hand over anybody's.

    An open task is claimed for them; one under way stays under way.
    """

    def deed(case: Caseload, move: Move) -> Decision | Refusal:
        return policy.reassign(rules, case, move, to=body.to, reason=body.reason)

    anybodys = may_hand_over_for_others(command.caller)
    return await command.once(
        partial(_move, task_id, body, caller=command.caller, deed=deed, anybodys=anybodys)
    )


async def _move(
    task_id: UUID, body: Versioned, tx: Transaction, *, caller: Caller, deed: Deed, anybodys: bool = False
) -> TaskView:
    found: ListedTask | None = await lists.task(tx.conn, task_id)
    if found is None:
        raise _no_such_task()
    move = Move(
        task_id=task_id,
        version=body.version,
        by=caller.subject,
        now=tx.now,
        any_holder=anybodys or may_move_for_others(caller),
    )
    case = await carry_out(
        tx,
        found.task.client_id,
        lambda case: deed(case, move),
        cause=found.task.cause,
        caller=caller,
        barrier_ids=found.task.barrier_ids,
        task_ids=(task_id,),
    )
    return task_view(case.tasks[task_id], now=tx.now, escalated_at=found.escalated_at)


def _no_such_task() -> NotFound:
    return NotFound("there is no such task")
