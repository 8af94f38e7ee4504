"""A service of the directory as its editors see it: what its directory says, and what staff put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.navigation.model.directory import Listing

Value = object
"""A field's value as JSON has it; None where it is not known."""


class Field(StrEnum):
    """What staff may put right: facts that matching goes by, then words for people."""

    NAME = "name"
    STATUS = "status"
    CODES = "codes"
    AREAS = "areas"
    LANGUAGES = "languages"
    MINIMUM_AGE = "minimum_age"
    MAXIMUM_AGE = "maximum_age"
    FREE = "free"
    IN_PERSON = "in_person"
    REMOTE = "remote"
    ACCESSIBILITY = "accessibility"
    HOURS = "hours"
    ASSURED_DATE = "assured_date"
    DESCRIPTION = "description"
    URL = "url"
    EMAIL = "email"
    PHONES = "phones"
    ADDRESSES = "addresses"
    ELIGIBILITY = "eligibility"
    APPLICATION_PROCESS = "application_process"
    FEES = "fees"
    ALERT = "alert"


WORDS = frozenset({
    Field.DESCRIPTION, Field.URL, Field.EMAIL, Field.PHONES, Field.ADDRESSES, Field.ELIGIBILITY,
    Field.APPLICATION_PROCESS, Field.FEES, Field.ALERT,
})  # fmt: skip
"""Fields that nothing is decided by: they are read out of the document, with what was put right before."""


class What(StrEnum):
    """What kind of change a line of a service's history tells of."""

    ADDED = "added"
    IMPORTED = "imported"
    RETIRED = "retired"
    CORRECTED = "corrected"
    CHECKED = "checked"
    CLOSED = "closed"
    REOPENED = "reopened"
    CAPACITY = "capacity"
    CLOCKS = "clocks"
    REPORTED = "reported"
    RESOLVED = "resolved"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One field that staff put right: our value, and what the directory says as far as was seen."""

    field: Field
    value: Value
    source_value: Value
    conflicting: bool
    """The directory has come to say something else since it was put right; a person decides which holds."""
    until: date | None
    """The first day on which what the directory says holds again."""
    why: str
    corrected_at: datetime
    corrected_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A service as it stands, with everything that its directory published."""

    listing: Listing
    source: str
    changed_at: datetime
    retired: bool
    closed_until: date | None
    capacity_said_at: datetime | None
    document: Mapping[str, object]
    organization_url: str | None
    corrections: tuple[Correction, ...]
    open_reports: int

    @property
    def version(self) -> int:
        """The revision that brought this state: what an edit is made on."""
        return self.listing.revision
