"""A barrier's answer together with what it was decided from, so that another playbook can be tried on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.terms import BarrierCategory, Pace, Strength, TaskKind, Wish
from contracts.values import HelpFilters, TimeZoneName


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an answer was decided from: all that a playbook asks about, as it was at that moment.

    `shares_plan` is whether another open barrier of the kind had a plan already; `help_looked_for` whether
    help was being looked for because of one.
    """

    barrier_id: UUID
    client_id: UUID
    category: BarrierCategory
    words: str
    strength: Strength
    own_idea: str | None
    goal_words: str | None
    wish: Wish
    importance: int | None
    confidence: int | None
    pace: Pace
    time_zone: TimeZoneName
    shares_plan: bool
    help_looked_for: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """What was asked of navigation: the kinds of service, best first, and what to ask of one."""

    resources: tuple[str, ...]
    filters: HelpFilters


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What an answer came to. `kinds` are the kinds of task it asked for, on tasks of their own or joined."""

    rule: str
    edition: str
    help: Help | None
    if_words: str | None
    then_words: str | None
    kinds: tuple[TaskKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A barrier's answer: what it was decided from, and what it came to."""

    given: Given
    outcomes: Outcomes
