"""A directory that is brought in over HTTP: uploaded, previewed, run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class UploadState(StrEnum):
    """Where an import over HTTP stands. One at a time is under way."""

    EMPTY = "empty"
    """Begun; its file is still to come."""
    UPLOADED = "uploaded"
    """The file is here; the preview begins within a second."""
    PREVIEWING = "previewing"
    PREVIEWED = "previewed"
    """What it would do is known; a person says whether it is run."""
    TO_RUN = "to_run"
    RUNNING = "running"
    DONE = "done"
    BROKEN = "broken"
    """The file cannot be used; nothing was changed."""
    STOPPED = "stopped"
    """A person stopped it, or nobody went on with it for a day; nothing was changed."""


class UploadKind(StrEnum):
    """What was uploaded."""

    ZIP = "zip"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


class RowOutcome(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    """A service that this source had before and has no more."""
    CONFLICT = "conflict"
    """A field that staff put right, of which the directory now says a third thing; ours holds."""
    REJECTED = "rejected"
    DANGLING = "dangling"
    """It refers to something that is nowhere."""
    DUPLICATE = "duplicate"
    ODD = "odd"
    """A value that is not as it should be, and what was made of it; the first few of each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One import over HTTP."""

    id: UUID
    source: str
    state: UploadState
    kind: UploadKind | None
    bytes: int
    bytes_read: int
    bytes_to_read: int | None
    doing: str | None
    tries: int
    problem: str | None
    preview: Mapping[str, object] | None
    report: Mapping[str, object] | None
    begun_by: UUID
    begun_at: datetime
    run_by: UUID | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow:
    """One line of the report of an import."""

    number: int
    outcome: RowOutcome
    file: str
    line: int
    kind: str
    record: str
    service_id: UUID | None = None
    name: str | None = None
    field: str | None = None
    reason: str | None = None
    value: str | None = None
    changes: Mapping[str, object] | None = None
    """By field: what is there, and what comes."""
