"""One thing that was stated, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.event import Event


class Kind(StrEnum):
    """What an event is about. What is folded has a table of its own; the rest is told as it came."""

    CLIENT = "client"
    BARRIER = "barrier"
    PLAN = "plan"
    STEP = "step"
    WIN = "win"
    CONVERSATION = "conversation"
    TASK = "task"
    REFERRAL = "referral"
    MESSAGE = "message"
    REPLY = "reply"
    CASELOAD = "caseload"
    SERVICE = "service"
    PLAYBOOK = "playbook"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event belongs: the thing that it is about, and its turn among what was stated about it."""

    kind: Kind
    subject_id: UUID
    version: int = 0
    """Counts from one where the publisher counts; 0 where it states each thing once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event as the desk keeps it. `id` is the event's own; a second one with it is the same event."""

    id: UUID
    place: Place
    client_id: UUID | None
    occurred_at: datetime
    correlation_id: UUID
    causation_id: UUID | None
    event: Event
