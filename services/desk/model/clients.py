"""What a client's page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.desk.model.entries import Entry
from services.desk.model.pictures import ClientPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A client, who looks after them, and how much there is on each part of their page."""

    client: ClientPicture
    team_id: UUID | None
    team_name: str | None
    """None while they wait for a team."""
    staff_id: UUID | None
    staff_name: str | None
    """Who of the team looks after them; None when nobody does yet."""
    counts: Mapping[str, int]
    """By the part of the page: way, referrals, messages."""
    records: frozenset[UUID]
    """Every record of this person that was merged into this one, itself included."""

    @property
    def id(self) -> UUID:
        """Who it is."""
        return self.client.id

    @property
    def name(self) -> str:
        """How they like to be called; words that say so where that is not known yet."""
        return self.client.preferred_name or self.client.full_name or "This client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something is here: from where it began to the thing itself, and what else came of it."""

    chain: tuple[Entry, ...]
    """The first cause first, the thing itself last."""
    led_to: tuple[Entry, ...]
    """What came of the thing itself."""
    beside: tuple[Entry, ...]
    """What else came of the same cause."""
