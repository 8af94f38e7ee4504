"""Another playbook tried on the past: each barrier as it was answered, and as it would have been.

The very code that answers barriers decides here as well, on what was known at that moment, so that a trial
says what would have happened. Each answer is tried by itself: what one of them would have led to does not
change the others. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID, uuid5

from contracts.events.intake import BarrierStated
from contracts.terms import BarrierStatus
from contracts.values import ClientContext
from services.barriers.model import Barrier, Caseload, Cause, Client, Playbook, Rulers
from services.barriers.model.answers import Answer, Given, Outcomes
from services.barriers.policy.answering import answer

NOBODY = UUID(int=0)
Part = Literal["rule", "help", "plan", "tasks"]
"""What may differ between two answers."""


def replay(playbook: Playbook, given: Given) -> Outcomes:
    """Say what a playbook makes of what was known then."""
    cause = Cause(event_id=NOBODY, correlation_id=NOBODY)
    context = ClientContext(client_id=given.client_id, version=1, pace=given.pace, time_zone=given.time_zone)
    stated = BarrierStated(
        client_id=given.client_id,
        barrier_id=given.barrier_id,
        words=given.words,
        category=given.category,
        strength=given.strength,
        own_idea=given.own_idea,
        wish=given.wish,
        goal_words=given.goal_words,
        stated_at=given.answered_at,
        stated_by=NOBODY,
        client=context,
    )
    client = Client(context=context, rulers=Rulers(importance=given.importance, confidence=given.confidence))
    case = Caseload(client=client, barriers=_others(given, cause))
    decided = answer(playbook, case, stated, now=given.answered_at, cause=cause)
    return decided.caseload.answers[given.barrier_id].outcomes


def differences(was: Outcomes, would_be: Outcomes) -> tuple[Part, ...]:
    """Name what would have been different: rule, help, plan or tasks. The edition itself does not count."""
    parts: Mapping[Part, bool] = {
        "rule": was.rule != would_be.rule,
        "help": was.help != would_be.help,
        "plan": (was.if_words, was.then_words) != (would_be.if_words, would_be.then_words),
        "tasks": was.kinds != would_be.kinds,
    }
    return tuple(name for name, differs in parts.items() if differs)


def tried_on(playbook: Playbook, answers: list[Answer]) -> list[tuple[Answer, Outcomes]]:
    """Give the answers that would have been different, each with what it would have been."""
    found = []
    for one in answers:
        would_be = replay(playbook, one.given)
        if differences(one.outcomes, would_be):
            found.append((one, would_be))
    return found


def _others(given: Given, cause: Cause) -> dict[UUID, Barrier]:
    """Stand in for the open barriers of the same kind, as far as an answer looks at them."""
    if not (given.shares_plan or given.help_looked_for):
        return {}
    other = Barrier(
        id=uuid5(given.barrier_id, "other"),
        client_id=given.client_id,
        category=given.category,
        status=BarrierStatus.ACKNOWLEDGED,
        version=1,
        words=given.words,
        strength=given.strength,
        own_idea=None,
        goal_words=None,
        wish=given.wish,
        wish_version=1,
        stated_at=given.answered_at,
        stated_by=NOBODY,
        rule="",
        playbook_version="",
        reason="",
        importance=None,
        confidence=None,
        help_asked=given.help_looked_for,
        help_round=int(given.help_looked_for),
        plan_id=uuid5(given.barrier_id, "other/plan") if given.shares_plan else None,
        answered_at=given.answered_at,
        moved_at=given.answered_at,
        cause=cause,
    )
    return {other.id: other}
