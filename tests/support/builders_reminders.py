"""What reminders learns and decides about, with sensible invented content; say only what a test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.events.barriers import BarrierAnswered, BarrierMoved, PlanMoved, SetbackRecorded
from contracts.events.navigation import ReferralEvent, ReferralScheduled
from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    BusinessStatus,
    ChangedBy,
    MessageKind,
    Pace,
    PlanStatus,
    ReferralStatus,
)
from services.reminders.model import Cause, Contact, Facts, Known, Life, Referral, Reminder, Situation, Timing
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, channel

CLIENT = UUID("01960000-0000-7000-8000-0000000000c1")
BARRIER = UUID("01960000-0000-7000-8000-0000000000b1")
REFERRAL = UUID("01960000-0000-7000-8000-0000000000f1")
PLAN = UUID("01960000-0000-7000-8000-0000000000a1")
APPOINTMENT = datetime(2026, 12, 3, 15, 0, tzinfo=UTC)
"""A Thursday afternoon, ten days after everything else."""


def cause(**fields: object) -> Cause:
    """An event that something goes back to."""
    values: dict[str, object] = {
        "id": new_id(),
        "type": ReferralScheduled.subject,
        "correlation_id": new_id(),
    }
    return Cause(**(values | fields))  # type: ignore[arg-type]


def life(**fields: object) -> Life:
    """A client in Leeds who said nothing about their hours."""
    return Life(**({"zone": "Europe/London"} | fields))  # type: ignore[arg-type]


def contact(**fields: object) -> Contact:
    """Someone who wants messages, on a mobile that is safe at any time."""
    values: dict[str, object] = {"preferred_name": "Amina", "channels": (channel(),)}
    return Contact(**(values | fields))  # type: ignore[arg-type]


def referral(**fields: object) -> Referral:
    """A referral with an appointment."""
    values: dict[str, object] = {
        "id": REFERRAL,
        "client_id": CLIENT,
        "barrier_id": BARRIER,
        "version": 3,
        "status": ReferralStatus.ACCEPTED,
        "appointment_version": 3,
        "starts_at": APPOINTMENT,
    }
    return Referral(**(values | fields))  # type: ignore[arg-type]


def reminder(**fields: object) -> Reminder:
    """A check-in that is due on Monday morning and keeps for two days."""
    values: dict[str, object] = {
        "id": new_id(),
        "client_id": CLIENT,
        "kind": MessageKind.CHECK_IN,
        "barrier_id": BARRIER,
        "anchor_at": MONDAY_MORNING - timedelta(days=7),
        "lead": 7,
        "timing": Timing(due_at=MONDAY_MORNING, useful_until=MONDAY_MORNING + timedelta(days=2)),
        "why": "To hear how things are going.",
        "cause": cause(),
    }
    return Reminder(**(values | fields))  # type: ignore[arg-type]


def known(**fields: object) -> Known:
    """A client of whom everything is known and whom nothing keeps from getting messages."""
    return Known(**({"life": life(), "contact": contact()} | fields))  # type: ignore[arg-type]


def situation(**fields: object) -> Situation:
    """A due check-in for a client with an open barrier, with nothing in its way."""
    values: dict[str, object] = {
        "reminder": reminder(),
        "facts": Facts(open_barriers=True),
        "client": known(),
    }
    return Situation(**(values | fields))  # type: ignore[arg-type]


def barrier_answered(**fields: object) -> BarrierAnswered:
    """A barrier that was answered on Monday morning, for a client at a steady pace."""
    return BarrierAnswered.model_validate(
        {
            "client_id": CLIENT,
            "barrier_id": new_id(),
            "category": BarrierCategory.TRANSPORT,
            "status": BarrierStatus.ACKNOWLEDGED,
            "rule": "transport.go_ahead",
            "playbook_version": "1",
            "reason": "There may be a ride.",
            "help_asked": True,
            "pace": Pace.STEADY,
            "time_zone": "Europe/London",
            "answered_at": MONDAY_MORNING,
        }
        | fields
    )


def barrier_moved(**fields: object) -> BarrierMoved:
    """A barrier that eased."""
    return BarrierMoved.model_validate(
        {
            "client_id": CLIENT,
            "barrier_id": BARRIER,
            "version": 2,
            "was": BarrierStatus.PLANNED,
            "status": BarrierStatus.EASED,
            "by": ChangedBy.CLIENT,
            "reason": "The neighbour drives.",
            "moved_at": MONDAY_MORNING,
        }
        | fields
    )


def plan_moved(**fields: object) -> PlanMoved:
    """A plan that the client agreed to, with a cue the evening before."""
    return PlanMoved.model_validate(
        {
            "client_id": CLIENT,
            "plan_id": PLAN,
            "barrier_id": BARRIER,
            "version": 2,
            "status": PlanStatus.AGREED,
            "if_words": "If there is no ride by six the day before",
            "then_words": "then I ask for a visit by phone",
            "cue_hours_before": 21,
            "moved_at": MONDAY_MORNING,
        }
        | fields
    )


def setback_recorded(**fields: object) -> SetbackRecorded:
    """A ride that did not come."""
    return SetbackRecorded.model_validate(
        {
            "client_id": CLIENT,
            "setback_id": new_id(),
            "barrier_id": BARRIER,
            "what_happened": "The ride did not come.",
            "question": "What got in the way this time?",
            "smaller_step": "A call to the ride the day before.",
            "recorded_at": MONDAY_MORNING,
        }
        | fields
    )


def referral_event(kind: type[ReferralEvent], **fields: object) -> ReferralEvent:
    """An event of the one referral, with an invented service; say which version it is."""
    return kind.model_validate(
        {
            "client_id": CLIENT,
            "referral_id": REFERRAL,
            "barrier_id": BARRIER,
            "version": 3,
            "status": ReferralStatus.ACCEPTED,
            "business_status": BusinessStatus.SCHEDULED,
            "service_id": UUID(int=1),
            "service_name": "Harbour Rides",
            "organization_id": UUID(int=2),
            "organization_name": "Harbour Rides",
            "at": MONDAY_MORNING,
        }
        | fields
    )


def scheduled(**fields: object) -> ReferralEvent:
    """The appointment on Thursday in ten days."""
    return referral_event(
        ReferralScheduled, **({"appointment_id": UUID(int=3), "starts_at": APPOINTMENT} | fields)
    )
