"""The records of one person as intake tells of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Merge(BaseModel):
    """A merge, and its undoing if there was one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    client_id: UUID
    survivor_id: UUID
    merged_at: datetime
    merged_by: UUID
    why: str | None = None
    split_at: datetime | None = None
    split_by: UUID | None = None
    split_why: str | None = None


class Records(BaseModel):
    """Every record of one person, the one that stands for them first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    survivor_id: UUID
    client_ids: tuple[UUID, ...]
    merges: tuple[Merge, ...] = ()
