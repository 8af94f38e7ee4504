"""What a partner organisation hears about the referrals that were sent to it.

Each notice stands by itself: it says how the referral stands, and in `client` what the client lets this
recipient know for this purpose, nothing else. `sequence` counts the notices of one referral from 1 without
gaps: a reader puts them in order by it, and drops one it has seen.

Within one version only optional fields with a default may be added; a reader ignores what it does not know.
Grounding: CloudEvents 1.0; 42 CFR 2.31 (consent), 2.32 (the notice that goes with every disclosure);
Gravity SDOH Clinical Care (statuses) and BSeR (business statuses).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Model
from contracts.terms import (
    BusinessStatus,
    CoordinationPurpose,
    InformationScope,
    ReasonCode,
    ReferralStatus,
    Setting,
)
from contracts.values import Channel, Window


class Verb(StrEnum):
    """What happened, as the last word but one of a subject says it."""

    REQUESTED = "requested"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    REVOKED = "revoked"
    CONTACT_CHANGED = "contact_changed"


class ConsentNotice(Model):
    """The consent that everything said about the client rests on, as it stood when this was sent."""

    id: UUID
    """The consent record."""
    scopes: tuple[InformationScope, ...]
    """Which information it lets you have; empty once it stands no more, and then you may have none."""
    purpose: CoordinationPurpose
    """What you may use the information for, and nothing else."""
    expires_at: AwareDatetime | None = None
    """Until when it stands; null until the client takes it back."""


class AppointmentNotice(Model):
    """A meeting that you made; it keeps its id when it is moved."""

    id: UUID
    starts_at: AwareDatetime
    remote: bool = False
    """Whether it takes place by telephone or video."""


class ClientNotice(Model):
    """What the client lets you know. What the consent does not cover is null or empty."""

    full_name: str | None = None
    preferred_name: str | None = None
    """What the client likes to be called."""
    channels: tuple[Channel, ...] = ()
    """Safe ways to make contact, each with the times at which it is safe."""
    contact_prohibited: bool = False
    """Nobody may write or call at all."""
    category: str | None = None
    """What kind of barrier the help is for."""
    resource_codes: tuple[str, ...] = ()
    words: str | None = None
    """The client's own words; only if they agreed to share them."""
    language: str | None = None
    """The language to speak and write in."""
    time_zone: str | None = None
    available: tuple[Window, ...] = ()
    """When the client has time, in their zone; empty when it was not said."""
    setting: Setting | None = None
    """Where the client would like to meet you."""
    access_needs: tuple[str, ...] = ()
    """Accessibility the client needs, in HSDS words."""


class ReferralNotice(Model):
    """How a referral that was sent to you stands."""

    verb: ClassVar[Verb]

    referral_id: UUID
    sequence: Annotated[int, Field(ge=1)]
    """Counts the notices of this referral from 1, without gaps."""
    organization_id: UUID
    """Your organisation."""
    service_id: UUID
    service_name: str
    status: ReferralStatus
    business_status: BusinessStatus
    at: AwareDatetime
    acknowledge_by: AwareDatetime
    """Until when an answer is hoped for; after that something else is prepared, and you can still answer."""
    appointment: AppointmentNotice | None = None
    reason: ReasonCode | None = None
    """Why it ended or was declined; null as long as neither is so."""
    reason_text: str | None = None
    """What you said yourselves; nobody else's words are passed on."""
    outcome: str | None = None
    """What help was given, as you said it."""
    consent: ConsentNotice
    notice: str
    """Goes with everything here (42 CFR 2.32)."""
    client: ClientNotice | None = None
    """What the client lets you know; null where nothing new is told, or nothing may be any more."""
    possible: tuple[str, ...] = ()
    """Which answers can be given now."""

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents type, such as `referrals.requested.v1`."""
        return f"referrals.{cls.verb.value}.v1"


class Requested(ReferralNotice):
    """A client would like your help. Please answer."""

    verb = Verb.REQUESTED


class Answered(ReferralNotice):
    """An answer of yours was taken, by whichever way it came."""

    verb = Verb.ANSWERED


class Unanswered(ReferralNotice):
    """The time for an answer has passed; something else is being prepared, and you can still answer."""

    verb = Verb.UNANSWERED


class Cancelled(ReferralNotice):
    """It was called off. Please stop; nobody is at fault."""

    verb = Verb.CANCELLED


class Declined(ReferralNotice):
    """The client would rather not, or no longer. Please stop; no reason is owed."""

    verb = Verb.DECLINED


class Revoked(ReferralNotice):
    """The client took back the consent. Please stop, and use what you were told no further."""

    verb = Verb.REVOKED


class ContactChanged(ReferralNotice):
    """How to reach or meet the client has changed; what is said here replaces what was said before."""

    verb = Verb.CONTACT_CHANGED


NOTICES: tuple[type[ReferralNotice], ...] = (
    Requested,
    Answered,
    Unanswered,
    Cancelled,
    Declined,
    Revoked,
    ContactChanged,
)
"""Every kind of notice."""
