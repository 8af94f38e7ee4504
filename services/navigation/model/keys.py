"""What a partner's key is, without the key: its scopes and how long it works. All times are real ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class KeyScope(StrEnum):
    """What a key can be made for."""

    REFERRALS = "referrals"
    """Reading what was sent to the organisation: list, feed."""
    ANSWERS = "answers"
    """Answering for the organisation."""
    CAPACITY = "capacity"
    """Saying what room its services have."""
    WEBHOOKS = "webhooks"
    """Choosing where events are delivered to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is kept of a key; of the key itself only a digest that nothing reads back."""

    id: UUID
    organization_id: UUID
    label: str
    scopes: frozenset[KeyScope]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: UUID | None = None
