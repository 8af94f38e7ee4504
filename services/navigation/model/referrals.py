"""A referral, who moves it and how: Gravity's task statuses with BSeR's business statuses beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.terms import (
    BusinessStatus,
    ChangedBy,
    ClientConfirmed,
    InformationScope,
    ReasonCode,
    ReferralStatus,
    Setting,
    Wish,
)
from contracts.values import Candidate, Channel, ClientContext, Consent, HelpFilters, Window

LIVE = frozenset(
    {
        ReferralStatus.REQUESTED,
        ReferralStatus.ACCEPTED,
        ReferralStatus.IN_PROGRESS,
        ReferralStatus.ON_HOLD,
    }
)
"""With a partner, and not ended. At most one of a barrier."""

UNDER_WAY = LIVE - {ReferralStatus.REQUESTED}
"""With a partner that said yes."""

ENDED = frozenset(
    {
        ReferralStatus.REJECTED,
        ReferralStatus.CANCELLED,
        ReferralStatus.COMPLETED,
        ReferralStatus.FAILED,
        ReferralStatus.ENTERED_IN_ERROR,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Help that was asked for a barrier: what a search for a service starts from, now and later again.

    `cause_id` and `correlation_id` are the event that asked and the conversation that it belongs to.
    """

    id: UUID
    barrier_id: UUID
    client_id: UUID
    category: str
    resource_codes: tuple[str, ...]
    filters: HelpFilters
    wish: Wish
    send_allowed: bool
    words: str
    needed_at: datetime
    cause_id: UUID
    correlation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What navigation knows of a client: their life (latest version), how to reach them, what they allow.

    Everything may still be unknown: events arrive in any order. Names and addresses are only ever handed to
    a partner, within a consent's scopes.
    """

    id: UUID
    context: ClientContext | None = None
    full_name: str | None = None
    preferred_name: str | None = None
    channels: tuple[Channel, ...] = ()
    contact_prohibited: bool = False
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A meeting that a partner made; `id` stays the same when it is moved."""

    id: UUID
    starts_at: datetime
    remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One request to one service for one barrier. `version` grows by one with every move.

    `acknowledge_by` is when silence becomes an answer; `unanswered_at` when we said so (once). While a
    partner is at work on it, `progress_by` is when the next word from them is due, and `stalled_at` when we
    said that none came (once, until the partner moves it again). Ended without help, it has a `reason`,
    its text, and `ended_by`; where another one took its place, `superseded_by` says which.
    """

    id: UUID
    client_id: UUID
    barrier_id: UUID
    help_id: UUID
    version: int
    status: ReferralStatus
    business_status: BusinessStatus
    service_id: UUID
    service_name: str
    organization_id: UUID
    organization_name: str
    candidates: tuple[Candidate, ...] = ()
    rejected_more: int = 0
    runner_up_id: UUID | None = None
    replaces: UUID | None = None
    why_not_sent: str | None = None
    consent_id: UUID | None = None
    sent_at: datetime | None = None
    acknowledge_by: datetime | None = None
    answered_at: datetime | None = None
    unanswered_at: datetime | None = None
    appointment: Appointment | None = None
    reason: ReasonCode | None = None
    reason_text: str | None = None
    ended_by: ChangedBy | None = None
    outcome: str | None = None
    client_confirmed: ClientConfirmed = ClientConfirmed.UNKNOWN
    drafted_at: datetime
    moved_at: datetime
    progress_by: datetime | None = None
    stalled_at: datetime | None = None
    superseded_by: UUID | None = None
    cause_id: UUID
    correlation_id: UUID


class MoveName(StrEnum):
    """What can be done with a referral, as callers and problem answers name it."""

    CHOOSE = "choose"
    SEND = "send"
    ACCEPT = "accept"
    DECLINE = "decline"
    HOLD = "hold"
    PROGRESS = "progress"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    MISSED = "missed"
    KEPT = "kept"
    COMPLETE = "complete"
    FAIL = "fail"
    UNANSWERED = "unanswered"
    STALLED = "stalled"
    CLIENT_DECLINES = "client_declines"
    CANCEL = "cancel"
    ENTER_IN_ERROR = "enter_in_error"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """The client prefers another of the candidates."""

    candidate: Candidate
    runner_up_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """It goes to the partner, on this consent; silence becomes an answer at `acknowledge_by`."""

    consent_id: UUID
    acknowledge_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The partner says yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """The partner cannot help."""

    reason: ReasonCode
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The partner has it wait, such as on a waiting list."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The partner is at work on it."""

    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A meeting was made or moved."""

    appointment: Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Unschedule:
    """The meeting was called off, and no other was made; the referral goes on."""

    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The meeting did not take place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The meeting took place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """The partner says that help was given, and which."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The partner began and could not give the help."""

    reason: ReasonCode
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """The acknowledgement clock ran out; the status stays, and it is said once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """The progress clock ran out; the status stays, and it is said once until the partner moves it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDeclines:
    """The client does not want it, or no longer. No reason is owed."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """It is called off, with a coded reason; `superseded_by` is the referral that takes its place, if any."""

    reason: ReasonCode
    text: str
    superseded_by: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterInError:
    """It should never have been written."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The client says whether they got what they needed."""

    confirmed: ClientConfirmed


Move = (
    Choose
    | Send
    | Accept
    | Decline
    | Hold
    | Progress
    | Schedule
    | Unschedule
    | Missed
    | Kept
    | Complete
    | Fail
    | Unanswered
    | Stalled
    | ClientDeclines
    | Cancel
    | EnterInError
    | Confirm
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The move is made; `referral` is how it stands now, `made` what was done."""

    referral: Referral
    made: Move
    by: ChangedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """The same answer came again; nothing changes and nothing is said twice."""

    referral: Referral


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPossible:
    """It cannot be done as things stand: why, and what the same person can do instead."""

    why: str
    possible: tuple[MoveName, ...]


Decision = Moved | Repeated | NotPossible


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A live referral with the need that it is for, as it is looked at before another one is sent."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    status: ReferralStatus
    service_name: str
    organization_name: str
    sent_at: datetime
    unanswered_at: datetime | None
    category: str
    resource_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One line of the ledger: who was told what, when, why and on which consent. It never changes."""

    id: UUID
    referral_id: UUID
    client_id: UUID
    organization_id: UUID
    organization_name: str
    consent_id: UUID
    scopes: frozenset[InformationScope]
    what: str
    purpose: str
    channel: str
    notice: str
    told_at: datetime
    event_id: UUID | None = None
    """The notice that told it, if one did."""
    digest: bytes | None = None
    """Of what a partner read by itself; the same content by the same way is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a partner may read of a client at one moment: nothing beyond the consent's scopes.

    `scopes` empty means that no consent stands any more, and everything else is empty too.
    """

    scopes: frozenset[InformationScope] = frozenset()
    consent_id: UUID | None = None
    full_name: str | None = None
    preferred_name: str | None = None
    channels: tuple[Channel, ...] = ()
    contact_prohibited: bool = False
    category: str | None = None
    resource_codes: tuple[str, ...] = ()
    words: str | None = None
    language: str | None = None
    time_zone: str | None = None
    available: tuple[Window, ...] = ()
    setting: Setting | None = None
    access_needs: frozenset[str] = frozenset()
