"""What a client's page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.desk.model.entries import Entry
from services.desk.model.pictures import ClientPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOnePerson:
    """A record that shares its person with another one."""

    client_id: UUID
    survivor_id: UUID
    """The record that stands for the person."""
    team_ids: frozenset[UUID]
    """The teams of all records of the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with one record, or with several that were put together."""

    shown: UUID
    """The record that stands for them, which is shown."""
    records: frozenset[UUID]
    """Every record of theirs, that one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is of a person's records, and who looks after them."""

    clients: tuple[ClientPicture, ...]
    """Each record as it stands, in no order."""
    team_id: UUID | None
    team_name: str | None
    staff_id: UUID | None
    staff_name: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A client, who looks after them, and how much there is on each part of their page."""

    client: ClientPicture
    """All records of theirs as one."""
    own: ClientPicture
    """The record that stands for them, by itself."""
    team_id: UUID | None
    team_name: str | None
    """None while they wait for a team."""
    staff_id: UUID | None
    staff_name: str | None
    """Who of the team looks after them; None when nobody does yet."""
    counts: Mapping[str, int]
    """By the part of the page: way, referrals, messages."""
    records: frozenset[UUID]
    """Every record of this person, this one included: what is shown is of all of them."""

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
