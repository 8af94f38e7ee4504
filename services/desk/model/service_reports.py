"""What somebody says is wrong in the directory, and what an editor found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.terms import ReportOutcome


class Stand(StrEnum):
    """Which reports to show."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report; what became of it is None while it waits."""

    entry_id: UUID
    """Of the event that stated it, by which a page goes on."""
    id: UUID
    service_id: UUID
    service_name: str
    source: str
    fields: tuple[str, ...]
    words: str
    reported_by: UUID | None
    reported_at: datetime
    outcome: ReportOutcome | None
    answer: str | None
    resolved_by: UUID | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which reports somebody looks for."""

    stand: Stand
    source: str | None = None
    service_id: UUID | None = None
    after: tuple[datetime, UUID] | None = None
