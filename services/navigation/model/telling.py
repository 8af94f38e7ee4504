"""What a partner organisation hears, and by which ways."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.published.events import Verb
from services.navigation.model.referrals import Referral

Json = dict[str, object]


class Way(StrEnum):
    """A way by which a partner is told without asking."""

    NATS = "nats"
    WEBHOOK = "webhook"
    LINK = "link"


class Channel(StrEnum):
    """By which way somebody was told, as the ledger names it."""

    NATS = "nats"
    WEBHOOK = "webhook"
    LINK = "link"
    FEED = "feed"
    FHIR = "fhir"
    PARTNER_API = "partner_api"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that a referral's partner is to hear, before it has a place among its notices.

    `data` is the notice without `sequence` and `client`; `client` what may be told until `tellable_until`.
    """

    id: UUID
    referral: Referral
    verb: Verb
    data: Json
    client: Json | None
    consent_id: UUID
    tellable_until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerEvent:
    """A notice in its place: `position` among the partner's, `sequence` among the referral's."""

    id: UUID
    organization_id: UUID
    position: int
    referral_id: UUID
    sequence: int
    client_id: UUID
    verb: Verb
    data: Json
    client: Json | None
    consent_id: UUID
    tellable_until: datetime | None
    withdrawn_at: datetime | None
    occurred_at: datetime
