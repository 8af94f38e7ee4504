"""What a partner can answer, over the API or by telephone to staff who write it down."""

from __future__ import annotations

from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.terms import BusinessStatus, ReasonCode
from services.navigation.api.base import Body, Said
from services.navigation.model.directory import Capacity
from services.navigation.model.referrals import (
    Accept,
    Appointment,
    Complete,
    Decline,
    Fail,
    Hold,
    Kept,
    Missed,
    Move,
    Progress,
    Referral,
    Schedule,
)

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
    starts_at: AwareDatetime
    remote: bool = False
    """Whether it takes place by telephone or video."""


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


PartnerAnswer = Annotated[
    Accepts | Declines | Holds | Progresses | Schedules | Misses | Keeps | Completes | Fails,
    Field(discriminator="answer"),
]


def move_of(  # noqa: C901, PLR0911 - one line per answer
    answer: PartnerAnswer, referral: Referral, *, new_appointment: UUID
) -> Move:
    """The move that an answer means. A meeting that still stands keeps its id when it is moved."""
    match answer:
        case Accepts():
            return Accept()
        case Declines(reason=reason, text=text):
            return Decline(reason=reason, text=text)
        case Holds(text=text):
            return Hold(text=text)
        case Progresses(text=text):
            return Progress(text=text)
        case Schedules(starts_at=starts_at, remote=remote):
            standing = referral.appointment if referral.business_status is BusinessStatus.SCHEDULED else None
            appointment_id = standing.id if standing else new_appointment
            return Schedule(appointment=Appointment(id=appointment_id, starts_at=starts_at, remote=remote))
        case Misses():
            return Missed()
        case Keeps():
            return Kept()
        case Completes(outcome=outcome):
            return Complete(outcome=outcome)
        case Fails(reason=reason, text=text):
            return Fail(reason=reason, text=text)
    assert_never(answer)


def capacity_told(answer: PartnerAnswer) -> Capacity | None:
    """What an answer says about whether the service can take somebody on."""
    match answer:
        case Declines(capacity=Capacity() as capacity):
            return capacity
        case Declines(reason=ReasonCode.NO_CAPACITY):
            return Capacity.NONE
        case _:
            return None
