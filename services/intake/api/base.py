"""What the routes of intake have in common: who may, what bodies are like, what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.intake import store
from services.intake.model import Flaw
from shared.clock import Clock
from shared.db import Connection
from shared.errors import Invalid, NotFound
from shared.http import Given

WRITERS = ("intake", "case_manager")
READERS = (*WRITERS, "supervisor", "admin")
LAST_VERSION = 2**31 - 1
"""Nothing is changed so often; a greater number fits in no column."""


class Body(BaseModel):
    """What is sent and answered. A field that we do not know is pointed out, never silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Said = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]
"""Someone's words, kept exactly as they are."""
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
"""A name as its bearer writes it."""


@dataclass(frozen=True, slots=True)
class Present:
    """The domain's present, for reads that say what is in force now."""

    clock: Clock

    def moment(self) -> datetime:
        """Now."""
        return self.clock.now()


Now = Annotated[Present, Given(Present)]


def no_such_client() -> NotFound:
    """The answer where there is no client of this id."""
    return NotFound("There is no client with this id.")


def not_accepted(flaws: Iterable[Flaw]) -> Invalid:
    """The answer that names every flaw, by field and in plain words."""
    faults = [{"field": flaw.field, "problem": flaw.words} for flaw in flaws]
    return Invalid(" ".join(fault["problem"] for fault in faults), errors=faults)


async def known_client(conn: Connection, client_id: UUID) -> None:
    """Raise `NotFound` unless there is such a client."""
    if not await store.clients.client_exists(conn, client_id):
        raise no_such_client()
