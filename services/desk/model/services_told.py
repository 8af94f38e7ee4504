"""A service of the directory as navigation tells of it, for forms that change it; the rest is let go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Told(BaseModel):
    """Something that navigation tells."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Correction(Told):
    """A field that staff put right; it goes before what the directory says."""

    field: str
    value: object
    source_value: object
    conflicting: bool
    """The directory has come to say a third thing since; a person decides which holds."""
    until: date | None = None
    why: str
    corrected_at: datetime
    corrected_by: UUID


class Service(Told):
    """A service as it stands. What is None is not known, which is never the same as no."""

    id: UUID
    name: str
    organization_name: str
    version: int
    """What an edit is made on."""
    source: str
    status: str
    retired: bool
    closed_until: date | None = None
    codes: tuple[str, ...] = ()
    areas: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    accessibility: tuple[str, ...] | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    free: bool | None = None
    in_person: bool | None = None
    remote: bool | None = None
    capacity: str = "unknown"
    places: int | None = None
    assured_date: date | None = None
    checked_days_ago: int | None = None
    open_reports: int = 0
    details: Mapping[str, object] = Field(default_factory=dict)
    """Words for people, by the names of the fields that may be put right."""
    corrections: tuple[Correction, ...] = ()

    def value(self, name: str) -> object:
        """What a field that may be put right says now."""
        return self.details.get(name) if name in self.details else getattr(self, name, None)

    @property
    def closed(self) -> bool:
        """Whether it is closed for a time."""
        return self.status == "temporarily closed"

    @property
    def conflicting(self) -> tuple[Correction, ...]:
        """What its directory has come to say otherwise since somebody put it right."""
        return tuple(one for one in self.corrections if one.conflicting)


class Clash(Told):
    """A field that somebody else changed since a form was opened."""

    field: str
    yours: object = None
    now: object = None
    was: object = None
    by_staff: UUID | None = None
    """None where its directory did, by an import."""
    at: datetime
