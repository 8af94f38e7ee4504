"""What navigation states: how the search for help went, and where each referral is."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.events.base import ClientEvent
from contracts.terms import BusinessStatus, ChangedBy, ClientConfirmed, ReasonCode, ReferralStatus
from contracts.values import Candidate


class ReferralEvent(ClientEvent):
    """Where a referral is. `version` grows by one with every move; the highest is how it stands now."""

    referral_id: UUID
    barrier_id: UUID
    version: Annotated[int, Field(ge=1)]
    status: ReferralStatus
    business_status: BusinessStatus
    service_id: UUID
    service_name: str
    organization_id: UUID
    organization_name: str
    at: AwareDatetime
    by_staff: UUID | None = None
    """The member of staff whose request moved it; null where a partner, the client's reply or time did."""


class ReferralDrafted(ReferralEvent):
    """A referral was prepared with a runner-up and waits for the client's choice. Nothing was disclosed."""

    subject: ClassVar[str] = "care.navigation.referral.drafted.v1"

    candidates: tuple[Candidate, ...]
    """Every service that was considered, best first, then the rejected ones with their reasons."""
    runner_up_id: UUID | None = None
    """The service that comes next if this one cannot help."""
    why_not_sent: str
    """Why it waits, in words that a person can read."""
    live_id: UUID | None = None
    """The referral that is under way for the same need, where that is why this one waits."""
    replaces: UUID | None = None
    """The referral that this one follows, when that one ended without help."""


class ReferralRequested(ReferralEvent):
    """A referral was sent to its partner; the disclosure is in the ledger under `consent_id`."""

    subject: ClassVar[str] = "care.navigation.referral.requested.v1"

    candidates: tuple[Candidate, ...] = ()
    runner_up_id: UUID | None = None
    consent_id: UUID
    acknowledge_by: AwareDatetime
    """When silence becomes an answer, by the service's own clock."""
    replaces: UUID | None = None


class ReferralAccepted(ReferralEvent):
    """The partner said yes."""

    subject: ClassVar[str] = "care.navigation.referral.accepted.v1"


class ReferralRejected(ReferralEvent):
    """The partner cannot help, with a coded reason. The runner-up, if any, has been prepared."""

    subject: ClassVar[str] = "care.navigation.referral.rejected.v1"

    reason: ReasonCode
    reason_text: str
    runner_up_id: UUID | None = None


class ReferralProgressed(ReferralEvent):
    """The partner is at work on it, or has put it on hold (a waiting list).

    With the business status 5.1.3 the appointment that was made has been called off; the referral goes on.
    """

    subject: ClassVar[str] = "care.navigation.referral.progressed.v1"

    reason_text: str | None = None


class ReferralScheduled(ReferralEvent):
    """An appointment was made or moved; the latest version's time counts."""

    subject: ClassVar[str] = "care.navigation.referral.scheduled.v1"

    appointment_id: UUID
    starts_at: AwareDatetime
    remote: bool = False
    """Whether it is by telephone or video."""


class ReferralMissed(ReferralEvent):
    """The appointment passed without a meeting (BSeR 5.1.2 unattended). Information, not a verdict."""

    subject: ClassVar[str] = "care.navigation.referral.missed.v1"

    appointment_id: UUID
    starts_at: AwareDatetime


class ReferralCompleted(ReferralEvent):
    """The partner says that help was given. The loop closes only when the client says so too."""

    subject: ClassVar[str] = "care.navigation.referral.completed.v1"

    outcome: str
    """What was done, in the partner's words."""


class ReferralEnded(ReferralEvent):
    """A referral ended without help: cancelled, ended by the partner, or entered in error."""

    subject: ClassVar[str] = "care.navigation.referral.ended.v1"

    by: ChangedBy
    reason: ReasonCode
    reason_text: str
    runner_up_id: UUID | None = None
    superseded_by: UUID | None = None
    """The referral that took its place, where one did."""


class ReferralUnanswered(ReferralEvent):
    """The service's acknowledgement clock ran out. Stated once per referral; the runner-up is prepared."""

    subject: ClassVar[str] = "care.navigation.referral.unanswered.v1"

    acknowledge_by: AwareDatetime
    runner_up_id: UUID | None = None


class ReferralStalled(ReferralEvent):
    """The partner has it in hand and has not moved it in its time. Stated once, until they move it again."""

    subject: ClassVar[str] = "care.navigation.referral.stalled.v1"

    progress_by: AwareDatetime
    """When the next word from the partner was due, by the service's own clock."""


class ReferralConfirmed(ReferralEvent):
    """The client said whether they got what they needed; the last word on a referral."""

    subject: ClassVar[str] = "care.navigation.referral.confirmed.v1"

    client_confirmed: ClientConfirmed
    """The client's own answer."""


class HelpUnmatched(ClientEvent):
    """No service in the directory fits. Carries what was considered and why each was rejected."""

    subject: ClassVar[str] = "care.navigation.help.unmatched.v1"

    help_id: UUID
    barrier_id: UUID
    resource_codes: tuple[str, ...]
    postcode: str | None = None
    rejected: tuple[Candidate, ...] = ()
    """Every service that was considered, with the reasons against it."""
    at: AwareDatetime
