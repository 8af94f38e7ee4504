"""What a search for help asks, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from contracts.values import Candidate, ClientContext, Consent, HelpFilters


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is looked for: which kinds of help (best first), for whom, on which day in the client's zone.

    `tried` are services that were asked for the same barrier already; `answers_within` is how long
    organisations took to answer on average, in seconds, as far as that was seen.
    """

    resource_codes: tuple[str, ...]
    client: ClientContext
    on: date
    filters: HelpFilters = field(default_factory=HelpFilters)
    tried: frozenset[UUID] = frozenset()
    answers_within: Mapping[UUID, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How many options, and how many rejected services, are kept with their reasons."""

    options: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What was found: options, best first, and some of what was rejected, with the reasons.

    `rejected_more` counts the rejected services beyond those that are kept.
    """

    options: tuple[Candidate, ...]
    rejected: tuple[Candidate, ...]
    rejected_more: int = 0

    @property
    def best(self) -> Candidate | None:
        """The best fit; None when nothing fits."""
        return self.options[0] if self.options else None

    @property
    def runner_up(self) -> Candidate | None:
        """What comes next if the best cannot help."""
        return self.options[1] if len(self.options) > 1 else None

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Everything that is kept: the options, then the rejected."""
        return self.options + self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyFits:
    """Nothing in the directory fits; a person has to look further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Prepare it and let the client choose; `why_not_sent` is in words that they may read.

    `live_id` is the referral that is under way for the same need, if any.
    """

    best: Candidate
    why_not_sent: str
    live_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNow:
    """Send it at once, on this consent."""

    best: Candidate
    consent: Consent
