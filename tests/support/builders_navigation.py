"""What reaches navigation, and what it knows, with sensible invented content; say only what a test is about.

The organisations and services are invented. Identifiers that a test does not name are new each time.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from pydantic import TypeAdapter

from contracts.event import Envelope, Event
from contracts.events.barriers import HelpNeeded, HelpWithdrawn
from contracts.events.reminders import ReplyReceived
from contracts.terms import (
    BarrierCategory,
    BusinessStatus,
    Capacity,
    ChangedBy,
    MessageKind,
    ReasonCode,
    ReferralStatus,
    ReplyKind,
    Wish,
)
from contracts.values import ClientContext
from services.navigation.model.directory import EVERYWHERE, Listing, half_hours, union
from services.navigation.model.matching import Need
from services.navigation.model.referrals import LIVE, Appointment, Help, Referral
from shared.bus import Delivery
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, client_context, consent

RIDES = "105-02-01"
PEERS = "108-07-07"

_LISTING = TypeAdapter(Listing)
_NEED = TypeAdapter(Need)

ALL_DAY = union(half_hours(day, 8 * 60, 21 * 60) for day in range(1, 8))


def listing(**fields: object) -> Listing:
    """Rides for everybody around Leeds, free, with places, checked this month."""
    values: dict[str, object] = {
        "service_id": new_id(),
        "service_name": "Rides to appointments",
        "organization_id": new_id(),
        "organization_name": "Aire Valley Wheels",
        "codes": (RIDES,),
        "areas": ("LS",),
        "languages": frozenset({"en"}),
        "free": True,
        "open_hours": ALL_DAY,
        "in_person": True,
        "remote": True,
        "accessibility": frozenset({"wheelchair", "step_free"}),
        "capacity": Capacity.HAS,
        "assured_date": date(2026, 11, 2),
    }
    return _LISTING.validate_python(values | fields)


def knows_nothing(**fields: object) -> Listing:
    """A service of which the directory says no more than that it exists and for what."""
    return _LISTING.validate_python(
        {
            "service_id": new_id(),
            "service_name": "Somewhere",
            "organization_id": new_id(),
            "organization_name": "Somebody",
            "codes": (RIDES,),
        }
        | fields
    )


def everywhere(**fields: object) -> Listing:
    """The same rides, for the whole country."""
    return listing(**({"areas": EVERYWHERE} | fields))


def need(context: ClientContext | None = None, **fields: object) -> Need:
    """A ride, for a client in Leeds, on a Monday."""
    values: dict[str, object] = {
        "resource_codes": (RIDES,),
        "client": context or client_context(),
        "on": MONDAY_MORNING.date(),
    }
    return _NEED.validate_python(values | fields)


def help_needed(**fields: object) -> HelpNeeded:
    """A ride is needed, go ahead, with a consent for every matched service.

    `client_id`, `client` and the consents belong together: name the client or the id, and the rest follows.
    """
    given = fields.get("client")
    client = given if isinstance(given, ClientContext) else _client(fields.get("client_id"))
    return HelpNeeded.model_validate(
        {
            "client_id": client.client_id,
            "help_id": new_id(),
            "barrier_id": new_id(),
            "category": BarrierCategory.TRANSPORT,
            "resource_codes": (RIDES,),
            "wish": Wish.GO_AHEAD,
            "send_allowed": True,
            "words": "The last bus is gone by the time I finish work.",
            "client": client,
            "consents": (consent(client_id=client.client_id),),
            "rule": "transport.go_ahead",
            "playbook_version": "2026.11",
            "needed_at": MONDAY_MORNING,
        }
        | fields
    )


def _client(client_id: object) -> ClientContext:
    return client_context(client_id=client_id) if isinstance(client_id, UUID) else client_context()


def help_withdrawn(needed: HelpNeeded, **fields: object) -> HelpWithdrawn:
    """The help is no longer wanted, an hour after it was asked for."""
    return HelpWithdrawn.model_validate(
        {
            "client_id": needed.client_id,
            "barrier_id": needed.barrier_id,
            "by": ChangedBy.CLIENT,
            "reason": "The client would rather only talk for now.",
            "withdrawn_at": needed.needed_at + timedelta(hours=1),
        }
        | fields
    )


def reply_received(**fields: object) -> ReplyReceived:
    """YES to "did you get what you needed?"."""
    return ReplyReceived.model_validate(
        {
            "client_id": new_id(),
            "reply_id": new_id(),
            "kind": ReplyKind.YES,
            "words": "Yes thank you",
            "message_kind": MessageKind.GOT_WHAT_YOU_NEEDED,
            "referral_id": new_id(),
            "received_at": MONDAY_MORNING,
        }
        | fields
    )


def delivery(event: Event, **fields: object) -> Delivery[Event]:
    """An event as it arrives; each delivery built is a message of its own unless `id` is named."""
    envelope = {
        "id": new_id(),
        "type": event.subject,
        "source": event.publisher(),
        "time": MONDAY_MORNING,
        "about": event.about,
        "correlation_id": new_id(),
    } | fields
    return Delivery(event, Envelope(**envelope))  # type: ignore[arg-type]


def asked_help(**fields: object) -> Help:
    """What `help_needed` is once navigation has written it down."""
    event = help_needed()
    values: dict[str, object] = {
        "id": event.help_id,
        "barrier_id": event.barrier_id,
        "client_id": event.client_id,
        "category": event.category.value,
        "resource_codes": event.resource_codes,
        "filters": event.filters,
        "wish": event.wish,
        "send_allowed": event.send_allowed,
        "words": event.words,
        "needed_at": event.needed_at,
        "cause_id": new_id(),
        "correlation_id": new_id(),
    }
    return Help(**(values | fields))  # type: ignore[arg-type]


def referral(status: ReferralStatus = ReferralStatus.DRAFT, **fields: object) -> Referral:
    """A referral that got to this status the usual way, on Monday morning."""
    values: dict[str, object] = {
        "id": new_id(),
        "client_id": new_id(),
        "barrier_id": new_id(),
        "help_id": new_id(),
        "version": 1,
        "status": status,
        "business_status": BusinessStatus.CREATED,
        "service_id": new_id(),
        "service_name": "Rides to appointments",
        "organization_id": new_id(),
        "organization_name": "Aire Valley Wheels",
        "drafted_at": MONDAY_MORNING,
        "moved_at": MONDAY_MORNING,
        "cause_id": new_id(),
        "correlation_id": new_id(),
    }
    if status is not ReferralStatus.DRAFT:
        values |= {
            "consent_id": new_id(),
            "sent_at": MONDAY_MORNING,
            "acknowledge_by": MONDAY_MORNING + timedelta(days=2),
        }
    if status in LIVE - {ReferralStatus.REQUESTED}:
        values |= {"business_status": BusinessStatus.ACCEPTED}
    if status in {ReferralStatus.REJECTED, ReferralStatus.CANCELLED, ReferralStatus.FAILED}:
        values |= {"reason": ReasonCode.OTHER, "reason_text": "It did not work out."}
    return Referral(**(values | fields))  # type: ignore[arg-type]


def appointment(**fields: object) -> Appointment:
    """A meeting a week from Monday."""
    values: dict[str, object] = {"id": new_id(), "starts_at": MONDAY_MORNING + timedelta(days=7)}
    return Appointment(**(values | fields))  # type: ignore[arg-type]
