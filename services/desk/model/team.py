"""Teams, and how much each of their people has in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.desk.model.pictures import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who shares clients."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who works with clients."""

    id: UUID
    name: str
    team_ids: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much somebody has in hand; what is nobody's has no `staff_id`."""

    staff_id: UUID | None
    name: str | None
    clients: int
    open: int
    late: int
    too_long: int
    unanswered: int
    stalled: int


class TeamClient(Picture):
    """A client as they are assigned; who waits for a team has none, and version 0."""

    client_id: UUID
    version: int
    name: str
    team_id: UUID | None = None
    team_name: str | None = None
    staff_id: UUID | None = None
    staff_name: str | None = None
    registered_at: datetime | None = None
    open: int = 0
    """How many tasks there are for them."""
