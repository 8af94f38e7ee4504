"""The state machines of barriers, tasks and plans: which moves there are, and nothing else.

Barrier   stated -> acknowledged -> planned -> eased | persisting | withdrawn; each can be reopened, which
          leads back to acknowledged. What somebody says about their own barrier is taken at any stage.
Task      open -> claimed -> in_progress -> done | could_not; superseded or cancelled while it is live.
Plan      drafted -> agreed -> rehearsed -> triggered -> helped | did_not_help -> revised -> agreed.
Step      offered -> agreed -> done | not_this_time; it can be paused, changed and taken up again at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from contracts.terms import BarrierStatus, PlanStatus, StepStatus, TaskStatus
from services.barriers.model import Refusal

B, T, P, S = BarrierStatus, TaskStatus, PlanStatus, StepStatus

BARRIER_MOVES: Mapping[BarrierStatus, frozenset[BarrierStatus]] = {
    B.STATED: frozenset({B.ACKNOWLEDGED, B.WITHDRAWN}),
    B.ACKNOWLEDGED: frozenset({B.PLANNED, B.EASED, B.PERSISTING, B.WITHDRAWN}),
    B.PLANNED: frozenset({B.ACKNOWLEDGED, B.EASED, B.PERSISTING, B.WITHDRAWN}),
    B.PERSISTING: frozenset({B.ACKNOWLEDGED, B.EASED, B.WITHDRAWN}),
    B.EASED: frozenset({B.ACKNOWLEDGED}),
    B.WITHDRAWN: frozenset({B.ACKNOWLEDGED}),
}

TASK_MOVES: Mapping[TaskStatus, frozenset[TaskStatus]] = {
    T.OPEN: frozenset({T.CLAIMED, T.SUPERSEDED, T.CANCELLED}),
    T.CLAIMED: frozenset({T.IN_PROGRESS, T.SUPERSEDED, T.CANCELLED}),
    T.IN_PROGRESS: frozenset({T.DONE, T.COULD_NOT, T.SUPERSEDED, T.CANCELLED}),
    T.DONE: frozenset(),
    T.COULD_NOT: frozenset(),
    T.SUPERSEDED: frozenset(),
    T.CANCELLED: frozenset(),
}

PLAN_MOVES: Mapping[PlanStatus, frozenset[PlanStatus]] = {
    P.DRAFTED: frozenset({P.AGREED}),
    P.AGREED: frozenset({P.REHEARSED}),
    P.REHEARSED: frozenset({P.TRIGGERED}),
    P.TRIGGERED: frozenset({P.HELPED, P.DID_NOT_HELP}),
    P.HELPED: frozenset(),
    P.DID_NOT_HELP: frozenset({P.REVISED}),
    P.REVISED: frozenset({P.AGREED}),
}

STEP_MOVES: Mapping[StepStatus, frozenset[StepStatus]] = {
    S.OFFERED: frozenset({S.OFFERED, S.AGREED, S.NOT_THIS_TIME}),
    S.AGREED: frozenset({S.OFFERED, S.PAUSED, S.DONE, S.NOT_THIS_TIME}),
    S.PAUSED: frozenset({S.OFFERED, S.AGREED, S.DONE, S.NOT_THIS_TIME}),
    S.DONE: frozenset(),
    S.NOT_THIS_TIME: frozenset({S.OFFERED, S.AGREED}),
}

MOVE_NAMES: Mapping[StrEnum, str] = {
    B.EASED: "ease",
    B.PERSISTING: "persist",
    B.WITHDRAWN: "withdraw",
    B.ACKNOWLEDGED: "reopen",
    T.CLAIMED: "claim",
    T.IN_PROGRESS: "start",
    T.DONE: "done",
    T.COULD_NOT: "could_not",
    T.CANCELLED: "cancel",
    P.AGREED: "agree",
    P.REHEARSED: "rehearse",
    P.TRIGGERED: "trigger",
    P.HELPED: "helped",
    P.DID_NOT_HELP: "did_not_help",
    P.REVISED: "revise",
    S.OFFERED: "change",
    S.PAUSED: "pause",
    S.NOT_THIS_TIME: "not_this_time",
}
"""What a person calls a move; the same word for a plan and a step. Planned and superseded are nobody's."""

Status = TypeVar("Status", BarrierStatus, TaskStatus, PlanStatus, StepStatus)


def can_move(moves: Mapping[Status, frozenset[Status]], was: Status, status: Status) -> bool:
    """Whether the machine has this move."""
    return status in moves[was]


def possible_moves(moves: Mapping[Status, frozenset[Status]], was: Status) -> tuple[str, ...]:
    """Name the moves that a person can make from here."""
    return tuple(name for to, name in MOVE_NAMES.items() if to in moves[was])


def refusal(moves: Mapping[Status, frozenset[Status]], was: Status, status: Status, what: str) -> Refusal:
    """Explain why a move cannot be made, and name those that a person can make."""
    possible = possible_moves(moves, was)
    now = was.value.replace("_", " ")
    wanted = MOVE_NAMES.get(status, status.value).replace("_", " ")
    if possible:
        after = f"What can be done now: {', '.join(name.replace('_', ' ') for name in possible)}."
    else:
        after = "It is closed, and nothing more can be done with it."
    return Refusal(reason=f'The {what} is {now}, so "{wanted}" is not possible. {after}', possible=possible)
