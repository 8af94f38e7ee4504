"""What became of something that was handed to another side: an expected outcome is a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The other side has it."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """The other side did not take it; it may do so later. `why` names no person and no address."""

    why: str


@dataclass(frozen=True, slots=True)
class Never:
    """The other side will never take this one. `why` names no person and no address."""

    why: str


Outcome = HandedOver | NotNow | Never
