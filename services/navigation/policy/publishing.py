"""What a partner hears of a move, and how much of it may go out at the moment when it is sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.published.cloud_event import PublishedEvent
from contracts.published.events import (
    NOTICES,
    AppointmentNotice,
    ClientNotice,
    ConsentNotice,
    Verb,
)
from contracts.terms import ChangedBy, ReasonCode
from contracts.values import Consent
from services.navigation.model.referrals import (
    Cancel,
    ClientDeclines,
    EnterInError,
    Moved,
    Referral,
    Send,
    Told,
    Unanswered,
)
from services.navigation.model.telling import Json, News, PartnerEvent, Way
from services.navigation.policy.disclosure import NOTICE, PURPOSE
from services.navigation.policy.referrals import possible_moves

_NOTICE_OF = {notice.verb: notice for notice in NOTICES}
_CARRIES_CONTENT = frozenset({Verb.REQUESTED, Verb.CONTACT_CHANGED})
CALLED_OFF = frozenset({Verb.CANCELLED, Verb.DECLINED, Verb.REVOKED})
"""The client or we ended it; nothing that the partner has not read yet is told of the client any more."""
_NEWS_TO_A_READER = frozenset({Verb.ANSWERED, Verb.UNANSWERED})

WORDED = {
    Verb.ANSWERED: "that their answer was taken",
    Verb.UNANSWERED: "that the time for an answer has passed",
    Verb.CANCELLED: "that the referral was called off",
    Verb.DECLINED: "that the client would rather not",
    Verb.REVOKED: "that the consent was taken back",
}
"""How the ledger words a notice in which nothing new is told about the client (42 CFR 2.24)."""


def verb_of(moved: Moved) -> Verb | None:  # noqa: PLR0911 - one line per verb
    """What the partner hears of a move; None when it is none of theirs, or nothing was ever sent to them."""
    if moved.referral.sent_at is None:
        return None
    if moved.by is ChangedBy.PARTNER:
        return Verb.ANSWERED
    match moved.made:
        case Send():
            return Verb.REQUESTED
        case Unanswered():
            return Verb.UNANSWERED
        case ClientDeclines():
            return Verb.DECLINED
        case Cancel(reason=ReasonCode.CONSENT_REVOKED):
            return Verb.REVOKED
        case Cancel() | EnterInError():
            return Verb.CANCELLED
        case _:
            return None


def goes_by(verb: Verb, way: Way) -> bool:
    """Whether a notice is pushed by this way: people are not written to about their own answers."""
    return way is not Way.LINK or verb not in _NEWS_TO_A_READER


def tells_content(verb: Verb) -> bool:
    """Whether a notice of this kind says anything new about the client."""
    return verb in _CARRIES_CONTENT


def news(
    referral: Referral,
    verb: Verb,
    *,
    event_id: UUID,
    told: Told,
    consent: Consent | None,
    at: datetime,
) -> News:
    """Word a notice. `told` is what the partner may know now, `consent` what it rests on, if it stands."""
    assert referral.consent_id is not None, "nothing is sent without a consent"
    assert referral.acknowledge_by is not None, "what was sent has a clock"
    met = referral.appointment
    body = _NOTICE_OF[verb](
        referral_id=referral.id,
        sequence=1,
        organization_id=referral.organization_id,
        service_id=referral.service_id,
        service_name=referral.service_name,
        status=referral.status,
        business_status=referral.business_status,
        at=at,
        acknowledge_by=referral.acknowledge_by,
        appointment=AppointmentNotice(id=met.id, starts_at=met.starts_at, remote=met.remote) if met else None,
        reason=referral.reason,
        reason_text=referral.reason_text if verb is Verb.ANSWERED else None,
        outcome=referral.outcome,
        consent=ConsentNotice(
            id=referral.consent_id,
            scopes=tuple(sorted(told.scopes)),
            purpose=PURPOSE,
            expires_at=consent.expires_at if consent else None,
        ),
        notice=NOTICE,
        possible=tuple(possible_moves(referral, by=ChangedBy.PARTNER)),
    )
    return News(
        id=event_id,
        referral=referral,
        verb=verb,
        data=body.model_dump(mode="json", exclude={"sequence", "client"}),
        client=client_notice(told).model_dump(mode="json") if tells_content(verb) and told.scopes else None,
        consent_id=referral.consent_id,
        tellable_until=consent.expires_at if consent else None,
        at=at,
    )


def client_notice(told: Told) -> ClientNotice:
    """What a partner may read of a client, as it is published."""
    return ClientNotice(
        full_name=told.full_name,
        preferred_name=told.preferred_name,
        channels=told.channels,
        contact_prohibited=told.contact_prohibited,
        category=told.category,
        resource_codes=told.resource_codes,
        words=told.words,
        language=told.language,
        time_zone=told.time_zone,
        available=told.available,
        setting=told.setting,
        access_needs=tuple(sorted(told.access_needs)),
    )


def stands(event: PartnerEvent, *, now: datetime) -> bool:
    """Whether the consent that the notice rests on stood at that moment of the domain's clock."""
    return event.withdrawn_at is None and (event.tellable_until is None or now < event.tellable_until)


def cloud_event(event: PartnerEvent, *, now: datetime) -> tuple[PublishedEvent, Json]:
    """The notice as it goes out at this moment, by whichever way: its attributes and its data."""
    tellable = stands(event, now=now)
    data = {**event.data, "sequence": event.sequence, "client": event.client if tellable else None}
    if not tellable and isinstance(consent := data["consent"], dict):
        data["consent"] = {**consent, "scopes": []}
    attributes = PublishedEvent(
        id=event.id,
        type=_NOTICE_OF[event.verb].type_name(),
        organization_id=event.organization_id,
        referral_id=event.referral_id,
        sequence=event.sequence,
        time=event.occurred_at,
    )
    return attributes, data
