"""What is asked of the disclosure ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAsked:
    """Whose lines, of which time (`since` included, `until` not), told to whom. None is no limit."""

    client_id: UUID
    since: datetime
    until: datetime | None = None
    organization_id: UUID | None = None
