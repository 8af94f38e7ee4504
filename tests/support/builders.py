"""Events and values of intake with sensible invented content; say only what a test is about.

Every builder takes the fields of what it builds as keywords and validates them, so that a test cannot
build what intake could never state. The people are invented. Identifiers that a test does not name are
new each time, so that two built things are two things.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

from contracts.events.intake import (
    BarrierStated,
    ClientChanged,
    ClientRegistered,
    ConsentGranted,
    ConsentRevoked,
    ContactChanged,
    GoalStated,
    ReadinessMeasured,
    WishChanged,
)
from contracts.terms import (
    BarrierCategory,
    ChannelKind,
    CoordinationPurpose,
    GoalKind,
    InformationScope,
    Pace,
    Setting,
    Strength,
    Wish,
)
from contracts.values import Channel, ClientContext, Consent, Readiness, Window
from shared.ids import new_id

MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When everything happens unless a test says otherwise; the manual clock starts there too."""


def weekly(weekday: int, opens: str, closes: str) -> Window:
    """A window such as `weekly(2, "18:00", "20:00")`: Tuesday evening, in the client's zone."""
    return Window(weekday=weekday, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def client_context(**fields: object) -> ClientContext:
    """A client in Leeds who works by day, speaks English and is open to meeting anywhere."""
    return ClientContext.model_validate(
        {
            "client_id": new_id(),
            "version": 1,
            "time_zone": "Europe/London",
            "language": "en",
            "postcode": "LS1 4AP",
            "born_on": date(1991, 3, 14),
            "pace": Pace.STEADY,
            "setting": Setting.EITHER,
            "available": (weekly(2, "18:00", "20:30"), weekly(4, "18:00", "20:30")),
            "caring_duties": False,
        }
        | fields
    )


def channel(**fields: object) -> Channel:
    """A mobile number that is safe at any time and that the client prefers."""
    return Channel.model_validate(
        {"kind": ChannelKind.SMS, "address": "+447700900123", "safe": True, "preferred": True} | fields
    )


def readiness(**fields: object) -> Readiness:
    """Matters a good deal, sure enough, ready to begin; measured on Monday morning."""
    return Readiness.model_validate(
        {"importance": 7, "confidence": 5, "readiness": 6, "measured_at": MONDAY_MORNING} | fields
    )


def consent(**fields: object) -> Consent:
    """A consent in force: every matched service may be told of the need and how to make contact."""
    return Consent.model_validate(
        {
            "id": new_id(),
            "client_id": new_id(),
            "discloser": "Harbour Street Outreach",
            "any_matched_service": True,
            "purposes": frozenset({CoordinationPurpose.CARE_COORDINATION}),
            "scopes": frozenset(
                {InformationScope.NAME_AND_CONTACT, InformationScope.NEED, InformationScope.AVAILABILITY}
            ),
            "granted_at": MONDAY_MORNING,
        }
        | fields
    )


def client_registered(**fields: object) -> ClientRegistered:
    """A registration; `client_id` follows from `client` where it is not named, and the other way round."""
    client = _client(fields)
    return ClientRegistered.model_validate(
        {"client_id": client.client_id, "client": client, "registered_at": MONDAY_MORNING} | fields
    )


def client_changed(**fields: object) -> ClientChanged:
    """The second version of a client's context."""
    client = _client(fields, version=2)
    return ClientChanged.model_validate(
        {"client_id": client.client_id, "client": client, "changed_at": MONDAY_MORNING} | fields
    )


def contact_changed(**fields: object) -> ContactChanged:
    """How to reach Amina Diallo, who wants messages by text."""
    return ContactChanged.model_validate(
        {
            "client_id": new_id(),
            "version": 1,
            "full_name": "Amina Diallo",
            "preferred_name": "Amina",
            "channels": (channel(),),
            "contact_prohibited": False,
            "messages_wanted": True,
            "changed_at": MONDAY_MORNING,
        }
        | fields
    )


def consent_granted(**fields: object) -> ConsentGranted:
    """A consent as it was granted; `client_id` follows from `consent` where it is not named."""
    given = fields.get("consent")
    client_id = fields.get("client_id", given.client_id if isinstance(given, Consent) else new_id())
    return ConsentGranted.model_validate(
        {"client_id": client_id, "consent": consent(client_id=client_id)} | fields
    )


def consent_revoked(**fields: object) -> ConsentRevoked:
    """A consent taken back on Monday morning."""
    return ConsentRevoked.model_validate(
        {"client_id": new_id(), "consent_id": new_id(), "revoked_at": MONDAY_MORNING} | fields
    )


def goal_stated(**fields: object) -> GoalStated:
    """A goal in the client's words."""
    return GoalStated.model_validate(
        {
            "client_id": new_id(),
            "goal_id": new_id(),
            "kind": GoalKind.GOAL,
            "words": "I want to be awake for breakfast with my daughter.",
            "stated_at": MONDAY_MORNING,
        }
        | fields
    )


def readiness_measured(**fields: object) -> ReadinessMeasured:
    """The three rulers, asked on Monday morning."""
    return ReadinessMeasured.model_validate(
        {"client_id": new_id(), "measurement_id": new_id(), "readiness": readiness()} | fields
    )


def barrier_stated(**fields: object) -> BarrierStated:
    """No way of getting there, quite a lot, "go ahead", with consent for every matched service.

    `client_id`, `client` and the consents belong together: name the client or the id, and the rest follows.
    """
    client = _client(fields)
    return BarrierStated.model_validate(
        {
            "client_id": client.client_id,
            "barrier_id": new_id(),
            "words": "The last bus is gone by the time I finish work.",
            "category": BarrierCategory.TRANSPORT,
            "strength": Strength.QUITE_A_LOT,
            "own_idea": "My neighbour drives that way on Thursdays.",
            "wish": Wish.GO_AHEAD,
            "goal_words": "I want to be awake for breakfast with my daughter.",
            "stated_at": MONDAY_MORNING,
            "stated_by": UUID("0199d2a0-0000-7000-8000-000000000001"),
            "client": client,
            "readiness": readiness(),
            "consents": (consent(client_id=client.client_id),),
        }
        | fields
    )


def wish_changed(**fields: object) -> WishChanged:
    """The client would now rather only be heard."""
    return WishChanged.model_validate(
        {
            "client_id": new_id(),
            "barrier_id": new_id(),
            "wish": Wish.JUST_LISTEN,
            "version": 2,
            "changed_at": MONDAY_MORNING,
        }
        | fields
    )


def _client(fields: dict[str, object], **defaults: object) -> ClientContext:
    """The client that the event is about: the one given, or a new one with the given id."""
    given = fields.get("client")
    if isinstance(given, ClientContext):
        return given
    return client_context(**({"client_id": fields.get("client_id") or new_id()} | defaults))
