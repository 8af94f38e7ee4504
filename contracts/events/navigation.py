"""What navigation states: how the search for help went, where each referral is, what the directory says."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Event, Model
from contracts.events.base import ClientEvent
from contracts.terms import (
    BusinessStatus,
    Capacity,
    ChangedBy,
    ClientConfirmed,
    ReasonCode,
    ReferralStatus,
    ReportOutcome,
    ServiceStatus,
)
from contracts.values import Candidate, Weekday


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


class ServiceEvent(Event):
    """A fact about one service of the directory; `ce-subject` is the service's id. Nobody's personal data."""

    service_id: UUID

    @property
    def about(self) -> UUID:
        """The service."""
        return self.service_id


class OpenHours(Model):
    """When a service is open, by the wall clock of the place."""

    weekday: Weekday
    """ISO 8601 weekday: 1 is Monday, 7 is Sunday."""
    opens: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    """From then on, such as 09:00."""
    closes: Annotated[str, Field(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]
    """Until then, such as 17:30; 24:00 is the end of the day."""


class ServiceDetails(Model):
    """What a service says of itself, in words for people. HSDS contact persons are left out: they have names.

    Everything is as its directory published it, with what our staff put right in its place. Long texts and
    lists are cut short.
    """

    description: str | None = None
    """What it does."""
    url: str | None = None
    """Its page on the web."""
    email: str | None = None
    """The service's own mailbox."""
    phones: tuple[str, ...] = ()
    """The service's own numbers, with what each is for where that is said."""
    addresses: tuple[str, ...] = ()
    """Where it is, one line each."""
    hours: tuple[OpenHours, ...] | None = None
    """When it is open in any way; null when nobody has said."""
    eligibility: str | None = None
    """Who it is for, in its own words."""
    application_process: str | None = None
    """How one gets in."""
    fees: str | None = None
    """What it costs, in its own words."""
    required_documents: tuple[str, ...] = ()
    """What one has to bring."""
    alert: str | None = None
    """What one should know before all else, such as a closure over the holidays."""
    organization_url: str | None = None
    """The organisation's page on the web."""


class ServiceChanged(ServiceEvent):
    """How a service of the directory stands now, whole. The highest `version` is how it stands.

    Stated after every change, whoever made it; of several in a short time perhaps only the last. None means
    that the directory does not say, which is never the same as no.
    """

    subject: ClassVar[str] = "care.navigation.service.changed.v1"

    version: Annotated[int, Field(ge=1)]
    """The directory's revision that brought it: grows with every change, not by one."""
    at: AwareDatetime
    name: str
    """The service's name."""
    organization_id: UUID
    organization_name: str
    source: str
    """Which directory it came from."""
    status: ServiceStatus
    """HSDS status; `retired` and `closed_until` say more."""
    retired: bool = False
    """Whether its directory has left it out since: nobody is sent there, and it may come back."""
    closed_until: date | None = None
    """The first day on which it is open again, where staff wrote down that it is closed for a time."""
    codes: tuple[str, ...] = ()
    """Open Eligibility codes."""
    areas: tuple[str, ...] | None = None
    """Prefixes of the postcodes it serves; an empty prefix is everywhere; null when that is not known."""
    languages: tuple[str, ...] | None = None
    """Primary language tags."""
    minimum_age: float | None = None
    """The youngest age it is for, in years."""
    maximum_age: float | None = None
    """The oldest age it is for, in years."""
    free: bool | None = None
    """Whether it costs nothing, or can."""
    in_person: bool | None = None
    """Whether one can go there."""
    remote: bool | None = None
    """Whether it can be used by telephone, video or online."""
    accessibility: tuple[str, ...] | None = None
    """What the place offers: wheelchair, step_free, quiet_space, ..."""
    capacity: Capacity = Capacity.UNKNOWN
    """Whether it can take somebody on."""
    places: int | None = None
    """How many places are free, where that is counted."""
    capacity_said_at: AwareDatetime | None = None
    """When that was said by the service or by staff; null where its directory said it."""
    assured_date: date | None = None
    """When somebody last checked the entry; what is older than half a year is stale."""
    acknowledge_within_working_days: int | None = None
    """How long it has for an answer; null means the usual two working days."""
    progress_within_working_days: int | None = None
    """How long until its next word while it is at work; null means the usual ten working days."""
    details: ServiceDetails = ServiceDetails()
    """What it says of itself."""
    corrected: tuple[str, ...] = ()
    """The fields that our staff put right; the next import of its directory leaves them so."""
    conflicting: tuple[str, ...] = ()
    """Those of them of which its directory has come to say something else again: a person decides."""
    open_reports: int = 0
    """How many reports that something here is wrong wait for an editor."""
    by_staff: UUID | None = None
    """The member of staff whose request changed it; null where an import, a partner or time did."""


class ServiceReported(ServiceEvent):
    """A member of staff says that something in the directory is wrong; for whoever publishes it, too."""

    subject: ClassVar[str] = "care.navigation.service.reported.v1"

    report_id: UUID
    """Identifies this report."""
    source: str
    """Which directory the service came from."""
    record: str
    """The service's id as that directory writes it."""
    name: str
    """The service's name."""
    fields: tuple[str, ...] = ()
    """What is wrong, by the names of our fields, where that was said."""
    words: str
    """What is wrong, in the words of whoever reported it."""
    at: AwareDatetime
    by_staff: UUID | None = None
    """Who reported it."""


class ReportResolved(ServiceEvent):
    """An editor looked into a report and says what became of it."""

    subject: ClassVar[str] = "care.navigation.report.resolved.v1"

    report_id: UUID
    """The report that this is about."""
    outcome: ReportOutcome
    """What was done."""
    words: str
    """What was found, in the editor's words."""
    at: AwareDatetime
    by_staff: UUID | None = None
    """Who looked into it."""
