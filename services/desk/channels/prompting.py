"""What to ask and say, from the playbook that barriers keeps: remembered for a while, never waited for long.

Suggestions stand beside the work. Where the playbook cannot be reached in a moment there are none, and the
page goes on without them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.terms import BarrierCategory, TaskKind
from services.desk.channels.gateway import Gateway, Owner
from shared.auth import Caller
from shared.errors import Problem

FRESH_SECONDS = 300.0
AGAIN_AFTER_SECONDS = 10.0
"""How soon it is tried again after the playbook could not be reached."""
PATIENCE_SECONDS = 0.4
MOST_KEPT = 2000


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Prompts(_Shape):
    """Open questions, affirmations and reflections: suggestions, never a script."""

    open_questions: tuple[str, ...] = ()
    affirmations: tuple[str, ...] = ()
    reflections: tuple[str, ...] = ()
    deeper_reflections: tuple[str, ...] = ()


class _Conversation(_Shape):
    prompts: Prompts


@dataclass(frozen=True, slots=True)
class Moment:
    """What the suggestions are for: what stands in the way, where the client is, what there is to do."""

    category: BarrierCategory
    importance: int | None = None
    confidence: int | None = None
    task: TaskKind | None = None


class Prompter:
    """Asks for suggestions and remembers them. One for the process."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._kept: OrderedDict[Moment, tuple[float, Prompts | None]] = OrderedDict()

    async def about(self, caller: Caller, moment: Moment) -> Prompts | None:
        """What to ask and say at this moment; None where the playbook could not be reached."""
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(moment)
        if kept is not None and kept[0] > now:
            return kept[1]
        found = await self._asked(caller, moment)
        self._kept[moment] = (now + (FRESH_SECONDS if found else AGAIN_AFTER_SECONDS), found)
        self._kept.move_to_end(moment)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    async def _asked(self, caller: Caller, moment: Moment) -> Prompts | None:
        rulers = {"importance": moment.importance, "confidence": moment.confidence}
        params = {name: str(value) for name, value in rulers.items() if value is not None}
        if moment.task is not None:
            params["task"] = moment.task.value
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._gateway.read(
                    Owner.BARRIERS,
                    f"/playbook/{moment.category.value}/conversation",
                    caller=caller,
                    params=params,
                )
            return _Conversation.model_validate_json(answer.content).prompts
        except (Problem, TimeoutError, ValidationError):
            return None
