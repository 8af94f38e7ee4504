"""What staff record about a barrier: a setback as it was told, or that it is of another kind."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.terms import BarrierCategory
from contracts.values import Words
from services.barriers.api.base import WRITERS, Body, Reasoned, Rules, carry_out
from services.barriers.api.views import BarrierSummary, SetbackView, barrier_summary, setback_view
from services.barriers.model import Barrier, Playbook
from services.barriers.policy import recording as policy
from services.barriers.policy.recording import Recoding, Told
from services.barriers.store import lists
from shared.auth import Caller
from shared.errors import NotFound
from shared.http import Command, Routes
from shared.ids import new_id
from shared.unit_of_work import Transaction

routes = Routes(tags=["barriers"])


class SetbackTold(Body):
    """Something did not work out. Information, never a verdict."""

    what_happened: Words
    """In plain words, the client's own best of all; they may read it."""


class Recoded(Reasoned):
    """A barrier is of another kind than it was coded as. `reason` says why; the words stay as they are."""

    category: BarrierCategory
    stop_help: Annotated[bool, Field(description="A referral on its way for the old kind may be stopped")] = (
        False
    )


@routes.post(
    "/barriers/{barrier_id}/setbacks",
    allow=WRITERS,
    status_code=201,
    summary="Record a setback as it was told",
)
async def record_setback(barrier_id: UUID, body: SetbackTold, command: Command, rules: Rules) -> SetbackView:
    """There is a kind question and a smaller step to offer, and a task to look at it together.

    A barrier that had eased stands in the way again.
    """
    return await command.once(partial(_record_setback, barrier_id, body, caller=command.caller, rules=rules))


@routes.post("/barriers/{barrier_id}/category", allow=WRITERS, summary="Give a barrier another kind")
async def recode_barrier(barrier_id: UUID, body: Recoded, command: Command, rules: Rules) -> BarrierSummary:
    """The playbook answers it anew: plan, tasks and help of the new kind. To undo it, give it its old kind.

    Where a referral for the old kind is on its way the answer is 409, until `stop_help` says it may stop.
    """
    return await command.once(partial(_recode, barrier_id, body, caller=command.caller, rules=rules))


async def _record_setback(
    barrier_id: UUID, body: SetbackTold, tx: Transaction, *, caller: Caller, rules: Playbook
) -> SetbackView:
    barrier = await _known(tx, barrier_id)
    told = Told(setback_id=new_id(), barrier_id=barrier_id, what_happened=body.what_happened, now=tx.now)
    case = await carry_out(
        tx,
        barrier.client_id,
        lambda case: policy.record_setback(rules, case, told),
        cause=barrier.cause,
        caller=caller,
        barrier_ids=(barrier_id,),
    )
    return setback_view(case.setbacks[told.setback_id])


async def _recode(
    barrier_id: UUID, body: Recoded, tx: Transaction, *, caller: Caller, rules: Playbook
) -> BarrierSummary:
    barrier = await _known(tx, barrier_id)
    move = Recoding(
        barrier_id=barrier_id,
        version=body.version,
        category=body.category,
        why=body.reason,
        now=tx.now,
        stop_help=body.stop_help,
    )
    case = await carry_out(
        tx,
        barrier.client_id,
        lambda case: policy.recode(rules, case, move),
        cause=barrier.cause,
        caller=caller,
        barrier_ids=(barrier_id,),
    )
    return barrier_summary(case.barriers[barrier_id])


async def _known(tx: Transaction, barrier_id: UUID) -> Barrier:
    barrier = await lists.barrier(tx.conn, barrier_id)
    if barrier is None:
        raise NotFound("there is no such barrier, or it has not been answered yet")
    return barrier
