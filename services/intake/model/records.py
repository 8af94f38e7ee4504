"""Who clients are, what they allow and what they said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.terms import BarrierCategory, GoalKind, Strength, Wish
from contracts.values import Channel, ClientContext, Consent, Readiness, RulerFollowUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to address and reach a client; kept apart from what services need to know about their life."""

    full_name: str
    preferred_name: str
    channels: tuple[Channel, ...] = ()
    contact_prohibited: bool = False
    messages_wanted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client's record as it stands. `context.version` is the version of the whole record."""

    context: ClientContext
    contact: Contact
    registered_at: datetime
    changed_at: datetime
    survivor_id: UUID | None = None
    """The record that stands for this person, where this one was merged."""

    @property
    def id(self) -> UUID:
        """The client."""
        return self.context.client_id

    @property
    def version(self) -> int:
        """Grows by one with every change of the context or the contact."""
        return self.context.version


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something in what was sent that cannot be accepted: which field, and in plain words what to do."""

    field: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What becomes of a registration: a new record."""

    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class SamePerson:
    """There are records that are very much like it; somebody has to look before there is another."""

    client_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flawed:
    """It cannot be accepted as it is; every flaw is named, not only the first."""

    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The record after a change, one version on, and which of its two halves others must hear about."""

    client: Client
    context_changed: bool
    contact_changed: bool


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Everything is as it was: no new version, nothing to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """The change was made on an older copy of the record; `version` is the one that stands."""

    version: int


class GivenHow(StrEnum):
    """How a consent was put in writing; 42 CFR 2.31(a) asks for a signature, on paper or not."""

    SIGNED_ON_PAPER = "signed_on_paper"
    SIGNED_ON_SCREEN = "signed_on_screen"


class Signer(StrEnum):
    """Who signed a consent."""

    CLIENT = "client"
    REPRESENTATIVE = "representative"


class Explained(StrEnum):
    """What the client was told before signing; each is a statement that 42 CFR 2.31(a) asks for."""

    HOW_TO_REVOKE = "how_to_revoke"
    MAY_BE_PASSED_ON = "may_be_passed_on"
    WHAT_IF_NOT_SIGNED = "what_if_not_signed"


class RevokedHow(StrEnum):
    """How a client took a consent back. Either way it ends at once."""

    SPOKEN = "spoken"
    IN_WRITING = "in_writing"


class ConsentState(StrEnum):
    """Where a consent is at a given moment; always derived, never stored."""

    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An organisation that may be told, by id and by the name that stood on the form."""

    organization_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentForm:
    """A consent with everything that stood on the form. `consent` is the part that others hear about.

    `information` describes in words what may be told; `intermediary` is who passes it on where recipients
    are meant as a class (`recipient_class`) and not by name; `representative` signed for the client.
    """

    consent: Consent
    information: str
    recipients: tuple[Recipient, ...]
    recipient_class: str | None
    intermediary: str | None
    given_how: GivenHow
    signer: Signer
    representative: str | None
    explained: frozenset[Explained]
    recorded_at: datetime
    recorded_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A consent taken back, once and for good."""

    consent_id: UUID
    revoked_at: datetime
    how: RevokedHow
    recorded_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConsent:
    """A consent as we keep it: the form, the client's name as it stood then, and whether it was taken back.

    `form.consent.revoked_at` is the moment of the revocation, if there is one.
    """

    form: ConsentForm
    client_name: str
    revocation: Revocation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal or a value, in the client's words."""

    id: UUID
    kind: GoalKind
    words: str
    stated_at: datetime
    stated_to: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One asking of the rulers, with what the client said about it."""

    id: UUID
    readiness: Readiness
    words: str | None
    follow_ups: tuple[RulerFollowUp, ...] = ()
    asked_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A barrier as the client stated it. `category` is staff's reading beside the client's words."""

    barrier_id: UUID
    words: str
    category: BarrierCategory
    strength: Strength
    own_idea: str | None
    wish: Wish
    goal_id: UUID | None
    stated_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stood when a barrier was stated: what travels with it, so that nobody has to ask."""

    context: ClientContext
    readiness: Readiness
    consents: tuple[Consent, ...]
    goal_words: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishHeard:
    """A client's word on what should be done about a barrier, and who heard it when.

    `seen` is the version of the wish that whoever wrote it had before them; None obeys whatever stood.
    """

    barrier_id: UUID
    wish: Wish
    heard_at: datetime
    heard_by: UUID
    seen: int | None


class Missing(StrEnum):
    """What a statement refers to that is not there."""

    CLIENT = "client"
    GOAL = "goal"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedBarrier:
    """A barrier as it was stated, with what the client wants now and how often that changed."""

    statement: Statement
    stated_at: datetime
    wish_version: int
    wish_changed_at: datetime
