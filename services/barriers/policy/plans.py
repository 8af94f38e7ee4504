"""What happens with an if-then plan. Only the client can make it agreed; staff write that down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from contracts.events.barriers import PlanMoved
from contracts.terms import BarrierStatus, ChangedBy, PlanStatus, TaskKind
from services.barriers.model import Barrier, Caseload, Decision, Plan, Playbook, Refusal
from services.barriers.policy import wins
from services.barriers.policy.draft import Draft
from services.barriers.policy.moves import PLAN_MOVES, can_move, refusal
from services.barriers.policy.referrals import review


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The plan in the words that the client settled on; None leaves a part as it is."""

    if_words: str | None = None
    then_words: str | None = None
    cue_hours_before: int | None = None
    own_idea: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMove:
    """A move of a plan: which, on which version they looked at, and when."""

    plan_id: UUID
    version: int
    now: datetime


def agree(
    playbook: Playbook, caseload: Caseload, move: PlanMove, *, wording: Wording | None = None
) -> Decision | Refusal:
    """Write down that the client agreed the plan, in their wording. The barrier is then planned."""
    made = _moved(playbook, caseload, move, PlanStatus.AGREED, wording=wording)
    if isinstance(made, Refusal):
        return made
    draft, plan = made
    reason = playbook.phrases.planned
    for barrier in _barriers_of(draft, plan):
        if barrier.status is BarrierStatus.ACKNOWLEDGED:
            draft.move_barrier(barrier, BarrierStatus.PLANNED, by=ChangedBy.CLIENT, reason=reason)
        draft.answer_needs(
            lambda need, barrier_id=barrier.id: (  # type: ignore[misc]
                need.barrier_id == barrier_id and need.kind is TaskKind.AGREE_PLAN
            ),
            reason=reason,
            unclaimed_only=True,
        )
    return draft.decision()


def rehearse(playbook: Playbook, caseload: Caseload, move: PlanMove) -> Decision | Refusal:
    """Write down that the plan was gone through once, in thought or aloud; that makes it easier to use."""
    return _plain(playbook, caseload, move, PlanStatus.REHEARSED)


def trigger(playbook: Playbook, caseload: Caseload, move: PlanMove) -> Decision | Refusal:
    """Write down that the moment came for which the plan was made."""
    return _plain(playbook, caseload, move, PlanStatus.TRIGGERED)


def helped(playbook: Playbook, caseload: Caseload, move: PlanMove) -> Decision | Refusal:
    """Write down that the plan helped; that is a small win, noticed at once."""
    made = _moved(playbook, caseload, move, PlanStatus.HELPED)
    if isinstance(made, Refusal):
        return made
    draft, plan = made
    barrier = next(iter(_barriers_of(draft, plan)), None)
    if barrier is not None:
        wins.plan_helped(draft, barrier, plan)
    return draft.decision()


def did_not_help(playbook: Playbook, caseload: Caseload, move: PlanMove) -> Decision | Refusal:
    """Write down that the plan did not help this time: a setback to learn from, and a plan to change."""
    made = _moved(playbook, caseload, move, PlanStatus.DID_NOT_HELP)
    if isinstance(made, Refusal):
        return made
    draft, plan = made
    barrier = next((one for one in _barriers_of(draft, plan) if one.is_open), None)
    if barrier is not None:
        setback_id = uuid5(plan.id, f"setback/{plan.version}")
        told = f'The plan "if {plan.if_words}, then {plan.then_words}" did not help this time.'
        draft.record_setback(barrier, setback_id=setback_id, what_happened=told)
        review(draft, barrier, setback_id=setback_id, told=told)
    return draft.decision()


def revise(playbook: Playbook, caseload: Caseload, move: PlanMove, *, wording: Wording) -> Decision | Refusal:
    """Change a plan that did not help. The new wording is an offer until the client agrees it."""
    return _plain(playbook, caseload, move, PlanStatus.REVISED, wording=wording)


def _plain(
    playbook: Playbook,
    caseload: Caseload,
    move: PlanMove,
    status: PlanStatus,
    *,
    wording: Wording | None = None,
) -> Decision | Refusal:
    made = _moved(playbook, caseload, move, status, wording=wording)
    return made if isinstance(made, Refusal) else made[0].decision()


def _moved(
    playbook: Playbook,
    caseload: Caseload,
    move: PlanMove,
    status: PlanStatus,
    *,
    wording: Wording | None = None,
) -> tuple[Draft, Plan] | Refusal:
    plan = caseload.plans[move.plan_id]
    if not can_move(PLAN_MOVES, plan.status, status):
        return refusal(PLAN_MOVES, plan.status, status, "plan")
    if plan.version != move.version:
        return Refusal(
            reason=f"The plan has changed since you looked at it: it is now at version {plan.version}.",
            possible=("look_again",),
        )
    draft = Draft(playbook, caseload, now=move.now, cause=plan.cause)
    moved = replace(_reworded(plan, wording), status=status, version=plan.version + 1, moved_at=move.now)
    draft.plans[plan.id] = moved
    draft.events.append(
        PlanMoved(
            client_id=moved.client_id,
            plan_id=moved.id,
            barrier_id=moved.barrier_id,
            version=moved.version,
            status=moved.status,
            if_words=moved.if_words,
            then_words=moved.then_words,
            cue_hours_before=moved.cue_hours_before,
            moved_at=move.now,
        )
    )
    return draft, moved


def _reworded(plan: Plan, wording: Wording | None) -> Plan:
    if wording is None:
        return plan
    return replace(
        plan,
        if_words=wording.if_words or plan.if_words,
        then_words=wording.then_words or plan.then_words,
        cue_hours_before=wording.cue_hours_before or plan.cue_hours_before,
        from_own_idea=plan.from_own_idea if wording.own_idea is None else wording.own_idea,
    )


def _barriers_of(draft: Draft, plan: Plan) -> list[Barrier]:
    return [barrier for barrier in draft.barriers.values() if barrier.plan_id == plan.id]
