"""What to ask and say, from the playbook as the desk has heard of it.

Suggestions stand beside the work. While no playbook has arrived there are none, and the page goes on without.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.playbook import Sayings as Prompts
from contracts.terms import BarrierCategory, TaskKind
from services.desk.catalogue import Shelf
from services.desk.policy.playbook_sayings import sayings_for

__all__ = ["Moment", "Prompter", "Prompts"]


@dataclass(frozen=True, slots=True)
class Moment:
    """What the suggestions are for: what stands in the way, where the client is, what there is to do."""

    category: BarrierCategory
    importance: int | None = None
    confidence: int | None = None
    task: TaskKind | None = None


class Prompter:
    """Puts suggestions together. One for the process."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def about(self, moment: Moment) -> Prompts | None:
        """What to ask and say at this moment; None while no playbook has arrived."""
        book = await self._shelf.in_force()
        if book is None:
            return None
        return sayings_for(
            book.content,
            moment.category,
            importance=moment.importance,
            confidence=moment.confidence,
            task=moment.task,
        )
