"""A conversation that is being written down: what was typed so far, and how far it has been handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

Typed = Mapping[str, tuple[str, ...]]
"""The fields of a page as they were typed, by name. A field of which nothing was typed is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """From where something is saved: which opened page, its how-manieth time, and what it was based on."""

    page: UUID
    turn: int
    version: int
    """The version of the part that the page showed when it was opened; 0 where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One page of a draft as it was typed last."""

    name: str
    version: int
    fields: Typed
    written_from: UUID
    written_turn: int
    saved_at: datetime


class StepStatus(StrEnum):
    """Where one request to intake is."""

    SENT = "sent"
    """It may or may not have been done: it goes out again exactly as it is, under its key."""
    DONE = "done"
    TURNED_BACK = "turned_back"
    """Nothing of it was done; what it rests on may be put right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request to intake. In `path` and `body`, `{client}` and `{goal-1}` stand for earlier answers."""

    name: str
    position: int
    path: str
    body: Mapping[str, object]
    status: StepStatus = StepStatus.SENT
    answer: UUID | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    """Why it was turned back, in words, by field of the page that it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything about one conversation that is being written down."""

    id: UUID
    staff_id: UUID
    begun_at: datetime
    saved_at: datetime
    client_id: UUID | None = None
    finishing_at: datetime | None = None
    finished_at: datetime | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)
    steps: Sequence[Step] = ()

    def typed(self, part: str) -> Typed:
        """What was typed on a page so far."""
        found = self.parts.get(part)
        return found.fields if found else {}

    @property
    def barriers(self) -> tuple[str, ...]:
        """The pages of what gets in the way, in order, without those left blank."""
        names = [name for name in self.parts if name.startswith("barrier-") and self.typed(name)]
        return tuple(sorted(names, key=lambda name: int(name.partition("-")[2])))

    @property
    def done(self) -> frozenset[str]:
        """The requests that have been done for certain."""
        return frozenset(step.name for step in self.steps if step.status is StepStatus.DONE)

    @property
    def settled(self) -> frozenset[str]:
        """The requests that are done or may be: what they rest on stays as it is."""
        return frozenset(step.name for step in self.steps if step.status is not StepStatus.TURNED_BACK)
