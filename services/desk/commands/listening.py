"""Ask others while somebody types: who may be meant, and what the words may be about.

An extra, so it never stops anybody: who does not answer in a second has nothing to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TypeVar

from contracts.terms import BarrierCategory
from services.desk.catalogue import Shelf
from services.desk.channels.gateway import Gateway, Owner
from services.desk.model.drafts import Typed
from services.desk.model.listening import (
    Alike,
    Alikes,
    Category,
    Suggested,
    Suggestion,
    Suggestions,
)
from services.desk.policy.intake_form import born_on, faults_of, one
from services.desk.policy.intake_plan import channels_of
from shared.auth import Caller
from shared.errors import Problem
from shared.ids import new_id

PATIENCE_SECONDS = 1.0

S = TypeVar("S", bound=Suggested)


class Listener:
    """What the other services have to suggest, and the playbook. One for the process."""

    def __init__(self, gateway: Gateway, shelf: Shelf) -> None:
        self._gateway = gateway
        self._shelf = shelf

    async def alike(self, typed: Typed, caller: Caller) -> Sequence[Alike]:
        """Who on record may be the one that is being typed; nobody where too little is known yet."""
        body = _known_of(typed)
        if not {"full_name", "born_on", "channels"} & set(body):
            return ()
        found = await self._asked(Owner.INTAKE, "/clients/duplicates", body, Alikes, caller)
        return found.items if found else ()

    async def about(self, words: str, caller: Caller) -> Sequence[Suggestion]:
        """What these words may be about."""
        if not words.strip():
            return ()
        found = await self._asked(
            Owner.BARRIERS, "/playbook/suggestions", {"words": words[:4000]}, Suggestions, caller
        )
        return found.suggestions if found else ()

    async def categories(self) -> Sequence[Category]:
        """Every kind of barrier, in the playbook's words; in plain ones while none has arrived."""
        book = await self._shelf.in_force()
        if book is None:
            return _PLAIN
        return [
            Category(category=one.category.value, name=one.name, about=one.about)
            for one in book.content.categories
        ]

    async def _asked(  # noqa: PLR0917 - a request
        self, owner: Owner, path: str, body: Mapping[str, object], kind: type[S], caller: Caller
    ) -> S | None:
        key = new_id()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                done = await self._gateway.send(
                    owner, "POST", path, body, caller=caller, key=str(key), correlation_id=key
                )
            return kind.model_validate(done.answer)
        except (Problem, TimeoutError, ValueError):
            return None


_PLAIN = tuple(
    Category(category=one_of.value, name=one_of.value.replace("_", " ").replace(".", ": "))
    for one_of in BarrierCategory
)


def _known_of(typed: Typed) -> dict[str, object]:
    """What was typed so far, as far as it is whole."""
    faults = faults_of("who", typed)
    name = one(typed, "full_name") or one(typed, "preferred_name")
    born = None if "born" in faults else born_on(typed)
    channels = [
        {"kind": channel["kind"], "address": channel["address"]}
        for channel in ([] if _WAYS & set(faults) else channels_of(typed))
    ]
    known: dict[str, object] = {
        "full_name": name[:200],
        "preferred_name": one(typed, "preferred_name")[:200],
        "born_on": born.isoformat() if born else None,
        "postcode": one(typed, "postcode")[:12],
        "channels": channels,
    }
    return {field: value for field, value in known.items() if value}


_WAYS = frozenset({"mobile", "email", "mobile-from", "email-from", "post-from"})
