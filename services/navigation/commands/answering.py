"""Take a partner's answer, by whichever way it came: one door, so that all ways mean the same."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from contracts.published.answers import (
    Accepts,
    Cancels,
    Completes,
    Declines,
    Fails,
    Holds,
    Keeps,
    Misses,
    PartnerAnswer,
    Progresses,
    Schedules,
    Unschedules,
)
from contracts.terms import BusinessStatus, Capacity, ChangedBy, ReasonCode
from services.navigation.commands import editing, moving
from services.navigation.commands.finding import Finder
from services.navigation.model.referrals import (
    Accept,
    Appointment,
    Cancel,
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
    Unschedule,
)
from shared.ids import new_id
from shared.unit_of_work import Transaction


async def answer(
    tx: Transaction,
    finder: Finder,
    referral: Referral,
    said: PartnerAnswer,
    *,
    recorded_by: UUID,
    by_staff: UUID | None = None,
) -> Referral:
    """Take a partner's answer about a held referral, and what it says of the service's capacity.

    `by_staff` is the member of staff who wrote it down for the partner, if one did.

    The same answer again changes nothing. Raises `Conflict` naming what is possible for one that comes too
    late or does not fit.
    """
    made = move_of(said, referral, new_appointment=new_id())
    moved = await moving.move(
        tx, finder, referral, made, by=ChangedBy.PARTNER, recorded_by=recorded_by, by_staff=by_staff
    )
    capacity = capacity_told(said)
    if capacity is not None and moved.version != referral.version:
        await editing.set_capacity(tx, referral.service_id, capacity=capacity, places=None, by_staff=by_staff)
    return moved


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
        case Unschedules(text=text):
            return Unschedule(text=text)
        case Misses():
            return Missed()
        case Keeps():
            return Kept()
        case Completes(outcome=outcome):
            return Complete(outcome=outcome)
        case Fails(reason=reason, text=text):
            return Fail(reason=reason, text=text)
        case Cancels(reason=reason, text=text):
            return Cancel(reason=reason, text=text)
    assert_never(answer)


def capacity_told(answer: PartnerAnswer) -> Capacity | None:
    """What an answer says about whether the service can take somebody on."""
    match answer:
        case Declines(capacity=Capacity() as capacity) | Cancels(capacity=Capacity() as capacity):
            return capacity
        case Declines(reason=ReasonCode.NO_CAPACITY) | Cancels(reason=ReasonCode.NO_CAPACITY):
            return Capacity.NONE
        case _:
            return None
