"""What staff may say: open questions, affirmations and reflections for the moment at hand.

Suggestions, put together from the playbook: first what the task at hand is for, then what stands in the way,
then where the client is by their rulers. Nothing is made up, and nothing is chosen.
"""

from __future__ import annotations

from collections.abc import Iterable

from contracts.terms import TaskKind
from services.barriers.model import CategoryRules, Playbook, Prompts, Stage
from services.barriers.policy.wording import filled

RULER_ENDS = 10
BELOW = 3
"""How far below what was said the follow-up of a ruler looks: "why a 6 and not a 3?"."""


def stage_of(playbook: Playbook, *, importance: int | None, confidence: int | None) -> Stage:
    """Say where somebody stands with a change. A ruler not asked never counts as low."""
    if importance is None and confidence is None:
        return Stage.NOT_ASKED
    readiness = playbook.readiness
    unimportant = importance is not None and importance <= readiness.listen_up_to_importance
    unsure = confidence is not None and confidence <= readiness.small_step_up_to_confidence
    if unimportant:
        return Stage.NEITHER_YET if unsure else Stage.NOT_IMPORTANT_YET
    return Stage.NOT_CONFIDENT_YET if unsure else Stage.READY


def prompts_of(rules: CategoryRules) -> Prompts:
    """Give what may be said about one kind of barrier, whatever the moment."""
    return Prompts(
        open_questions=rules.open_questions,
        affirmations=rules.affirmations,
        reflections=rules.reflections,
        deeper_reflections=rules.deeper_reflections,
    )


def prompts_for(
    playbook: Playbook, rules: CategoryRules, *, stage: Stage, task: TaskKind | None = None
) -> Prompts:
    """Put together what may be said now, each sentence once."""
    general = playbook.conversation
    of_task = general.tasks.get(task, Prompts()) if task is not None else Prompts()
    parts = (of_task, prompts_of(rules), general.stages.get(stage, Prompts()))
    return Prompts(
        open_questions=_once(part.open_questions for part in parts),
        affirmations=_once(part.affirmations for part in parts),
        reflections=_once(part.reflections for part in parts),
        deeper_reflections=_once(part.deeper_reflections for part in parts),
    )


def after_a_ruler(playbook: Playbook, value: int) -> tuple[str, ...]:
    """Give the follow-ups to a ruler's value, leaving out those that ask beyond its ends."""
    asked = []
    for text in playbook.conversation.rulers.open_questions:
        if ("{lower}" in text and value == 0) or ("{higher}" in text and value == RULER_ENDS):
            continue
        lower, higher = max(0, value - BELOW), min(RULER_ENDS, value + 1)
        asked.append(filled(text, value=str(value), lower=str(lower), higher=str(higher)))
    return tuple(asked)


def _once(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))
