"""What is stated about a referral: exactly one event for every move."""

from __future__ import annotations

from typing import TypedDict, assert_never
from uuid import UUID

from contracts.events.navigation import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralEvent,
    ReferralMissed,
    ReferralProgressed,
    ReferralRejected,
    ReferralRequested,
    ReferralScheduled,
    ReferralStalled,
    ReferralUnanswered,
)
from contracts.terms import BusinessStatus, ReasonCode, ReferralStatus
from services.navigation.model.referrals import (
    Accept,
    Cancel,
    Choose,
    ClientDeclines,
    Complete,
    Confirm,
    Decline,
    EnterInError,
    Fail,
    Hold,
    Kept,
    Missed,
    Moved,
    Progress,
    Referral,
    Schedule,
    Send,
    Stalled,
    Unanswered,
    Unschedule,
)


class _Standing(TypedDict):
    client_id: UUID
    referral_id: UUID
    barrier_id: UUID
    version: int
    status: ReferralStatus
    business_status: BusinessStatus
    service_id: UUID
    service_name: str
    organization_id: UUID
    organization_name: str


def drafted(referral: Referral, *, live_id: UUID | None = None) -> ReferralDrafted:
    """State that a referral waits for the client's choice, and why it was not sent.

    `live_id` is the referral that is under way for the same need, if any.
    """
    return ReferralDrafted(
        **_standing(referral),
        at=referral.moved_at,
        candidates=referral.candidates,
        runner_up_id=referral.runner_up_id,
        why_not_sent=referral.why_not_sent or "The client chooses first.",
        live_id=live_id,
        replaces=referral.replaces,
    )


def stated(moved: Moved, *, runner_up_id: UUID | None = None, by_staff: UUID | None = None) -> ReferralEvent:
    """State a move. `runner_up_id` is the service that has been prepared to come next, if any.

    `by_staff` is whose request led to it, where one of ours did, so that a timeline can say who.
    """
    event = _event_of(moved, runner_up_id)
    return event if by_staff is None else event.model_copy(update={"by_staff": by_staff})


def _event_of(moved: Moved, runner_up_id: UUID | None) -> ReferralEvent:  # noqa: C901, PLR0911 - one per move
    referral, at = moved.referral, moved.referral.moved_at
    match moved.made:
        case Choose():
            return drafted(referral)
        case Send(consent_id=consent_id, acknowledge_by=acknowledge_by):
            return ReferralRequested(
                **_standing(referral),
                at=at,
                candidates=referral.candidates,
                runner_up_id=referral.runner_up_id,
                consent_id=consent_id,
                acknowledge_by=acknowledge_by,
                replaces=referral.replaces,
            )
        case Accept():
            return ReferralAccepted(**_standing(referral), at=at)
        case Decline(reason=reason, text=text):
            return ReferralRejected(
                **_standing(referral), at=at, reason=reason, reason_text=text, runner_up_id=runner_up_id
            )
        case Hold() | Progress() | Unschedule() | Kept():
            return ReferralProgressed(**_standing(referral), at=at, reason_text=referral.reason_text)
        case Schedule(appointment=appointment):
            return ReferralScheduled(
                **_standing(referral),
                at=at,
                appointment_id=appointment.id,
                starts_at=appointment.starts_at,
                remote=appointment.remote,
            )
        case Missed():
            return _missed(referral)
        case Complete(outcome=outcome):
            return ReferralCompleted(**_standing(referral), at=at, outcome=outcome)
        case Confirm(confirmed=confirmed):
            return ReferralConfirmed(**_standing(referral), at=at, client_confirmed=confirmed)
        case Unanswered():
            return _unanswered(referral, runner_up_id)
        case Stalled():
            return _stalled(referral)
        case Fail() | Cancel() | ClientDeclines() | EnterInError():
            return ReferralEnded(
                **_standing(referral),
                at=at,
                by=moved.by,
                reason=referral.reason or ReasonCode.OTHER,
                reason_text=referral.reason_text or "",
                runner_up_id=runner_up_id,
                superseded_by=referral.superseded_by,
            )
    assert_never(moved.made)


def _missed(referral: Referral) -> ReferralMissed:
    appointment = referral.appointment
    assert appointment is not None, "an appointment can only be missed when there was one"
    return ReferralMissed(
        **_standing(referral),
        at=referral.moved_at,
        appointment_id=appointment.id,
        starts_at=appointment.starts_at,
    )


def _unanswered(referral: Referral, runner_up_id: UUID | None) -> ReferralUnanswered:
    assert referral.acknowledge_by is not None, "only what was sent can stay unanswered"
    return ReferralUnanswered(
        **_standing(referral),
        at=referral.moved_at,
        acknowledge_by=referral.acknowledge_by,
        runner_up_id=runner_up_id,
    )


def _stalled(referral: Referral) -> ReferralStalled:
    assert referral.progress_by is not None, "only what a partner has in hand can stall"
    return ReferralStalled(**_standing(referral), at=referral.moved_at, progress_by=referral.progress_by)


def _standing(referral: Referral) -> _Standing:
    return _Standing(
        client_id=referral.client_id,
        referral_id=referral.id,
        barrier_id=referral.barrier_id,
        version=referral.version,
        status=referral.status,
        business_status=referral.business_status,
        service_id=referral.service_id,
        service_name=referral.service_name,
        organization_id=referral.organization_id,
        organization_name=referral.organization_name,
    )
