"""An import of clients as intake tells of it. Fields that the desk does not show are let go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    """Something that intake tells."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Counts(Told):
    """How many rows come to what."""

    created: int = 0
    unchanged: int = 0
    repeated: int = 0
    waiting: int = 0
    rejected: int = 0
    same_person: int = 0
    left_out: int = 0


class Import(Told):
    """A file of clients, and how far it is."""

    import_id: UUID
    source: str
    state: str
    rows_total: int
    rows_read: int
    planned: Counts
    done: Counts
    columns_read: tuple[str, ...] = ()
    columns_ignored: tuple[str, ...] = ()
    uploaded_at: datetime


class Alike(Told):
    """Somebody who may be the same as a row's person: on record, or in the same file."""

    client_id: UUID | None = None
    line: int | None = None
    score: int
    reasons: tuple[str, ...] = ()


class Row(Told):
    """A row, and what becomes of it."""

    line: int
    planned: str | None = None
    outcome: str | None = None
    reason: str | None = None
    client_id: UUID | None = None
    may_be: tuple[Alike, ...] = ()
    cells: dict[str, str] | None = None


class Rows(Told):
    """Some of the rows, and where the others begin."""

    items: tuple[Row, ...]
    next: str | None = None


class Imports(Told):
    """Every file, the latest first."""

    items: tuple[Import, ...]
