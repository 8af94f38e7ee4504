"""What a stated barrier leads to.

The playbook leads; the client's wish and readiness decide between listening, asking and going ahead.
What is open already is joined rather than doubled, and nobody is referred before a person has asked where
the playbook says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid5

from contracts.events.barriers import BarrierAnswered, PlanDrafted
from contracts.events.intake import BarrierStated
from contracts.terms import (
    BarrierStatus,
    PlanStatus,
    Strength,
    TaskKind,
    Wish,
)
from contracts.values import ClientContext
from services.barriers.model import (
    Answer,
    Barrier,
    Caseload,
    CategoryRules,
    Cause,
    Decision,
    Given,
    Help,
    Outcome,
    Outcomes,
    Plan,
    Playbook,
)
from services.barriers.policy.draft import Draft
from services.barriers.policy.needs import need_about
from services.barriers.policy.wording import filled, plan_words, why_a_plan

PLANNING = frozenset(
    {Outcome.PLAN_WITHOUT_REFERRAL, Outcome.PERSON_FIRST, Outcome.ASK_FIRST, Outcome.GO_AHEAD}
)
"""The outcomes in which a plan is offered; in all others we listen."""

ASKING = frozenset({Outcome.PERSON_FIRST, Outcome.ASK_FIRST})
"""The outcomes in which somebody asks before help is looked for."""

ANSWERS = frozenset(
    {TaskKind.HAVE_CONVERSATION, TaskKind.ASK_PERMISSION, TaskKind.AGREE_PLAN, TaskKind.PRACTICAL_STEP}
)
"""The kinds of task that answer a barrier by themselves, with no referral behind them."""


class Overtaking(Protocol):
    """A change of mind with its version."""

    @property
    def wish(self) -> Wish:
        """What is wished now."""

    @property
    def version(self) -> int:
        """Which change it is."""


def outcome_of(
    playbook: Playbook, rules: CategoryRules, *, wish: Wish, strength: Strength, importance: int | None
) -> Outcome:
    """Choose between listening, planning, asking and going ahead. A ruler not asked is not a low one."""
    if wish is Wish.JUST_LISTEN:
        return Outcome.LISTEN_AS_WISHED
    if strength is Strength.NOT_AT_ALL:
        return Outcome.LISTEN_FOR_STRENGTH
    if importance is not None and importance <= playbook.readiness.listen_up_to_importance:
        return Outcome.LISTEN_FOR_IMPORTANCE
    if rules.plan is None:
        return Outcome.LISTEN_TO_UNDERSTAND
    return _planned_outcome(rules, wish)


def _planned_outcome(rules: CategoryRules, wish: Wish) -> Outcome:
    if rules.help is None:
        return Outcome.PLAN_WITHOUT_REFERRAL
    if rules.never_auto_refer:
        return Outcome.PERSON_FIRST
    return Outcome.GO_AHEAD if wish is Wish.GO_AHEAD else Outcome.ASK_FIRST


def rule_name(rules: CategoryRules, outcome: Outcome) -> str:
    """Name the rule that decided, such as `transport/go-ahead`."""
    return f"{rules.category.value}/{outcome.value}"


def answer(
    playbook: Playbook,
    caseload: Caseload,
    stated: BarrierStated,
    *,
    now: datetime,
    cause: Cause,
    overtaken_by: Overtaking | None = None,
) -> Decision:
    """Answer a stated barrier; one that was answered before is left alone.

    `overtaken_by` is a later change of mind that arrived before the barrier itself, if there was one.
    """
    if stated.barrier_id in caseload.barriers:
        return Decision(caseload=caseload)
    draft = Draft(playbook, caseload, now=now, cause=cause)
    rules = playbook.categories[stated.category]
    wished = overtaken_by.wish if overtaken_by else stated.wish
    rulers = caseload.client.rulers
    outcome = outcome_of(playbook, rules, wish=wished, strength=stated.strength, importance=rulers.importance)
    others = draft.same_kind(stated.category, but=stated.barrier_id)
    asks = outcome is Outcome.GO_AHEAD and not any(other.help_asked for other in others)
    planned = plan_for(stated.barrier_id, stated.own_idea, others) if outcome in PLANNING else NO_PLAN
    barrier = Barrier(
        id=stated.barrier_id,
        client_id=stated.client_id,
        category=stated.category,
        status=BarrierStatus.ACKNOWLEDGED,
        version=1,
        words=stated.words,
        strength=stated.strength,
        own_idea=stated.own_idea,
        goal_words=stated.goal_words,
        wish=wished,
        wish_version=overtaken_by.version if overtaken_by else 1,
        stated_at=stated.stated_at,
        stated_by=stated.stated_by,
        rule=rule_name(rules, outcome),
        playbook_version=playbook.edition,
        reason=filled(playbook.outcomes[outcome], name=rules.name),
        importance=rulers.importance,
        confidence=rulers.confidence,
        help_asked=asks,
        help_round=int(asks),
        plan_id=planned.id,
        answered_at=now,
        moved_at=now,
        cause=cause,
    )
    draft.barriers[barrier.id] = barrier
    draft.events.append(_answered(barrier, caseload.client.context))
    carry_out(draft, barrier, outcome, occasion="answer")
    offer_plan(draft, barrier, planned, occasion="answer")
    if asks and rules.help is not None:
        draft.tell_need(barrier, rules.help, consents=stated.consents)
    draft.answers[barrier.id] = Answer(
        given=_given(barrier, caseload.client.context, others),
        outcomes=_outcomes(draft, barrier, planned),
    )
    return draft.decision()


def _given(barrier: Barrier, context: ClientContext, others: list[Barrier]) -> Given:
    return Given(
        barrier_id=barrier.id,
        client_id=barrier.client_id,
        category=barrier.category,
        words=barrier.words,
        strength=barrier.strength,
        own_idea=barrier.own_idea,
        goal_words=barrier.goal_words,
        wish=barrier.wish,
        importance=barrier.importance,
        confidence=barrier.confidence,
        pace=context.pace,
        time_zone=context.time_zone,
        shares_plan=any(other.plan_id is not None for other in others),
        help_looked_for=any(other.help_asked for other in others),
        answered_at=barrier.answered_at,
    )


def _outcomes(draft: Draft, barrier: Barrier, planned: PlanChoice) -> Outcomes:
    plan = draft.plans[planned.id] if planned.id is not None and planned.is_new else None
    wanted = draft.rules_of(barrier).help if barrier.help_asked else None
    return Outcomes(
        rule=barrier.rule,
        edition=barrier.playbook_version,
        help=None if wanted is None else Help(resources=wanted.resources, filters=wanted.filters),
        if_words=None if plan is None else plan.if_words,
        then_words=None if plan is None else plan.then_words,
        kinds=tuple(sorted(draft.asked)),
    )


def _answered(barrier: Barrier, context: ClientContext) -> BarrierAnswered:
    return BarrierAnswered(
        client_id=barrier.client_id,
        barrier_id=barrier.id,
        category=barrier.category,
        status=barrier.status,
        rule=barrier.rule,
        playbook_version=barrier.playbook_version,
        reason=barrier.reason,
        help_asked=barrier.help_asked,
        pace=context.pace,
        time_zone=context.time_zone,
        answered_at=barrier.answered_at,
    )


def kinds_of(outcome: Outcome) -> frozenset[TaskKind]:
    """Name the tasks that an outcome calls for by itself, beside those that come with a plan."""
    if outcome not in PLANNING:
        return frozenset({TaskKind.HAVE_CONVERSATION})
    return frozenset({TaskKind.ASK_PERMISSION}) if outcome in ASKING else frozenset()


def carry_out(draft: Draft, barrier: Barrier, outcome: Outcome, *, occasion: str, more: str = "") -> None:
    """Open the tasks that an outcome itself calls for; what is there already stays as it is."""
    for kind in kinds_of(outcome):
        draft.ask_for(
            need_about(draft.playbook, barrier, kind, subject_id=barrier.id, occasion=occasion, more=more)
        )


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """Which plan a barrier gets: one drafted for it, or one that it shares with others of its kind."""

    id: UUID | None
    is_new: bool


NO_PLAN = PlanChoice(None, is_new=False)


def plan_for(barrier_id: UUID, own_idea: str | None, others: list[Barrier]) -> PlanChoice:
    """Choose a plan: one of its own where the client has an idea or there is none to share."""
    shared = next((other.plan_id for other in others if other.plan_id is not None), None)
    if own_idea is None and shared is not None:
        return PlanChoice(shared, is_new=False)
    return PlanChoice(uuid5(barrier_id, "plan"), is_new=True)


def offer_plan(draft: Draft, barrier: Barrier, planned: PlanChoice, *, occasion: str) -> None:
    """Draft the plan where it is a new one, and have somebody look at it with the client."""
    if planned.id is None:
        return
    rules = draft.rules_of(barrier)
    if planned.is_new:
        _draft_plan(draft, barrier, planned.id)
    more = why_a_plan(draft.playbook, rules, barrier)
    draft.ask_for(
        need_about(
            draft.playbook, barrier, TaskKind.AGREE_PLAN, subject_id=barrier.id, occasion=occasion, more=more
        )
    )
    for number, step in enumerate(rules.steps):
        draft.ask_for(
            need_about(
                draft.playbook,
                barrier,
                TaskKind.PRACTICAL_STEP,
                subject_id=uuid5(barrier.id, f"step/{number}"),
                occasion=occasion,
                title=step.title,
                why=step.why,
            )
        )


def _draft_plan(draft: Draft, barrier: Barrier, plan_id: UUID) -> None:
    rules = draft.rules_of(barrier)
    if_words, then_words = plan_words(rules, barrier.own_idea)
    plan = Plan(
        id=plan_id,
        client_id=barrier.client_id,
        barrier_id=barrier.id,
        status=PlanStatus.DRAFTED,
        version=1,
        if_words=if_words,
        then_words=then_words,
        from_own_idea=barrier.own_idea is not None,
        serves=barrier.goal_words,
        cue_hours_before=None if rules.plan is None else rules.plan.cue_hours_before,
        drafted_at=draft.now,
        moved_at=draft.now,
        cause=draft.cause,
    )
    draft.plans[plan.id] = plan
    draft.events.append(
        PlanDrafted(
            client_id=plan.client_id,
            plan_id=plan.id,
            barrier_id=plan.barrier_id,
            if_words=plan.if_words,
            then_words=plan.then_words,
            from_own_idea=plan.from_own_idea,
            serves=plan.serves,
            drafted_at=draft.now,
        )
    )
