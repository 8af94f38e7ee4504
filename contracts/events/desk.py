"""What the desk states: who looks after a client, and that somebody has seen what waited too long."""

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


class EscalationAcknowledged(ClientEvent):
    """Somebody has seen that a task waited too long, and says what happens now. The first one counts."""

    subject: ClassVar[str] = "care.desk.escalation.acknowledged.v1"

    task_id: UUID
    note: str | None = None
    """What was said about it."""
    by: UUID
    """The staff member who has seen it."""
    acknowledged_at: AwareDatetime
    """When they said so."""
