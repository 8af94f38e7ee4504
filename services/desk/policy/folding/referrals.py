"""A referral as it stands, with who was considered and every move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.events.navigation import (
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
from contracts.terms import ReferralStatus
from services.desk.model.entries import Entry
from services.desk.model.pictures import Appointment, Move, ReferralPicture
from services.desk.policy.folding.order import in_order

_WITH_A_REASON = (ReferralRejected, ReferralEnded, ReferralProgressed)


def fold_referral(entries: Sequence[Entry]) -> ReferralPicture | None:
    """How a referral stands: every event carries where it is, and some carry more."""
    picture: ReferralPicture | None = None
    for one in in_order(entries):
        if isinstance(one.event, ReferralEvent):
            picture = _after(picture, one.event)
    return picture


def _after(before: ReferralPicture | None, event: ReferralEvent) -> ReferralPicture:
    stands = {
        "version": event.version,
        "status": event.status,
        "business_status": event.business_status,
        "service_id": event.service_id,
        "service_name": event.service_name,
        "organization_id": event.organization_id,
        "organization_name": event.organization_name,
    }
    whose = {"id": event.referral_id, "client_id": event.client_id, "barrier_id": event.barrier_id}
    first = before or ReferralPicture.model_validate(stands | whose)
    moves = (*first.moves, _move(event))
    heard = {"unanswered": False, "stalled": False} if _is_word_from_them(event) else {}
    return first.model_copy(update={**stands, **heard, **_told(event), "moves": moves})


def _move(event: ReferralEvent) -> Move:
    by = event.by if isinstance(event, ReferralEnded) else None
    said = event.reason_text if isinstance(event, _WITH_A_REASON) else None
    return Move(status=event.subject.split(".")[-2], by=by, reason=said, at=event.at)


def _is_word_from_them(event: ReferralEvent) -> bool:
    return not isinstance(event, ReferralUnanswered | ReferralStalled)


def _told(event: ReferralEvent) -> dict[str, object]:
    """What an event says beside where the referral is; what a request leaves out stays as it was."""
    said = {name: getattr(event, name) for name in _SAID.get(type(event), ())}
    match event:
        case ReferralDrafted():
            return {**said, "drafted_at": event.at}
        case ReferralRequested():
            kept = {name: value for name, value in said.items() if value}
            return {**kept, "why_not_sent": None}
        case ReferralScheduled() | ReferralMissed():
            remote = isinstance(event, ReferralScheduled) and event.remote
            met = Appointment(id=event.appointment_id, starts_at=event.starts_at, remote=remote)
            return {"appointment": met}
        case ReferralUnanswered():
            return {**said, "unanswered": True}
        case ReferralStalled():
            return {"stalled": event.status in {ReferralStatus.ACCEPTED, ReferralStatus.IN_PROGRESS}}
        case _:
            return said


_SAID: Mapping[type[ReferralEvent], tuple[str, ...]] = {
    ReferralDrafted: ("candidates", "runner_up_id", "why_not_sent", "live_id", "replaces"),
    ReferralRequested: ("candidates", "runner_up_id", "consent_id", "acknowledge_by", "replaces"),
    ReferralRejected: ("reason", "reason_text", "runner_up_id"),
    ReferralEnded: ("reason", "reason_text", "runner_up_id", "superseded_by"),
    ReferralProgressed: ("reason_text",),
    ReferralUnanswered: ("runner_up_id",),
    ReferralCompleted: ("outcome",),
    ReferralConfirmed: ("client_confirmed",),
}
