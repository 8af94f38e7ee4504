"""The ways out: one adapter per provider, all behind `Messenger`.

An adapter is called outside any transaction, with the message's id as idempotency key, and may be called
again for the same message after a crash. It answers with a value, whatever happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.reminders.model import Intent
from shared.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a provider gets. `id` is the idempotency key; the same id always comes with the same intent."""

    id: UUID
    client_id: UUID
    intent: Intent
    at: datetime


class Messenger(Protocol):
    """Hands messages of one kind of channel to a provider."""

    async def send(self, letter: Letter) -> Outcome:
        """Hand over one message."""
