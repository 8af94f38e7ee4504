"""What all routes share: who may call, the moment, and how a decision about one case is carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Envelope, Event
from contracts.events.barriers import StaffEvent
from contracts.events.intake import BarrierStated
from services.barriers.catalogue import Catalogue
from services.barriers.model import Caseload, Cause, Decision, Playbook, Refusal
from services.barriers.store import cases, clients, saving
from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Conflict, NotFound
from shared.http import Given
from shared.telemetry import current_traceparent
from shared.unit_of_work import Transaction

WRITERS = ("case_manager", "admin")
HANDERS_OVER = ("case_manager", "supervisor", "admin")
LAST_VERSION = 2**31 - 1
"""Nothing is moved so often; a greater number fits in no column."""
READERS = ("case_manager", "intake", "supervisor", "admin", "service")


class Body(BaseModel):
    """What is sent: an unknown field is an error, so that a slip does not pass in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class View(BaseModel):
    """What is shown."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Versioned(Body):
    """A move, made on a version; if somebody else was quicker the answer is 409."""

    version: Annotated[int, Field(ge=1, le=LAST_VERSION)]
    """The version that you looked at."""


class Reasoned(Versioned):
    """A move with its reason, in plain words without blame."""

    reason: Annotated[str, Field(min_length=3, max_length=1000)]


@dataclass(frozen=True, slots=True)
class Present:
    """The clock, as the routes are given it."""

    clock: Clock


Shelf = Annotated[Catalogue, Given(Catalogue)]


async def _in_force(catalogue: Shelf) -> Playbook:
    return catalogue.playbook


Rules = Annotated[Playbook, Depends(_in_force)]
"""The playbook in force as the request came in; whatever the request leads to is decided by it."""
Now = Annotated[Present, Given(Present)]


async def carry_out(  # noqa: PLR0913 - one keyword for each thing that a decision may need
    tx: Transaction,
    client_id: UUID,
    decide: Callable[[Caseload], Decision | Refusal],
    *,
    cause: Cause,
    caller: Caller,
    barrier_ids: tuple[UUID, ...] = (),
    task_ids: tuple[UUID, ...] = (),
    step_ids: tuple[UUID, ...] = (),
) -> Caseload:
    """Decide about one client's case under its lock, write and tell what that leads to; give the case then.

    Whatever is told says that it was this caller's request that led to it.

    Raises `Conflict`, with the moves that are possible, where the decision is a refusal.
    """
    client = await clients.lock(tx.conn, client_id)
    if client is None:
        message = "the client is not known here yet; please try again in a moment"
        raise NotFound(message)
    loaded = await cases.load(
        tx.conn,
        {client_id: client},
        now=tx.now,
        barrier_ids=barrier_ids,
        task_ids=task_ids,
        step_ids=step_ids,
        deep=True,
    )
    before = loaded[client_id]
    decided = decide(before)
    if isinstance(decided, Refusal):
        raise Conflict(decided.reason, possible=decided.possible)
    await saving.save(tx.conn, [(before, decided.caseload)])
    rests_on = Envelope(
        id=cause.event_id,
        type=BarrierStated.subject,
        source=BarrierStated.publisher(),
        time=tx.now,
        about=client_id,
        correlation_id=cause.correlation_id,
        traceparent=current_traceparent(),
    )
    for event in decided.events:
        tx.publish(_said_by(caller, event), cause=rests_on)
    return decided.caseload


def _said_by(caller: Caller, event: Event) -> Event:
    """Name the staff member in what their request led to; decisions themselves know nobody."""
    if caller.kind != "staff" or not isinstance(event, StaffEvent):
        return event
    return event.model_copy(update={"by_staff": caller.subject})


def may_move_for_others(caller: Caller) -> bool:
    """Whether the caller may move what is with somebody else."""
    return "admin" in caller.roles


def may_hand_over_for_others(caller: Caller) -> bool:
    """Whether the caller may hand over what is with somebody else."""
    return not {"supervisor", "admin"}.isdisjoint(caller.roles)
