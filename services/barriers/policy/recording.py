"""What staff record about a barrier after it was answered: a setback, or that it is of another kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from contracts.events.barriers import BarrierRecoded, PlanMoved
from contracts.terms import BarrierCategory, BarrierStatus, ChangedBy
from services.barriers.model import Barrier, Caseload, Decision, Outcome, Plan, Playbook, Refusal
from services.barriers.policy.answering import (
    ANSWERS,
    NO_PLAN,
    PLANNING,
    PlanChoice,
    carry_out,
    offer_plan,
    outcome_of,
    plan_for,
    rule_name,
)
from services.barriers.policy.draft import Draft
from services.barriers.policy.referrals import review
from services.barriers.policy.wishes import NOT_AGREED, is_sent, settle, stop_help
from services.barriers.policy.wording import filled, plan_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A setback as somebody told it: about which barrier, what happened in plain words, and when we heard."""

    setback_id: UUID
    barrier_id: UUID
    what_happened: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoding:
    """A barrier is of another kind: which, on which version they looked at, what kind, why, and when.

    `stop_help` says that a referral which is on its way for the old kind may be stopped.
    """

    barrier_id: UUID
    version: int
    category: BarrierCategory
    why: str
    now: datetime
    stop_help: bool = False


def record_setback(playbook: Playbook, caseload: Caseload, told: Told) -> Decision | Refusal:
    """Record that something did not work out: a question, a smaller step, and a task to look at it together.

    A barrier that had eased stands in the way again; one that the client took back is theirs to take up.
    """
    barrier = caseload.barriers[told.barrier_id]
    if told.setback_id in caseload.setbacks:
        return Decision(caseload=caseload)
    if barrier.status is BarrierStatus.WITHDRAWN:
        return Refusal(
            reason="The client took this back. It can be taken up again first, if they would like to.",
            possible=("reopen",),
        )
    draft = Draft(playbook, caseload, now=told.now, cause=barrier.cause)
    draft.record_setback(barrier, setback_id=told.setback_id, what_happened=told.what_happened)
    if barrier.status is not BarrierStatus.ACKNOWLEDGED:
        barrier = draft.move_barrier(
            barrier, BarrierStatus.ACKNOWLEDGED, by=ChangedBy.STAFF, reason=told.what_happened
        )
    review(draft, barrier, setback_id=told.setback_id, told=told.what_happened)
    return draft.decision()


def recode(playbook: Playbook, caseload: Caseload, move: Recoding) -> Decision | Refusal:
    """Give a barrier another kind; the playbook answers anew, and the words stay as they were said.

    Help that was looked for is withdrawn, since it was help of another kind, and asked for anew where the
    client's wish says so. A plan that the client agreed stays theirs; one not agreed yet is reworded. A
    barrier that no longer stands in the way only changes its kind. Coding it back answers anew once more.
    """
    barrier = caseload.barriers[move.barrier_id]
    refused = _not_now(caseload, barrier, move)
    if refused is not None:
        return refused
    draft = Draft(playbook, caseload, now=move.now, cause=barrier.cause)
    if barrier.is_open:
        if barrier.help_asked:
            stop_help(draft, barrier, by=ChangedBy.STAFF, reason=move.why)
        settle(draft, barrier.id, ANSWERS, reason=move.why)
    outcome = _outcome(draft, barrier, move.category)
    rules = playbook.categories[move.category]
    told_at = len(draft.events)
    coded = replace(
        draft.barriers[barrier.id],
        category=move.category,
        version=barrier.version + 1,
        moved_at=move.now,
        rule=rule_name(rules, outcome) if barrier.is_open else barrier.rule,
        playbook_version=playbook.edition if barrier.is_open else barrier.playbook_version,
        reason=filled(playbook.outcomes[outcome], name=rules.name) if barrier.is_open else barrier.reason,
    )
    draft.barriers[barrier.id] = coded
    if barrier.is_open:
        _answer_anew(draft, coded, outcome, reason=move.why)
    draft.events.insert(told_at, _recoded(coded, was=barrier.category, why=move.why, after=draft))
    return draft.decision()


def _not_now(caseload: Caseload, barrier: Barrier, move: Recoding) -> Refusal | None:
    if barrier.category is move.category:
        return Refusal(reason="It is of this kind already.", possible=())
    if barrier.version != move.version:
        return Refusal(
            reason=f"The barrier has changed since you looked at it: it is now at version {barrier.version}.",
            possible=("look_again",),
        )
    on_its_way = barrier.is_open and is_sent(caseload.referrals.values(), barrier.id)
    if on_its_way and barrier.help_asked and not move.stop_help:
        return Refusal(
            reason="A referral for this is on its way, to help of another kind. Say that it may be stopped "
            "(stop_help), or wait for its answer first.",
            possible=("stop_help",),
        )
    return None


def _outcome(draft: Draft, barrier: Barrier, category: BarrierCategory) -> Outcome:
    """Choose as for a new barrier; a wish that was changed since outweighs a ruler, as it did then."""
    return outcome_of(
        draft.playbook,
        draft.playbook.categories[category],
        wish=barrier.wish,
        strength=barrier.strength,
        importance=draft.client.rulers.importance if barrier.wish_version == 1 else None,
    )


def _answer_anew(draft: Draft, barrier: Barrier, outcome: Outcome, *, reason: str) -> None:
    occasion = f"recoded-{barrier.version}"
    planned = _plan_anew(draft, barrier) if outcome in PLANNING else NO_PLAN
    draft.barriers[barrier.id] = replace(barrier, plan_id=planned.id or barrier.plan_id)
    if barrier.status is BarrierStatus.PLANNED and not _is_theirs(draft, barrier):
        draft.move_barrier(
            draft.barriers[barrier.id], BarrierStatus.ACKNOWLEDGED, by=ChangedBy.STAFF, reason=reason
        )
    carry_out(draft, draft.barriers[barrier.id], outcome, occasion=occasion)
    offer_plan(draft, draft.barriers[barrier.id], planned, occasion=occasion)
    if outcome is Outcome.GO_AHEAD:
        draft.ask_for_help(draft.barriers[barrier.id], consents=draft.client.consents)


def _plan_anew(draft: Draft, barrier: Barrier) -> PlanChoice:
    """Choose the plan for the new kind; a drafted one of its own, used by nobody else, is worded anew."""
    if _is_theirs(draft, barrier):
        return NO_PLAN
    choice = plan_for(barrier.id, barrier.own_idea, draft.same_kind(barrier.category, but=barrier.id))
    known = draft.plans.get(choice.id) if choice.id is not None and choice.is_new else None
    if known is None:
        return choice
    is_shared = any(other.plan_id == known.id for other in draft.barriers.values() if other.id != barrier.id)
    if is_shared or known.status not in NOT_AGREED:
        return PlanChoice(uuid5(barrier.id, f"plan/{barrier.version}"), is_new=True)
    _reword(draft, barrier, known)
    return PlanChoice(known.id, is_new=False)


def _is_theirs(draft: Draft, barrier: Barrier) -> bool:
    """Whether the client agreed the plan that the barrier has; then it stays as they agreed it."""
    plan = draft.plans.get(barrier.plan_id) if barrier.plan_id is not None else None
    return plan is not None and plan.status not in NOT_AGREED


def _reword(draft: Draft, barrier: Barrier, plan: Plan) -> None:
    rules = draft.rules_of(barrier)
    if_words, then_words = plan_words(rules, barrier.own_idea)
    reworded = replace(
        plan,
        version=plan.version + 1,
        if_words=if_words,
        then_words=then_words,
        from_own_idea=barrier.own_idea is not None,
        cue_hours_before=None if rules.plan is None else rules.plan.cue_hours_before,
        moved_at=draft.now,
    )
    draft.plans[plan.id] = reworded
    draft.events.append(
        PlanMoved(
            client_id=plan.client_id,
            plan_id=plan.id,
            barrier_id=plan.barrier_id,
            version=reworded.version,
            status=reworded.status,
            if_words=if_words,
            then_words=then_words,
            cue_hours_before=reworded.cue_hours_before,
            moved_at=draft.now,
        )
    )


def _recoded(barrier: Barrier, *, was: BarrierCategory, why: str, after: Draft) -> BarrierRecoded:
    return BarrierRecoded(
        client_id=barrier.client_id,
        barrier_id=barrier.id,
        version=barrier.version,
        was=was,
        category=barrier.category,
        status=barrier.status,
        rule=barrier.rule,
        playbook_version=barrier.playbook_version,
        reason=barrier.reason,
        why=why,
        help_asked=after.barriers[barrier.id].help_asked,
        recoded_at=after.now,
    )
