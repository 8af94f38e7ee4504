"""If-then plans: what the client agreed, tried and found out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.barriers.api.base import READERS, WRITERS, Rules, Versioned, carry_out
from services.barriers.api.views import PlanView, plan_view
from services.barriers.model import Caseload, Decision, Playbook, Refusal
from services.barriers.policy import plans as policy
from services.barriers.policy.plans import PlanMove, Wording
from services.barriers.store import lists
from shared.auth import Caller
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.unit_of_work import Transaction

routes = Routes(tags=["plans"])

Deed = Callable[[Playbook, Caseload, PlanMove], Decision | Refusal]
PlanWords = Annotated[str, Field(min_length=1, max_length=4000)]


class Agreed(Versioned):
    """The client agreed the plan. Leave a part out to keep it as it was drafted."""

    if_words: PlanWords | None = None
    then_words: PlanWords | None = None
    """In the client's own words, best of all."""
    cue_hours_before: Annotated[int, Field(ge=1, le=168)] | None = None
    """When the cue comes before an appointment, in hours."""
    from_own_idea: bool | None = None


class Revised(Versioned):
    """The plan is changed after it was tried; the client agrees the new wording next."""

    if_words: PlanWords | None = None
    then_words: PlanWords
    cue_hours_before: Annotated[int, Field(ge=1, le=168)] | None = None
    from_own_idea: bool | None = None


@routes.get("/plans/{plan_id}", allow=READERS, summary="Read a plan")
async def read_plan(plan_id: UUID, query: Query) -> PlanView:
    """One plan, and what can be written down about it."""
    async with query.reading() as conn:
        plan = await lists.plan(conn, plan_id)
    if plan is None:
        raise _no_such_plan()
    return plan_view(plan)


@routes.post("/plans/{plan_id}/agree", allow=WRITERS, summary="The client agreed the plan")
async def agree_plan(plan_id: UUID, body: Agreed, command: Command, rules: Rules) -> PlanView:
    """Only the client's yes makes a plan agreed; this writes it down, in their wording."""
    return await command.once(
        partial(
            _move,
            plan_id,
            body,
            caller=command.caller,
            rules=rules,
            deed=partial(policy.agree, wording=_wording(body)),
        )
    )


@routes.post("/plans/{plan_id}/rehearse", allow=WRITERS, summary="The plan was gone through once")
async def rehearse_plan(plan_id: UUID, body: Versioned, command: Command, rules: Rules) -> PlanView:
    """A plan gone through once, in thought or aloud, comes to mind more easily."""
    return await command.once(
        partial(_move, plan_id, body, caller=command.caller, rules=rules, deed=policy.rehearse)
    )


@routes.post("/plans/{plan_id}/trigger", allow=WRITERS, summary="The moment for the plan came")
async def trigger_plan(plan_id: UUID, body: Versioned, command: Command, rules: Rules) -> PlanView:
    """The if-part happened."""
    return await command.once(
        partial(_move, plan_id, body, caller=command.caller, rules=rules, deed=policy.trigger)
    )


@routes.post("/plans/{plan_id}/helped", allow=WRITERS, summary="The plan helped")
async def plan_helped(plan_id: UUID, body: Versioned, command: Command, rules: Rules) -> PlanView:
    """Worth noticing together."""
    return await command.once(
        partial(_move, plan_id, body, caller=command.caller, rules=rules, deed=policy.helped)
    )


@routes.post("/plans/{plan_id}/did_not_help", allow=WRITERS, summary="The plan did not help this time")
async def plan_did_not_help(plan_id: UUID, body: Versioned, command: Command, rules: Rules) -> PlanView:
    """Information for the next version of it: there is a task to look at it together."""
    return await command.once(
        partial(_move, plan_id, body, caller=command.caller, rules=rules, deed=policy.did_not_help)
    )


@routes.post("/plans/{plan_id}/revise", allow=WRITERS, summary="Change the plan")
async def revise_plan(plan_id: UUID, body: Revised, command: Command, rules: Rules) -> PlanView:
    """The new wording is an offer until the client agrees it."""
    return await command.once(
        partial(
            _move,
            plan_id,
            body,
            caller=command.caller,
            rules=rules,
            deed=partial(policy.revise, wording=_wording(body)),
        )
    )


async def _move(
    plan_id: UUID, body: Versioned, tx: Transaction, *, caller: Caller, rules: Playbook, deed: Deed
) -> PlanView:
    plan = await lists.plan(tx.conn, plan_id)
    if plan is None:
        raise _no_such_plan()
    move = PlanMove(plan_id=plan_id, version=body.version, now=tx.now)
    case = await carry_out(
        tx,
        plan.client_id,
        lambda case: deed(rules, case, move),
        cause=plan.cause,
        caller=caller,
        barrier_ids=(plan.barrier_id,),
    )
    return plan_view(case.plans[plan_id])


def _wording(body: Agreed | Revised) -> Wording:
    return Wording(
        if_words=body.if_words,
        then_words=body.then_words,
        cue_hours_before=body.cue_hours_before,
        own_idea=body.from_own_idea,
    )


def _no_such_plan() -> NotFound:
    return NotFound("there is no such plan")
