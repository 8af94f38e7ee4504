"""An import of a directory as navigation tells of it; the rest is let go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    """Something that navigation tells."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Counts(Told):
    """How many."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0
    """Left out of the whole directory that had them before."""


class Summary(Told):
    """What an import does, in numbers."""

    format: str = ""
    complete: bool = False
    """Whether the file is a whole directory; if not, nothing is closed."""
    services: Counts = Counts()
    organizations: Counts = Counts()
    rejected: int = 0
    dangling: int = 0
    duplicates: int = 0
    conflicts: int = 0
    odd: int = 0


class Import(Told):
    """One import, and how far it is."""

    id: UUID
    source: str
    state: str
    bytes: int = 0
    bytes_read: int = 0
    bytes_to_read: int | None = None
    doing: str | None = None
    tries: int = 0
    problem: str | None = None
    preview: Summary | None = None
    report: Summary | None = None
    begun_by: UUID
    begun_at: datetime
    run_by: UUID | None = None
    ended_at: datetime | None = None

    @property
    def summary(self) -> Summary | None:
        """What it did, or would do."""
        return self.report or self.preview


class Imports(Told):
    """Some of the imports, the latest first."""

    items: tuple[Import, ...]
    next: str | None = None


class Row(Told):
    """One line of the report."""

    number: int
    outcome: str
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


class Rows(Told):
    """Some of the rows, and where the others begin."""

    items: tuple[Row, ...]
    next: str | None = None
