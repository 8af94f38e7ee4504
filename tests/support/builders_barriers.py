"""Navigation's and reminders' events and clients' cases, with sensible invented content for barriers' tests.

Say only what a test is about. Identifiers that are not named are new each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from contracts.event import Envelope, Event
from contracts.events.barriers import TaskOpened
from contracts.events.base import ClientEvent
from contracts.events.intake import BarrierStated, WishChanged
from contracts.events.navigation import (
    HelpUnmatched,
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
from contracts.events.reminders import ReplyReceived
from contracts.terms import BusinessStatus, ChangedBy, ReasonCode, ReferralStatus, ReplyKind, TaskKind
from services.barriers.model import Caseload, Cause, Client, Decision, Measured, Picture, Playbook
from services.barriers.playbook import load_playbook
from services.barriers.policy import answering, wishes
from shared.bus import Delivery
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, client_context

D = TypeVar("D", bound=Event)
R = TypeVar("R", bound=ReferralEvent)

STANDING = {
    ReferralDrafted: (ReferralStatus.DRAFT, BusinessStatus.CREATED),
    ReferralRequested: (ReferralStatus.REQUESTED, BusinessStatus.CREATED),
    ReferralAccepted: (ReferralStatus.ACCEPTED, BusinessStatus.ACCEPTED),
    ReferralRejected: (ReferralStatus.REJECTED, BusinessStatus.DECLINED),
    ReferralProgressed: (ReferralStatus.IN_PROGRESS, BusinessStatus.ACCEPTED),
    ReferralScheduled: (ReferralStatus.ACCEPTED, BusinessStatus.SCHEDULED),
    ReferralMissed: (ReferralStatus.IN_PROGRESS, BusinessStatus.UNATTENDED),
    ReferralCompleted: (ReferralStatus.COMPLETED, BusinessStatus.COMPLETED),
    ReferralEnded: (ReferralStatus.CANCELLED, BusinessStatus.FULFILMENT_CANCELLED),
    ReferralStalled: (ReferralStatus.ACCEPTED, BusinessStatus.ACCEPTED),
    ReferralUnanswered: (ReferralStatus.REQUESTED, BusinessStatus.CREATED),
    ReferralConfirmed: (ReferralStatus.COMPLETED, BusinessStatus.COMPLETED),
}

DETAILS: Mapping[type[ReferralEvent], Mapping[str, object]] = {
    ReferralDrafted: {"candidates": (), "why_not_sent": "the client chooses first"},
    ReferralRequested: {"consent_id": UUID(int=7), "acknowledge_by": MONDAY_MORNING + timedelta(days=2)},
    ReferralRejected: {"reason": ReasonCode.NO_CAPACITY, "reason_text": "There is no place free"},
    ReferralScheduled: {"appointment_id": UUID(int=8), "starts_at": MONDAY_MORNING + timedelta(days=9)},
    ReferralMissed: {"appointment_id": UUID(int=8), "starts_at": MONDAY_MORNING},
    ReferralCompleted: {"outcome": "Three rides were arranged"},
    ReferralEnded: {"by": ChangedBy.PARTNER, "reason": ReasonCode.OTHER, "reason_text": "The van broke down"},
    ReferralStalled: {"progress_by": MONDAY_MORNING},
    ReferralUnanswered: {"acknowledge_by": MONDAY_MORNING},
    ReferralConfirmed: {"client_confirmed": "yes"},
}


@lru_cache(maxsize=1)
def playbook() -> Playbook:
    """The playbook that comes with Foothold."""
    return load_playbook()


def envelope(event: ClientEvent, **fields: object) -> Envelope:
    """The attributes an event travels with; a conversation of its own unless one is named."""
    event_id = new_id()
    values: dict[str, object] = {
        "id": event_id,
        "type": event.subject,
        "source": event.publisher(),
        "time": MONDAY_MORNING,
        "about": event.about,
        "correlation_id": event_id,
    }
    return Envelope(**(values | fields))  # type: ignore[arg-type]


def delivery(event: ClientEvent, **fields: object) -> Delivery[ClientEvent]:
    """An event as it is handed to a handler."""
    return Delivery(event, envelope(event, **fields))


def cause() -> Cause:
    """Something that something rests on."""
    event_id = new_id()
    return Cause(event_id=event_id, correlation_id=event_id)


def referral(kind: type[R], stated: BarrierStated, **fields: object) -> R:
    """Where a referral for this barrier is: at Northgate Rides, version 1 unless said otherwise."""
    status, business_status = STANDING[kind]
    return kind.model_validate(
        {
            "client_id": stated.client_id,
            "referral_id": UUID(int=stated.barrier_id.int ^ 1),
            "barrier_id": stated.barrier_id,
            "version": 1,
            "status": status,
            "business_status": business_status,
            "service_id": UUID(int=11),
            "service_name": "Northgate Rides",
            "organization_id": UUID(int=12),
            "organization_name": "Northgate Neighbours",
            "at": MONDAY_MORNING,
        }
        | dict(DETAILS.get(kind, {}))
        | fields
    )


def help_unmatched(stated: BarrierStated, **fields: object) -> HelpUnmatched:
    """Nothing in the directory fits this barrier."""
    return HelpUnmatched.model_validate(
        {
            "client_id": stated.client_id,
            "help_id": new_id(),
            "barrier_id": stated.barrier_id,
            "resource_codes": ("105-02-01",),
            "at": MONDAY_MORNING,
        }
        | fields
    )


def reply_received(**fields: object) -> ReplyReceived:
    """A few words that came back by text."""
    return ReplyReceived.model_validate(
        {
            "client_id": new_id(),
            "reply_id": new_id(),
            "kind": ReplyKind.FREE_TEXT,
            "words": "Could we do Thursday instead?",
            "received_at": MONDAY_MORNING,
        }
        | fields
    )


def case_of(stated: BarrierStated) -> Caseload:
    """The case of the client as this statement found it: nothing open, rulers and consents as stated."""
    at = stated.readiness.measured_at or stated.stated_at
    importance, confidence = stated.readiness.importance, stated.readiness.confidence
    picture = Picture(
        client_id=stated.client_id,
        context=stated.client,
        importance=None if importance is None else Measured(value=importance, at=at),
        confidence=None if confidence is None else Measured(value=confidence, at=at),
        consents=stated.consents,
        consents_at=stated.stated_at,
    )
    client = picture.client()
    assert client is not None
    return Caseload(client=client)


def empty_case(**context: object) -> Caseload:
    """A client about whom nothing was said yet."""
    return Caseload(client=Client(context=client_context(**context)))


def answered(
    stated: BarrierStated, case: Caseload | None = None, *, now: datetime = MONDAY_MORNING
) -> Decision:
    """What the playbook answers to a statement."""
    return answering.answer(playbook(), case or case_of(stated), stated, now=now, cause=cause())


def only(events: tuple[Event, ...], kind: type[D]) -> D:
    """The one event of this type among what was decided."""
    found = told(events, kind)
    assert len(found) == 1, (
        f"expected one {kind.__name__}, found {[type(event).__name__ for event in events]}"
    )
    return found[0]


def told(events: tuple[Event, ...], kind: type[D]) -> list[D]:
    """The events of this type among what was decided."""
    return [event for event in events if isinstance(event, kind)]


def opened_kinds(decision: Decision) -> list[TaskKind]:
    """The kinds of the tasks that a decision opened, in order."""
    return [event.kind for event in told(decision.events, TaskOpened)]


def answering_again(case: Caseload, change: WishChanged, *, now: datetime = MONDAY_MORNING) -> Decision:
    """What becomes of a case when the client changes their mind."""
    return wishes.change_wish(playbook(), case, change, now=now, cause=cause())
