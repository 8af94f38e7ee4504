"""Read a referral's events as parts that merge to the same picture in any order."""

from __future__ import annotations

from contracts.events.navigation import (
    ReferralCompleted,
    ReferralConfirmed,
    ReferralEvent,
    ReferralProgressed,
    ReferralScheduled,
)
from contracts.terms import BusinessStatus, ClientConfirmed
from services.reminders.model import Referral


def referral_by(event: ReferralEvent) -> Referral:
    """What one event says about a referral; parts that it says nothing about stay at version 0."""
    says_no_appointment = not (
        isinstance(event, ReferralProgressed) and event.business_status is not BusinessStatus.EVENT_CANCELLED
    )
    confirmed = isinstance(event, ReferralConfirmed)
    return Referral(
        id=event.referral_id,
        client_id=event.client_id,
        barrier_id=event.barrier_id,
        version=event.version,
        status=event.status,
        appointment_version=event.version if says_no_appointment else 0,
        starts_at=event.starts_at if isinstance(event, ReferralScheduled) else None,
        completed_at=event.at if isinstance(event, ReferralCompleted) else None,
        confirmed_version=event.version if confirmed else 0,
        confirmed=event.client_confirmed if isinstance(event, ReferralConfirmed) else ClientConfirmed.UNKNOWN,
        confirmed_at=event.at if confirmed else None,
    )


def merged(one: Referral, other: Referral) -> Referral:
    """Two pictures of one referral as one; the order of merging makes no difference."""
    status = max(one, other, key=lambda part: part.version)
    appointment = max(one, other, key=lambda part: part.appointment_version)
    confirmation = max(one, other, key=lambda part: part.confirmed_version)
    return Referral(
        id=one.id,
        client_id=one.client_id,
        barrier_id=one.barrier_id,
        version=status.version,
        status=status.status,
        appointment_version=appointment.appointment_version,
        starts_at=appointment.starts_at,
        completed_at=min(filter(None, (one.completed_at, other.completed_at)), default=None),
        confirmed_version=confirmation.confirmed_version,
        confirmed=confirmation.confirmed,
        confirmed_at=confirmation.confirmed_at,
    )
