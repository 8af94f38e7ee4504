"""What was heard in conversations, and the four cells of a balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.values import HeardStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation as it was written down: what the client said, in order, and what staff will do next."""

    id: UUID
    held_at: datetime
    statements: tuple[HeardStatement, ...]
    next_steps: tuple[str, ...]
    recorded_at: datetime
    recorded_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkCount:
    """How much of one conversation staff tagged as change talk, and how much as sustain talk."""

    conversation_id: UUID
    held_at: datetime
    change: int
    sustain: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Staying the same weighed against a change: four cells in the client's words, any of them empty."""

    good_about_staying: tuple[str, ...]
    less_good_about_staying: tuple[str, ...]
    good_about_changing: tuple[str, ...]
    less_good_about_changing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBalance:
    """A balance on file; `version` grows by one with every change of it."""

    balance: Balance
    version: int
    weighed_at: datetime
    weighed_by: UUID
