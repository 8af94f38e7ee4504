"""Values that several events share. Each docstring says what a reader can rely on."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema

from contracts.event import Model
from contracts.terms import (
    Answer,
    ChannelKind,
    CoordinationPurpose,
    InformationScope,
    Pace,
    RulerName,
    ServiceFeature,
    Setting,
    Talk,
)

_ZONES = frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _ZONES:
        message = f"{name!r} is not an IANA time zone, such as Europe/London or America/Chicago"
        raise ValueError(message)
    return name


TimeZoneName = Annotated[str, AfterValidator(_known_zone)]
"""An IANA zone name that was checked at entry, so that no later step can stumble on it."""

Words = Annotated[str, Field(min_length=1, max_length=4000)]
"""Someone's words, kept verbatim."""

LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A BCP 47 language tag, such as `en`, `es` or `pt-BR`."""

Ruler = Annotated[int, Field(ge=0, le=10)]
"""A 0-10 scaling question."""

Weekday = Annotated[int, Field(ge=1, le=7)]
"""ISO 8601 weekday: 1 is Monday, 7 is Sunday."""


WallTime = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$"})
]
"""A time on the wall clock, without a zone. JSON Schema's own `time` format would demand an offset."""


class Window(Model):
    """A weekly window in the client's own zone. `closes` after `opens`; a window never passes midnight."""

    weekday: Weekday
    """ISO 8601 weekday: 1 is Monday, 7 is Sunday."""
    opens: WallTime
    """The first minute, on the wall clock of the zone."""
    closes: WallTime
    """The minute after the last, on the wall clock of the zone."""


class Readiness(Model):
    """The three rulers, as the client put them. A ruler that was not asked is None, never 0."""

    importance: Ruler | None = None
    """How much it matters to the client, 0-10; null when it was not asked."""
    confidence: Ruler | None = None
    """How sure the client is that they could, 0-10; null when it was not asked."""
    readiness: Ruler | None = None
    """How ready the client feels to begin, 0-10; null when it was not asked."""
    measured_at: AwareDatetime | None = None


class RulerFollowUp(Model):
    """What a client answered when they were asked about a number on a ruler."""

    ruler: RulerName
    """Which ruler the number was on."""
    why_not_lower: Words | None = None
    """Why a 6 and not a 3, in the client's words."""
    what_would_help: Words | None = None
    """What it would take to move up by one, in the client's words."""


class HeardStatement(Model):
    """One thing that a client said in a conversation, word for word."""

    id: UUID
    """Identifies this statement."""
    words: Words
    talk: Talk | None = None
    """How staff heard it; null where nobody tagged it. A tag says nothing about anybody's skill."""
    past_success: bool = False
    """Whether it tells of something that worked for them before."""
    barrier_id: UUID | None = None
    """The barrier that it is about, where it is about one."""
    goal_id: UUID | None = None
    """The goal or value that it is about, where it is about one."""


class Consent(Model):
    """Who may be told what, for which purpose, until when: a dated record, never a flag.

    In force from `granted_at` until `expires_at` (None: until revoked) unless `revoked_at` has passed.
    `organizations` names recipients; empty together with `any_matched_service` means every service that
    the client is matched with. A revocation is final: a later consent is a new record with a new id.
    Grounding: 42 CFR 2.31(a).
    """

    id: UUID
    """Identifies this record; a later consent has another."""
    client_id: UUID
    discloser: str
    """Who is allowed to tell, by name (42 CFR 2.31(a)(2))."""
    organizations: frozenset[UUID] = frozenset()
    """Who may be told, by organisation."""
    any_matched_service: bool = False
    """Whether every service that the client is matched with may be told."""
    purposes: frozenset[CoordinationPurpose]
    """What the information may be used for."""
    scopes: frozenset[InformationScope]
    """Which information it covers; nothing else leaves us."""
    granted_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    """Until when it is in force; null until it is revoked."""
    revoked_at: AwareDatetime | None = None

    def covers(self, organization_id: UUID, purpose: CoordinationPurpose, at: datetime) -> bool:
        """Whether this record, at that moment, lets that organisation be told for that purpose."""
        in_force = self.granted_at <= at and (self.expires_at is None or at < self.expires_at)
        standing = self.revoked_at is None or at < self.revoked_at
        named = self.any_matched_service or organization_id in self.organizations
        return in_force and standing and named and purpose in self.purposes


class ClientContext(Model):
    """What services need to know to fit help to a client's life; no name and no contact detail.

    `version` grows by one with every change; a reader keeps the highest it has seen. Windows are in
    `time_zone`; empty `available` means not said (unknown), never "not available".
    """

    client_id: UUID
    version: Annotated[int, Field(ge=1)]
    time_zone: TimeZoneName
    language: LanguageTag = "en"
    """The language to speak and write to the client in."""
    postcode: str | None = None
    born_on: date | None = None
    """Date of birth; null when it was not said. Services have age limits."""
    pace: Pace = Pace.STEADY
    setting: Setting = Setting.EITHER
    """Where the client would like to meet a service."""
    available: tuple[Window, ...] = ()
    """When the client has time, in their zone; empty when it was not said."""
    caring_duties: bool | None = None
    """Whether the client cares for somebody; null when it was not said."""
    access_needs: frozenset[str] = frozenset()
    """Accessibility the client needs, in HSDS words: wheelchair, hearing_loop, step_free, quiet_space, ..."""
    free_only: bool = False
    """Whether the client can only use help that costs nothing."""
    excluded_organizations: frozenset[UUID] = frozenset()
    """Organisations the client does not want to be sent to; no reason is asked."""


class Channel(Model):
    """One way to reach a client. `safe` is the client's word; `windows` (their zone) say when it is safe."""

    kind: ChannelKind
    address: Annotated[str, Field(min_length=3, max_length=254)]
    """The number or address, as the channel's kind writes it."""
    safe: bool = False
    """Whether the client said that it is safe; nothing is sent to one that is not."""
    preferred: bool = False
    """Whether the client would rather be reached this way."""
    windows: tuple[Window, ...] = ()
    """When it is safe, in the client's zone; empty means at any time."""


class Check(Model):
    """One hard check of a service against a need, with a reason that a person can read."""

    name: str
    """Which check this is, such as `language` or `area`."""
    answer: Answer
    """What it came to; `unknown` means ask."""
    reason: str


class Candidate(Model):
    """A service that was considered. An option holds every check, a rejected one those that said no."""

    service_id: UUID
    service_name: str
    organization_id: UUID
    organization_name: str
    eligible: Answer
    """`yes`: every check said yes; `no`: at least one said no; `unknown`: somebody has to ask."""
    rank: Annotated[int, Field(ge=1)] | None = None
    """1 is the best fit; None when it was rejected."""
    reasons: tuple[str, ...] = ()
    """Why it has this rank, in words that a person can read; a rejected one has its reasons in `checks`."""
    checks: tuple[Check, ...] = ()
    """An option's hard checks, all of them; of a rejected service those that said no, at least one."""


class HelpFilters(Model):
    """What the playbook asks of a service: `must` rejects, `prefer` raises, `avoid` lowers the rank."""

    must: frozenset[ServiceFeature] = frozenset()
    """A service without one of these is rejected."""
    prefer: frozenset[ServiceFeature] = frozenset()
    """A service with one of these ranks higher."""
    avoid: frozenset[ServiceFeature] = frozenset()
    """A service with one of these ranks lower."""
