"""What the desk states: who looks after a client."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.events.base import ClientEvent


class ClientAssigned(ClientEvent):
    """A client belongs to a team now, and perhaps to somebody in it. The highest `version` counts."""

    subject: ClassVar[str] = "care.desk.client.assigned.v1"

    version: Annotated[int, Field(ge=1)]
    team_id: UUID
    """The team that shares the client."""
    staff_id: UUID | None = None
    """Who of the team looks after the client; null when nobody does yet."""
    note: str | None = None
    """What was said at the hand-over."""
    by: UUID | None = None
    """The staff member who decided it."""
    assigned_at: AwareDatetime
    """When it was decided."""
