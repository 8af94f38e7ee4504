"""A link that lets whoever reads an organisation's mail see one referral and answer it, with no account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from contracts.published.events import Verb
from contracts.terms import ReferralStatus


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What links are signed with, by name: the first signs, all of them are believed."""

    by_name: dict[str, bytes] = field(repr=False)

    @property
    def newest(self) -> str:
        """The name of the key that signs."""
        return next(iter(self.by_name))


class LinkEnd(StrEnum):
    """Why a link was closed before its time."""

    REPLACED = "replaced"
    """A newer link for the same referral is on its way."""
    WITHDRAWN = "withdrawn"
    """Staff took it back."""
    ADDRESS_CHANGED = "address_changed"
    PARTNER_REVOKED = "partner_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: for one referral and one organisation, until a real moment, or until it is closed.

    `made_for` is the event that it was made to tell of. Its token is not kept: it follows from this and the
    key of that name.
    """

    id: UUID
    referral_id: UUID
    organization_id: UUID
    made_for: UUID | None
    key_name: str
    made_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None
    closed_why: LinkEnd | None = None


class Standing(StrEnum):
    """What a link that somebody comes with is worth at this moment."""

    OPEN = "open"
    UNKNOWN = "unknown"
    """It is none of ours: never made, or tampered with."""
    EXPIRED = "expired"
    REPLACED = "replaced"
    GONE = "gone"
    """It was taken back, or the organisation is no longer a partner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRules:
    """How links are made here, and how often somebody may come."""

    keys: SigningKeys
    public_url: str
    """Where partners' browsers find this service; no slash at the end."""
    lifetime: timedelta
    visits_of_link: int
    """How often one link may be opened or used within a minute."""
    visits_from_address: int
    """How often anybody at one address may come within a minute, with whatever links."""
    proxies: int
    """How many proxies of ours stand in front and say where a request came from."""
    time_zone: str
    """Where our partners keep their clocks, for clients whose own zone may not be told."""


class MailKind(StrEnum):
    """What a mail says; it is the same for everybody."""

    REQUEST = "request"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A mail that may be due: the event that it would tell of, and how things stand now."""

    event_id: UUID
    referral_id: UUID
    organization_id: UUID
    position: int
    verb: Verb
    attempts: int
    """How often it was tried, this time included."""
    status: ReferralStatus
    address: str | None = field(repr=False)
    partner_revoked: bool


@dataclass(frozen=True, slots=True)
class Write:
    """There is something to be said."""

    kind: MailKind


@dataclass(frozen=True, slots=True)
class LeaveIt:
    """Nothing needs to be said, or a later mail about the same referral says it."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It cannot be said. `why` names nobody and no address."""

    why: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """Not now; again after `pause` of real time. `why` names nobody and no address."""

    why: str
    pause: timedelta


@dataclass(frozen=True, slots=True)
class Wording:
    """A mail's words."""

    subject: str
    body: str
