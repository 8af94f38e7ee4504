"""E-mail to partner organisations: a letter that says nothing about anybody, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. The same `id` always comes with the same link, so that a repeat can be told and dropped."""

    id: UUID
    address: str = field(repr=False)
    subject: str
    body: str = field(repr=False)
    at: datetime


class Post(Protocol):
    """Hands mails over; called outside any transaction, and perhaps again for the same mail after a crash."""

    async def send(self, mail: Mail) -> Outcome:
        """Hand over one mail."""
