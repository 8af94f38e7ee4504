"""What a change of mind or of readiness makes of what is under way; the last word is obeyed at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.events.intake import WishChanged
from contracts.terms import (
    BarrierStatus,
    ChangedBy,
    PlanStatus,
    ReferralStatus,
    Strength,
    TaskKind,
    TaskStatus,
    Wish,
)
from services.barriers.model import Barrier, Caseload, Cause, Decision, Need, Outcome, Playbook, Referral
from services.barriers.policy.answering import (
    ANSWERS,
    NO_PLAN,
    PLANNING,
    PlanChoice,
    carry_out,
    kinds_of,
    offer_plan,
    outcome_of,
    plan_for,
    rule_name,
)
from services.barriers.policy.draft import Draft
from services.barriers.policy.wording import filled

SEARCHING = frozenset(
    {TaskKind.ASK_PERMISSION, TaskKind.OFFER_OPTIONS, TaskKind.FIND_HELP, TaskKind.FOLLOW_UP_REFERRAL}
)
"""The kinds of task that belong to a search for help."""

NOT_AGREED = frozenset({PlanStatus.DRAFTED, PlanStatus.REVISED})
"""Where a plan stands when the client has still to say yes to its wording."""

NOT_SENT = frozenset({ReferralStatus.DRAFT, ReferralStatus.CANCELLED, ReferralStatus.ENTERED_IN_ERROR})
"""Where a referral stands when nothing has been told to anybody, or nothing is under way any more."""


def change_wish(
    playbook: Playbook, caseload: Caseload, changed: WishChanged, *, now: datetime, cause: Cause
) -> Decision:
    """Obey a change of mind at once; an older one than the last is left alone."""
    barrier = caseload.barriers[changed.barrier_id]
    if changed.version <= barrier.wish_version:
        return Decision(caseload=caseload)
    draft = Draft(playbook, caseload, now=now, cause=cause)
    draft.barriers[barrier.id] = replace(barrier, wish_version=changed.version)
    obey(draft, barrier.id, changed.wish, occasion=f"wish-{changed.version}")
    return draft.decision()


def obey(draft: Draft, barrier_id: UUID, wish: Wish, *, occasion: str) -> None:
    """Bring what is under way for a barrier in line with what the client now wants.

    What they say now outweighs an earlier ruler. A barrier that was closed comes back when they want
    something done about it.
    """
    phrases = draft.playbook.phrases
    barrier = replace(draft.barriers[barrier_id], wish=wish)
    draft.barriers[barrier.id] = barrier
    if wish is Wish.JUST_LISTEN:
        stop_help(draft, barrier, by=ChangedBy.CLIENT, reason=phrases.withdrawn)
        settle(draft, barrier_id, ANSWERS, reason=phrases.withdrawn)
    elif (
        wish is Wish.ASK_ME_FIRST and barrier.help_asked and not is_sent(draft.referrals.values(), barrier_id)
    ):
        stop_help(draft, barrier, by=ChangedBy.CLIENT, reason=phrases.asked_again)
    if not draft.barriers[barrier_id].is_open:
        if wish is Wish.JUST_LISTEN:
            return
        draft.move_barrier(
            draft.barriers[barrier_id],
            BarrierStatus.ACKNOWLEDGED,
            by=ChangedBy.CLIENT,
            reason=phrases.withdrawn,
        )
    rules = draft.rules_of(barrier)
    strength = max(barrier.strength, Strength.A_LITTLE)
    outcome = outcome_of(draft.playbook, rules, wish=wish, strength=Strength(strength), importance=None)
    _answer_anew(draft, barrier_id, outcome, occasion=occasion)
    if outcome is Outcome.GO_AHEAD:
        draft.ask_for_help(draft.barriers[barrier_id], consents=draft.client.consents)


def reconsider(
    playbook: Playbook, caseload: Caseload, *, now: datetime, cause: Cause, occasion: str
) -> Decision:
    """Offer a plan where we had only listened because it did not matter much, and now it does.

    Help that was wished for is asked about again, never simply started: a ruler is not a wish.
    """
    importance = caseload.client.rulers.importance
    if importance is None or importance <= playbook.readiness.listen_up_to_importance:
        return Decision(caseload=caseload)
    draft = Draft(playbook, caseload, now=now, cause=cause)
    for barrier in sorted(caseload.barriers.values(), key=lambda one: (one.stated_at, one.id)):
        waiting = barrier.rule.endswith(f"/{Outcome.LISTEN_FOR_IMPORTANCE.value}")
        if not (waiting and barrier.is_open) or barrier.wish is Wish.JUST_LISTEN:
            continue
        outcome = outcome_of(
            playbook,
            draft.rules_of(barrier),
            wish=Wish.ASK_ME_FIRST,
            strength=barrier.strength,
            importance=importance,
        )
        draft.barriers[barrier.id] = replace(
            barrier, importance=importance, confidence=caseload.client.rulers.confidence
        )
        asked_for = playbook.phrases.still_wanted if barrier.wish is Wish.GO_AHEAD else ""
        _answer_anew(draft, barrier.id, outcome, occasion=occasion, more=asked_for)
    return draft.decision()


def stop_help(draft: Draft, barrier: Barrier, *, by: ChangedBy, reason: str) -> None:
    """Withdraw help, and take what belonged to the search off the tasks."""
    draft.withdraw_help(barrier, by=by, reason=reason)
    settle(draft, barrier.id, SEARCHING, reason=reason)


def settle(draft: Draft, barrier_id: UUID, kinds: frozenset[TaskKind], *, reason: str) -> None:
    """Take needs of these kinds about this barrier off their tasks."""
    draft.answer_needs(lambda need: need.barrier_id == barrier_id and need.kind in kinds, reason=reason)


def is_sent(referrals: Iterable[Referral], barrier_id: UUID) -> bool:
    """Whether a referral for a barrier was told to somebody, and not taken back."""
    return any(
        referral.barrier_id == barrier_id and referral.status not in NOT_SENT for referral in referrals
    )


def _answer_anew(draft: Draft, barrier_id: UUID, outcome: Outcome, *, occasion: str, more: str = "") -> None:
    barrier = draft.barriers[barrier_id]
    rules = draft.rules_of(barrier)
    planned = _plan_anew(draft, barrier) if outcome in PLANNING else NO_PLAN
    draft.barriers[barrier_id] = replace(
        barrier,
        plan_id=planned.id or barrier.plan_id,
        rule=rule_name(rules, outcome),
        playbook_version=draft.playbook.edition,
        reason=filled(draft.playbook.outcomes[outcome], name=rules.name),
    )
    kept = kinds_of(outcome) | (
        {TaskKind.AGREE_PLAN, TaskKind.PRACTICAL_STEP} if outcome in PLANNING else set()
    )

    def is_over(need: Need) -> bool:
        about_it = need.barrier_id == barrier_id and need.referral_id is None
        return about_it and need.kind in ANSWERS and need.kind not in kept

    draft.answer_needs(is_over, reason=draft.playbook.phrases.answered)
    carry_out(draft, draft.barriers[barrier_id], outcome, occasion=occasion, more=more)
    offer_plan(draft, draft.barriers[barrier_id], planned, occasion=occasion)


def _plan_anew(draft: Draft, barrier: Barrier) -> PlanChoice:
    """Choose a plan where there is none, or take up one that was laid aside before it was agreed."""
    if barrier.plan_id is None:
        return plan_for(barrier.id, barrier.own_idea, draft.same_kind(barrier.category, but=barrier.id))
    plan = draft.plans.get(barrier.plan_id)
    laid_aside = plan is not None and plan.status in NOT_AGREED and not _is_being_agreed(draft, barrier.id)
    return PlanChoice(barrier.plan_id, is_new=False) if laid_aside else NO_PLAN


def _is_being_agreed(draft: Draft, barrier_id: UUID) -> bool:
    """Whether somebody is to look at the plan with the client, or has done so."""
    return any(
        task.status is not TaskStatus.SUPERSEDED
        and any(need.kind is TaskKind.AGREE_PLAN and need.barrier_id == barrier_id for need in task.needs)
        for task in draft.tasks.values()
    )
