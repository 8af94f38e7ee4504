"""What staff may say at a moment, put together from the playbook; nothing is made up, and nothing is chosen.

First for what is to be done, then about what stands in the way, then by where the client is on the rulers.
Barriers offers the same to others; a test holds the two side by side.
"""

from __future__ import annotations

from collections.abc import Iterable

from contracts.playbook import PlaybookContent, Sayings
from contracts.terms import BarrierCategory, TaskKind


def stage_of(content: PlaybookContent, *, importance: int | None, confidence: int | None) -> str:
    """Where somebody stands with a change. A ruler not asked never counts as low."""
    if importance is None and confidence is None:
        return "not_asked"
    unimportant = importance is not None and importance <= content.listen_up_to_importance
    unsure = confidence is not None and confidence <= content.small_step_up_to_confidence
    if unimportant:
        return "neither_yet" if unsure else "not_important_yet"
    return "not_confident_yet" if unsure else "ready"


def sayings_for(
    content: PlaybookContent,
    category: BarrierCategory,
    *,
    importance: int | None = None,
    confidence: int | None = None,
    task: TaskKind | None = None,
) -> Sayings:
    """What may be said now, each sentence once."""
    stage = stage_of(content, importance=importance, confidence=confidence)
    parts = (
        *(one.sayings for one in content.by_task if one.kind is task),
        *(one.sayings for one in content.categories if one.category is category),
        *(one.sayings for one in content.by_stage if one.stage == stage),
    )
    return Sayings(
        open_questions=_once(part.open_questions for part in parts),
        affirmations=_once(part.affirmations for part in parts),
        reflections=_once(part.reflections for part in parts),
        deeper_reflections=_once(part.deeper_reflections for part in parts),
    )


def _once(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))
