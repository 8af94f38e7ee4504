"""Clients that come from a file: the file, its rows, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.intake.model.matching import Likeness
from services.intake.model.records import Client


class ImportState(StrEnum):
    """How far an import is. `planned` waits for a person's word; the others go on by themselves."""

    READING = "reading"
    PLANNING = "planning"
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"


class Outcome(StrEnum):
    """What became of a row. `waiting` is for a person; `same_person` and `left_out` are a person's word."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    REPEATED = "repeated"
    WAITING = "waiting"
    REJECTED = "rejected"
    SAME_PERSON = "same_person"
    LEFT_OUT = "left_out"


class DateOrder(StrEnum):
    """How a file writes dates that are not written 1991-03-14."""

    ISO = "iso"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRules:
    """What the person who uploads says about a file as a whole."""

    time_zone: str
    """The zone of clients whose row names none."""
    language: str = "en"
    dates: DateOrder = DateOrder.ISO


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """A row that can be a client. `content` is equal for rows that say the same."""

    line: int
    client: Client
    likeness: Likeness
    record_id: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that cannot be a client, and why, in words that help to put it right."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A record of a source that is on file already, and what its row said then."""

    record_id: str
    content: bytes
    client_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Somebody who may be the same as a row's person: on file (`client_id`), or in another line."""

    score: int
    reasons: tuple[str, ...]
    client_id: UUID | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is to become of a row; `client_id` where that is known already."""

    line: int
    outcome: Outcome
    reason: str
    client_id: UUID | None = None
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A file of clients that was uploaded."""

    id: UUID
    source: str
    content: bytes
    state: ImportState
    rules: ReadingRules
    columns_read: tuple[str, ...]
    columns_ignored: tuple[str, ...]
    rows_total: int
    uploaded_at: datetime
    uploaded_by: UUID
    run_by: UUID | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """A row as it stands in the file, by the names of our fields."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A row on file, for the report."""

    line: int
    cells: dict[str, str] | None
    planned: Outcome | None
    outcome: Outcome | None
    reason: str | None
    shown: tuple[Shown, ...]
    client_id: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many rows came to what, planned and done."""

    planned: dict[Outcome, int]
    outcome: dict[Outcome, int]
    read: int
