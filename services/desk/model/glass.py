"""Where somebody stands with a client, and the glass that is broken in need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.desk.model.staff import Assigned


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides whether somebody may see a client."""

    client_id: UUID
    assigned: Assigned | None
    team_ids: frozenset[UUID] = frozenset()
    """The teams of all records of the person; of one of them is whoever sees any."""
    glass_id: UUID | None = None
    """The glass that this very staff member has broken to this record, if it is in force."""
    partly: bool = False
    """Another record of the same person has a team, and no glass was broken to it."""

    @property
    def glass_broken(self) -> bool:
        """Whether there is a reason for everything that is known of the person."""
        return not self.partly and (self.glass_id is not None or self.assigned is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """Somebody opened the record of another team's client."""

    id: UUID
    client_id: UUID
    team_id: UUID
    staff_id: UUID
    reason: str
    broken_at: datetime
    ends_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassSeen:
    """The same, with the names of those whom it is about."""

    glass: Glass
    staff_name: str
    client_name: str
    team_name: str
    acknowledged_name: str
