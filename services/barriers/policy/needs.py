"""What each kind of need says and how urgent it is, for a given barrier."""

from __future__ import annotations

from uuid import UUID, uuid5

from contracts.terms import Priority, Strength, TaskKind
from services.barriers.model import Barrier, CategoryRules, Need, Playbook
from services.barriers.policy.draft import RANK, NewNeed
from services.barriers.policy.wording import filled, quoted


def need_about(  # noqa: PLR0913 - one keyword for each thing that may be said
    playbook: Playbook,
    barrier: Barrier,
    kind: TaskKind,
    *,
    subject_id: UUID,
    occasion: str,
    referral_id: UUID | None = None,
    more: str = "",
    title: str | None = None,
    why: str | None = None,
    **values: str,
) -> NewNeed:
    """Word a need that a barrier brings. `occasion` tells apart needs of one kind about one subject.

    The task's id follows from subject, kind and occasion alone, so that a replay chooses the same.
    `title` and `why` take the place of the playbook's own where a category words them; `more` is added.
    """
    rules = playbook.categories[barrier.category]
    text = playbook.tasks[kind]
    known = {"name": rules.name, "words": quoted(barrier.words), **values}
    reason = filled(why or text.why, **known)
    priority, priority_reason = _priority(playbook, rules, barrier, kind)
    return NewNeed(
        need=Need(
            kind=kind,
            subject_id=subject_id,
            barrier_id=barrier.id,
            referral_id=referral_id,
            why=f"{reason} {more}" if more else reason,
        ),
        task_id=uuid5(subject_id, f"task/{kind.value}/{occasion}"),
        title=filled(title or text.title, **known),
        priority=priority,
        priority_reason=priority_reason,
    )


def _priority(
    playbook: Playbook, rules: CategoryRules, barrier: Barrier, kind: TaskKind
) -> tuple[Priority, str]:
    """Give the highest of what the kind, the category and the barrier's strength ask for, with its reason."""
    text = playbook.tasks[kind]
    asked = [(text.priority, text.priority_reason)]
    if rules.urgency is not None:
        asked.append((rules.urgency.priority, rules.urgency.reason))
    if barrier.strength is Strength.A_LOT:
        asked.append((Priority.URGENT, playbook.phrases.strong))
    return max(asked, key=lambda one: RANK[one[0]])
