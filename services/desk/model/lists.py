"""Lists of what there is to do: what is asked for, and what is found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from contracts.terms import BarrierCategory, TaskKind
from services.desk.model.pictures import Picture, TaskPicture


class Turn(IntEnum):
    """When a task's turn is; it follows from its window, its priority and the time of looking."""

    NOW = 0
    """Its window ends today or has passed, or it is pressing."""
    THESE_DAYS = 1
    """Its window has begun."""
    LATER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task stands in the one order of a list."""

    turn: int
    rank: int
    due_by: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which tasks are asked for."""

    teams: Collection[UUID]
    """Only ever of people with a record of these teams."""
    person: UUID | None = None
    """Only what is theirs: what they have taken on, and what nobody has of clients whom they look after."""
    nobodys: bool = False
    """Only what nobody has, of clients whom nobody looks after."""
    records: Collection[UUID] | None = None
    """Only of these clients."""
    turn: Turn | None = None
    kinds: Collection[TaskKind] | None = None
    waited_too_long: bool = False
    """Only what waited longer than its window, and nobody has said yet that they have seen it."""
    after: Place | None = None
    limit: int = 25
    topics: Collection[UUID] = ()
    """Whose position is wanted."""


class Count(Picture):
    """How many tasks are of one turn and kind."""

    turn: Turn
    kind: TaskKind
    too_long: bool
    number: int


class Row(Picture):
    """A task in a list, with what one has to know to choose it."""

    turn: Turn
    rank: int
    task: TaskPicture
    client_name: str
    time_zone: str | None = None
    words: str | None = None
    """What the client said stands in the way."""
    category: BarrierCategory | None = None
    owner: UUID | None = None
    """Who has it, or who looks after the client."""
    owner_name: str | None = None
    person_id: UUID | None = None
    """The record that stands for the client; None where nothing has come of them yet."""
    handed_by_name: str | None = None
    """Who handed it to the one who has it."""

    @property
    def place(self) -> Place:
        """Where it stands in the order."""
        return Place(
            turn=self.turn,
            rank=self.rank,
            due_by=self.task.due_by or datetime.max,  # noqa: DTZ901 - never: what is alive has a window
            id=self.task.id,
        )


class Board(Picture):
    """A part of a list, counted and read at one moment."""

    counts: tuple[Count, ...] = ()
    """Of the whole list, whichever turn and kind are asked for."""
    rows: tuple[Row, ...] = ()
    """In order; one more than was asked for where there are more."""
    position: int = 0
    """Where the topics were last touched."""


class TaskNow(Picture):
    """How a task stands, and whose it is."""

    task: TaskPicture
    client_name: str
    by_name: str | None = None
    team_ids: frozenset[UUID]
    """The teams that look after the client."""
