"""Needs that the directory could not meet: counted by place and kind of help, about nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class UnmetKind(StrEnum):
    """How far the directory was from meeting a need."""

    NOBODY_FITS = "nobody_fits"
    """Every service that was considered said no to something, or there was none."""
    ONLY_UNKNOWN = "only_unknown"
    """Of everything that may fit, something essential is not known: a person has to ask."""
    ONLY_STALE = "only_stale"
    """What fits was not checked within the last half year."""


NOTHING_LISTED = "nothing_listed"
STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A barrier for which nothing eligible, fresh and open was found, and what was in the way."""

    barrier_id: UUID
    category: str
    resource_codes: tuple[str, ...]
    area: str | None
    """The outward part of the postcode; None when the client did not say where they live."""
    kind: UnmetKind
    reasons: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetAsked:
    """Which needs are counted: help was last asked for from `since` on, until `until`."""

    since: datetime
    until: datetime
    category: str | None = None
    area: str | None = None
    ended: bool = False
    """Whether those count as well that found help since, or are not wanted any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmetFigures:
    """One place and one kind of barrier. `reasons`: for how many of the barriers each was in the way."""

    area: str | None
    category: str
    barriers: int
    nobody_fits: int
    only_unknown: int
    only_stale: int
    first_at: datetime
    last_at: datetime
    reasons: Mapping[str, int]
