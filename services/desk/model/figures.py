"""Figures: how much, never who."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from contracts.terms import BarrierCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """How many barriers of a kind were stated, answered and eased in a month."""

    category: BarrierCategory | None
    month: date
    stated: int
    answered: int
    eased: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many barriers of a kind stand where now."""

    category: BarrierCategory | None
    open: int
    eased: int
    persisting: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """How many open barriers of a kind have no service in a place."""

    area: str
    category: BarrierCategory | None
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """How many referrals a partner has not answered, or not moved for a while."""

    organization_id: UUID
    name: str
    unanswered: int
    stalled: int
    since: datetime | None
    """When the first of them was due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutWord:
    """A referral of which a partner has said nothing."""

    id: UUID
    client_id: UUID
    client_name: str
    service_name: str
    organization_name: str
    stalled: bool
    due_at: datetime | None
    time_zone: str | None
