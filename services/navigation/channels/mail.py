"""E-mail to partner organisations: a letter that says nothing about anybody, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail. The same `id` always comes with the same link, so that a repeat can be told and dropped."""

    id: UUID
    address: str = field(repr=False)
    subject: str
    body: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The server has it."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """The server did not take it; it may do so later. `why` names nobody and no address."""

    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """The server will never take this mail. `why` names nobody and no address."""

    why: str


Outcome = HandedOver | NotNow | Never


class Post(Protocol):
    """Hands mails over; called outside any transaction, and perhaps again for the same mail after a crash."""

    async def send(self, mail: Mail) -> Outcome:
        """Hand over one mail."""
