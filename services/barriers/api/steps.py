"""Small steps: offered, agreed, tried, paused, changed, kept or left for another time; and small wins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query as QueryParameter
from pydantic import AwareDatetime, Field

from contracts.terms import StepStatus
from contracts.values import Words
from services.barriers.api.base import READERS, WRITERS, Body, Rules, Versioned, carry_out
from services.barriers.api.views import StepView, WinView, step_view, win_view
from services.barriers.model import Caseload, Decision, Playbook, Refusal
from services.barriers.policy import steps as policy
from services.barriers.policy.steps import StepMove, StepWords
from services.barriers.store import lists
from services.barriers.store import steps as store
from shared.auth import Caller
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["steps"])

Deed = Callable[[Playbook, Caseload, StepMove], Decision | Refusal]
StepText = Annotated[str, Field(min_length=1, max_length=500)]
Times = Annotated[int, Field(ge=1, le=1000)]


class Wording(Body):
    """A step in the client's words. What is left out stays as it is."""

    words: StepText | None = None
    """What they will try, in their words."""
    times: Times | None = None
    """How many times make it whole; left out of a new step, it is done once."""
    counted: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """What is counted, such as evenings or walks."""
    begins_on: date | None = None
    """In the client's own zone; left out of a new step, it begins today."""
    ends_on: date | None = None
    """The last day. A step is agreed only with one."""
    serves: Words | None = None
    """The goal or value it serves; left out of a new step, the goal that the barrier was stated with."""


class Smaller(Wording):
    """A smaller step; the client agrees it next."""

    words: StepText
    """What they will try, in their words."""


class Offered(Smaller):
    """A small step about a barrier."""

    agreed: bool = False
    """Whether the client agreed it right away; then it needs its last day."""


class Reworded(Wording, Versioned):
    """A step, as it is worded now; what is left out stays as it is."""


class Noted(Versioned):
    """What the client said about it, if anything."""

    note: Words | None = None


class Forward(Noted):
    """How it is going."""

    more_times: Annotated[int, Field(ge=0, le=1000)] = 0
    """How many times more it was done."""


class LeftForNow(Noted):
    """It does not come about this time. `note` says what got in the way, if the client said so."""

    smaller: Smaller | None = None
    """A smaller step to offer in its place; then there is no task to look at it together."""


@routes.post("/barriers/{barrier_id}/steps", allow=WRITERS, status_code=201, summary="Offer a small step")
async def offer_step(barrier_id: UUID, body: Offered, command: Command, rules: Rules) -> StepView:
    """Specific, counted, and with a last day once it is agreed; the client chooses."""
    return await command.once(partial(_offer, barrier_id, body, caller=command.caller, rules=rules))


@routes.get("/steps", allow=READERS, summary="List a client's small steps")
async def list_steps(  # noqa: PLR0917 - one argument per filter
    query: Query,
    client_id: UUID,
    barrier_id: UUID | None = None,
    status: Annotated[list[StepStatus] | None, QueryParameter(description="Default: all")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[StepView]:
    """The last offered first."""
    cursor = read_cursor(after, AwareDatetime, UUID)
    async with query.reading() as conn:
        found = await store.list_steps(
            conn,
            client_id=client_id,
            barrier_id=barrier_id,
            statuses=status or list(StepStatus),
            after=(cursor[0], cursor[1]) if cursor else None,
            limit=limit + 1,
        )
        progress = await store.progress_of(conn, [step.id for step in found])
    last = found[limit - 1] if len(found) > limit else None
    views = [step_view(step, progress) for step in found]
    return page_of(views, limit, None if last is None else cursor_of(last.offered_at, last.id))


@routes.get("/steps/{step_id}", allow=READERS, summary="Read a small step")
async def read_step(step_id: UUID, query: Query) -> StepView:
    """One step, how it went so far, and what can be done with it."""
    async with query.reading() as conn:
        found = await store.steps(conn, [step_id])
        progress = await store.progress_of(conn, [step_id])
    if not found:
        raise _no_such_step()
    return step_view(found[0], progress)


@routes.get("/wins", allow=READERS, summary="List what went well for a client")
async def list_wins(query: Query, client_id: UUID, after: After = None, limit: Limit = 50) -> Page[WinView]:
    """The latest first: kept steps, plans that helped, referrals that brought what was needed."""
    cursor = read_cursor(after, AwareDatetime, UUID)
    async with query.reading() as conn:
        found = await store.list_wins(
            conn, client_id, after=(cursor[0], cursor[1]) if cursor else None, limit=limit + 1
        )
    last = found[limit - 1] if len(found) > limit else None
    following = None if last is None else cursor_of(last.noticed_at, last.id)
    return page_of([win_view(win) for win in found], limit, following)


@routes.post(
    "/steps/{step_id}/agree", allow=WRITERS, summary="The client agreed a step, or takes it up again"
)
async def agree_step(step_id: UUID, body: Reworded, command: Command, rules: Rules) -> StepView:
    """Only the client's yes makes it agreed; this writes it down, in their wording."""
    deed = partial(policy.agree, wording=_wording(body))
    return await command.once(partial(_move, step_id, body, caller=command.caller, rules=rules, deed=deed))


@routes.post("/steps/{step_id}/change", allow=WRITERS, summary="Change a step")
async def change_step(step_id: UUID, body: Reworded, command: Command, rules: Rules) -> StepView:
    """At any time. The new wording is an offer until the client agrees it."""
    deed = partial(policy.change, wording=_wording(body))
    return await command.once(partial(_move, step_id, body, caller=command.caller, rules=rules, deed=deed))


@routes.post("/steps/{step_id}/pause", allow=WRITERS, summary="Let a step rest")
async def pause_step(step_id: UUID, body: Noted, command: Command, rules: Rules) -> StepView:
    """Nothing is asked of anybody until it is taken up again."""
    deed = partial(policy.pause, note=body.note)
    return await command.once(partial(_move, step_id, body, caller=command.caller, rules=rules, deed=deed))


@routes.post("/steps/{step_id}/progress", allow=WRITERS, summary="Write down how a step is going")
async def note_progress(step_id: UUID, body: Forward, command: Command, rules: Rules) -> StepView:
    """Shown back to the client, in their words."""
    deed = partial(policy.note_progress, note=body.note, more_times=body.more_times)
    return await command.once(partial(_move, step_id, body, caller=command.caller, rules=rules, deed=deed))


@routes.post("/steps/{step_id}/done", allow=WRITERS, summary="The client kept a step")
async def step_done(step_id: UUID, body: Forward, command: Command, rules: Rules) -> StepView:
    """A small win, noticed at once."""
    deed = partial(policy.done, note=body.note, more_times=body.more_times)
    return await command.once(partial(_move, step_id, body, caller=command.caller, rules=rules, deed=deed))


@routes.post("/steps/{step_id}/not_this_time", allow=WRITERS, summary="A step does not come about this time")
async def leave_step(step_id: UUID, body: LeftForNow, command: Command, rules: Rules) -> StepView:
    """Information, never a verdict: there is a kind question, and a smaller step to offer."""
    smaller = None if body.smaller is None else _wording(body.smaller)
    deed = partial(policy.not_this_time, told=body.note, smaller=smaller)
    return await command.once(partial(_move, step_id, body, caller=command.caller, rules=rules, deed=deed))


@routes.post("/steps/{step_id}/smaller", allow=WRITERS, summary="Offer a smaller step in its place")
async def offer_smaller_step(step_id: UUID, body: Reworded, command: Command, rules: Rules) -> StepView:
    """For a step that was left for another time; what is left out is as it was there. Gives the new step."""
    smaller_id = new_id()
    deed = partial(policy.make_smaller, wording=_wording(body), smaller_id=smaller_id)
    return await command.once(
        partial(_move, step_id, body, caller=command.caller, rules=rules, deed=deed, shown=smaller_id)
    )


async def _offer(
    barrier_id: UUID, body: Offered, tx: Transaction, *, caller: Caller, rules: Playbook
) -> StepView:
    barrier = await lists.barrier(tx.conn, barrier_id)
    if barrier is None:
        raise NotFound("there is no such barrier, or it has not been answered yet")
    step_id = new_id()
    case = await carry_out(
        tx,
        barrier.client_id,
        lambda case: policy.offer(
            rules, case, barrier_id, _wording(body), step_id=step_id, agreed=body.agreed, now=tx.now
        ),
        cause=barrier.cause,
        caller=caller,
        barrier_ids=(barrier_id,),
    )
    return step_view(case.steps[step_id])


async def _move(  # noqa: PLR0913 - what every move needs, and what is shown of it
    step_id: UUID,
    body: Versioned,
    tx: Transaction,
    *,
    caller: Caller,
    rules: Playbook,
    deed: Deed,
    shown: UUID | None = None,
) -> StepView:
    found = await store.steps(tx.conn, [step_id])
    if not found:
        raise _no_such_step()
    step = found[0]
    move = StepMove(step_id=step_id, version=body.version, now=tx.now)
    case = await carry_out(
        tx,
        step.client_id,
        lambda case: deed(rules, case, move),
        cause=step.cause,
        caller=caller,
        barrier_ids=(step.barrier_id,),
        step_ids=(step_id,),
    )
    moved = case.steps[shown or step_id]
    return step_view(moved, await store.progress_of(tx.conn, [moved.id]))


def _wording(body: Wording) -> StepWords:
    return StepWords(
        words=body.words,
        times=body.times,
        counted=body.counted,
        begins_on=body.begins_on,
        ends_on=body.ends_on,
        serves=body.serves,
    )


def _no_such_step() -> NotFound:
    return NotFound("there is no such step")
