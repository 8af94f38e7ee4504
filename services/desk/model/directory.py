"""Services of the directory, as the desk keeps, finds and shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.events.navigation import ServiceChanged
from contracts.terms import Capacity, ClientConfirmed, ReferralStatus, ServiceStatus
from services.desk.model.entries import Entry
from services.desk.model.pictures import Picture


class Standing(StrEnum):
    """Whether one can be sent there."""

    OPEN = "open"
    CLOSED = "closed"
    """For a time, or for good, by what its directory or our staff say."""
    RETIRED = "retired"
    """Its directory has left it out since; it may come back."""


class ServicePicture(Picture):
    """A service as it stands: what was stated with its highest version, whole."""

    id: UUID
    said: ServiceChanged

    @property
    def standing(self) -> Standing:
        """Whether one can be sent there."""
        if self.said.retired:
            return Standing.RETIRED
        return Standing.OPEN if self.said.status is ServiceStatus.ACTIVE else Standing.CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBy:
    """By what a search comes upon a service."""

    sort_name: str
    """Its place in the order of a list."""
    codes: tuple[str, ...]
    """Its kinds of help, with every broader one."""
    words: tuple[str, ...]
    """Small and without accents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which services are looked for: those that fit everything that is said here."""

    words: str | None = None
    """Each begins a word of the service, as PostgreSQL writes what it searches for."""
    code: str | None = None
    """A kind of help; narrower ones are found as well."""
    prefixes: Sequence[str] | None = None
    """Every beginning of a postcode, the empty one too. Where areas are not known it is found as well."""
    standings: Sequence[Standing] = (Standing.OPEN,)
    checked_from: date | None = None
    """Checked on this day or later."""
    checked_before: date | None = None
    """Checked before this day, or nobody knows when."""
    never_checked: bool = False
    capacity: Capacity | None = None
    reported: bool = False
    """Only those of which somebody said that something is wrong, and nobody has looked into it."""
    conflicting: bool = False
    """Only those of which the directory says something else than what our staff put right."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was found, in the order of names."""

    total: int
    """How many there are on all pages together."""
    services: tuple[tuple[str, ServicePicture], ...]
    """Each with its place in the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Somebody said that something is wrong, and nobody has looked into it yet."""

    id: UUID
    words: str
    fields: tuple[str, ...]
    at: datetime
    by: str | None
    """Their name, where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of a service's history; of a change also how the service stood before it."""

    entry: Entry
    before: ServiceChanged | None
    by: str | None
    """The name of the colleague who did it; None where an import, a partner or time did."""


class Referred(BaseModel):
    """How it goes with what was referred to a service within some time: counts, and nobody's name."""

    model_config = ConfigDict(frozen=True)

    sent: int
    answered: int
    unanswered: int
    """Of which no answer came although one was due."""
    waiting: int
    """Of which an answer may still come in its time."""
    median_seconds: float | None = None
    """Within how long half of the first answers came."""
    slow_seconds: float | None = None
    """Within how long nine of ten first answers came."""
    teams: tuple[tuple[str | None, int], ...] = ()
    """How many by each team; None is who waits for a team."""
    statuses: tuple[tuple[ReferralStatus, ClientConfirmed | None, int], ...] = ()
    """How they stand, with what the clients said of it."""
