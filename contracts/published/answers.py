"""What a partner can answer, by whichever way: a message, a request, a resource, a form, or by telephone.

The answers that are possible at a moment are named in every notice (`possible`). The same answer twice is
taken once; one that does not fit any more is refused with those that do.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.moment import Moment
from contracts.terms import BusinessStatus, Capacity, ReasonCode, ReferralStatus


class Body(BaseModel):
    """What partners send. A field that we do not know is pointed out, never silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


Said = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]
"""Words for a person to read, kept exactly as they are."""


PartnersReason = Literal[
    ReasonCode.NO_CAPACITY,
    ReasonCode.NOT_ELIGIBLE,
    ReasonCode.WRONG_SERVICE,
    ReasonCode.CANNOT_REACH,
    ReasonCode.REFERRED_ELSEWHERE,
    ReasonCode.OTHER,
]


class Accepts(Body):
    """Yes, we can help."""

    answer: Literal["accept"]


class Declines(Body):
    """We cannot help. With `no_capacity` the directory shows it, unless `capacity` says it better."""

    answer: Literal["decline"]
    reason: PartnersReason
    text: Said
    """Why, in your own words."""
    capacity: Capacity | None = None


class Holds(Body):
    """It has to wait."""

    answer: Literal["hold"]
    text: Said
    """What it waits for, such as a place on a list."""


class Progresses(Body):
    """We are at work on it."""

    answer: Literal["progress"]
    text: Said | None = None


class Schedules(Body):
    """A meeting was made, or the one that was made has moved."""

    answer: Literal["schedule"]
    starts_at: Moment
    remote: bool = False
    """Whether it takes place by telephone or video."""


class Unschedules(Body):
    """The meeting was called off, and no other was made yet. The referral goes on."""

    answer: Literal["unschedule"]
    text: Said | None = None
    """Why, or what comes next, in your own words."""


class Misses(Body):
    """The meeting did not take place. Information, not a verdict."""

    answer: Literal["missed"]


class Keeps(Body):
    """The meeting took place."""

    answer: Literal["kept"]


class Completes(Body):
    """Help was given."""

    answer: Literal["complete"]
    outcome: Said
    """What help was given."""


class Fails(Body):
    """We began, and could not give the help."""

    answer: Literal["fail"]
    reason: PartnersReason
    text: Said


class Cancels(Body):
    """We said that we can help, and can no longer; or the client told us that they would rather not."""

    answer: Literal["cancel"]
    reason: PartnersReason | Literal[ReasonCode.CLIENT_DECLINED]
    text: Said
    """Why, in your own words."""
    capacity: Capacity | None = None


PartnerAnswer = Annotated[
    Accepts
    | Declines
    | Holds
    | Progresses
    | Schedules
    | Unschedules
    | Misses
    | Keeps
    | Completes
    | Fails
    | Cancels,
    Field(discriminator="answer"),
]


class AnswerMessage(Body):
    """An answer by message: a request to `answers.<organisation id>`.

    Its reply is `AnswerTaken`, or a problem that says what is possible now.
    """

    referral_id: UUID
    answer_id: Annotated[str, Field(min_length=1, max_length=200)]
    """A value of your own for each answer; repeated, the answer is taken once and answered alike."""
    said: PartnerAnswer


class AnswerTaken(Body):
    """The answer was taken; this is how the referral stands now."""

    referral_id: UUID
    status: ReferralStatus
    business_status: BusinessStatus
    possible: tuple[str, ...]
    """Which answers can be given now."""
