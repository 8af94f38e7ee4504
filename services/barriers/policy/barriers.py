"""What is written down about a barrier itself: it eased, it persists, it was withdrawn, it is back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.terms import BarrierStatus, ChangedBy, TaskKind
from services.barriers.model import Caseload, Decision, Playbook, Refusal
from services.barriers.policy.draft import Draft
from services.barriers.policy.moves import BARRIER_MOVES, can_move, refusal
from services.barriers.policy.needs import need_about
from services.barriers.policy.referrals import ALL_BUT_REPLIES
from services.barriers.policy.wishes import settle, stop_help


@dataclass(frozen=True, slots=True, kw_only=True)
class BarrierMove:
    """A move of a barrier: which, on which version they looked at, whose word it is, why, and when."""

    barrier_id: UUID
    version: int
    by: ChangedBy
    reason: str
    now: datetime


def ease(playbook: Playbook, caseload: Caseload, move: BarrierMove) -> Decision | Refusal:
    """Write down that it no longer stands in the way; its open tasks are answered, and help stops."""
    return _closed(playbook, caseload, move, BarrierStatus.EASED)


def withdraw(playbook: Playbook, caseload: Caseload, move: BarrierMove) -> Decision | Refusal:
    """Take a barrier back at the client's word; whatever is under way for it stops at once."""
    return _closed(playbook, caseload, move, BarrierStatus.WITHDRAWN)


def persist(playbook: Playbook, caseload: Caseload, move: BarrierMove) -> Decision | Refusal:
    """Write down that it still stands in the way after what was tried; what is under way goes on."""
    made = _moved(playbook, caseload, move, BarrierStatus.PERSISTING)
    return made if isinstance(made, Refusal) else made.decision()


def reopen(playbook: Playbook, caseload: Caseload, move: BarrierMove) -> Decision | Refusal:
    """Take a barrier up again, and make time to hear what has changed."""
    made = _moved(playbook, caseload, move, BarrierStatus.ACKNOWLEDGED)
    if isinstance(made, Refusal):
        return made
    barrier = made.barriers[move.barrier_id]
    occasion = f"reopened-{barrier.version}"
    made.ask_for(
        need_about(playbook, barrier, TaskKind.HAVE_CONVERSATION, subject_id=barrier.id, occasion=occasion)
    )
    return made.decision()


def _closed(
    playbook: Playbook, caseload: Caseload, move: BarrierMove, status: BarrierStatus
) -> Decision | Refusal:
    made = _moved(playbook, caseload, move, status)
    if isinstance(made, Refusal):
        return made
    barrier = made.barriers[move.barrier_id]
    if status is BarrierStatus.WITHDRAWN or barrier.help_asked:
        stop_help(made, barrier, by=move.by, reason=move.reason)
    settle(made, barrier.id, frozenset(ALL_BUT_REPLIES), reason=move.reason)
    return made.decision()


def _moved(
    playbook: Playbook, caseload: Caseload, move: BarrierMove, status: BarrierStatus
) -> Draft | Refusal:
    barrier = caseload.barriers[move.barrier_id]
    if not can_move(BARRIER_MOVES, barrier.status, status):
        return refusal(BARRIER_MOVES, barrier.status, status, "barrier")
    if barrier.version != move.version:
        return Refusal(
            reason=f"The barrier has changed since you looked at it: it is now at version {barrier.version}.",
            possible=("look_again",),
        )
    draft = Draft(playbook, caseload, now=move.now, cause=barrier.cause)
    draft.move_barrier(barrier, status, by=move.by, reason=move.reason)
    return draft
