"""What is written down about who looked at what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

LATER_THAN_ALL = 2**63 - 1


class Deed(StrEnum):
    """What somebody did. Changes are written down when they are asked for, whatever comes of it."""

    SEEN = "seen"
    CHANGED = "changed"
    LISTED = "listed"
    LOOKED_FOR = "looked_for"
    EXPORTED = "exported"
    GLASS_BROKEN = "glass_broken"
    TURNED_AWAY = "turned_away"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    STAFF_CHANGED = "staff_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One line of the audit, as it is asked for: turn, time and hash are given by the database."""

    deed: str
    """A `Deed`; or whatever stands there now, if somebody tampered with it."""
    route: str
    """The route's template, such as `GET /clients/{client_id}`; never an address."""
    correlation_id: UUID
    staff_id: UUID | None = None
    session_id: UUID | None = None
    client_id: UUID | None = None
    team_id: UUID | None = None
    about_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One line of the audit, as it is kept."""

    sequence: int
    at: datetime
    trace: Trace
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines of the audit a supervisor wants to read: the latest first, those before `before`."""

    team_ids: frozenset[UUID]
    client_id: UUID | None = None
    staff_id: UUID | None = None
    deed: Deed | None = None
    after: int = 0
    before: int = LATER_THAN_ALL
    most: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the audit with the names of those whom it is about."""

    sequence: int
    at: datetime
    trace: Trace
    staff_name: str
    client_name: str
    reason: str
    """Why the glass was broken, where it was."""
