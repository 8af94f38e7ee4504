"""Webhooks: where a partner wants its events posted, how that endpoint fares, what each attempt came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

DeliveryState = Literal["waiting", "delivered", "given_up"]


class Breaker(StrEnum):
    """Whether an endpoint is tried. Derived from what it answered, never stored."""

    CLOSED = "closed"
    """Everything that is due is sent."""
    OPEN = "open"
    """It failed too often, or asked for a pause: nothing is sent until the pause is over."""
    HALF_OPEN = "half_open"
    """The pause is over: one request finds out whether it answers again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an endpoint fares. All moments are real time."""

    failures: int = 0
    """Failed attempts since the last one that was taken."""
    failed_at: datetime | None = None
    succeeded_at: datetime | None = None
    milliseconds: int = 0
    """How long the last answer took."""
    paused_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a partner's events are posted."""

    organization_id: UUID
    url: str
    since: datetime
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSecret:
    """A signing secret as it is kept; only the service's own key opens it."""

    id: UUID
    organization_id: UUID
    sealed: bytes
    created_at: datetime
    works_until: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The endpoint answered. `excerpt` is the beginning of what it said; it is never kept."""

    status: int
    retry_after: str | None = None
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The endpoint did not answer; `why` is for its owner to read, and names nothing of the content."""

    why: str


Outcome = Answered | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt at one event, for the partner's delivery log. Real time."""

    id: UUID
    organization_id: UUID
    event_id: UUID
    verb: str
    number: int
    """1 for the first."""
    at: datetime
    milliseconds: int
    status: int | None
    error: str | None
    """Why it does not count as taken; None when it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery in the hands of one sender until its lease runs out."""

    event_id: UUID
    organization_id: UUID
    attempts: int
    """How many were made before."""
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An endpoint that may be sent to, and how many requests it has in hand."""

    organization_id: UUID
    health: Health
    in_hand: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The partner has it."""


@dataclass(frozen=True, slots=True)
class Again:
    """It was not taken, and is tried again after this long."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It was not taken, and that was the last attempt; a replay brings it back."""


Next = Taken | Again | GivenUp
