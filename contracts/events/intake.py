"""What intake states: who the client is, what they allow, what matters to them and what stands in the way."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.events.base import ClientEvent
from contracts.terms import BarrierCategory, GoalKind, Strength, Wish
from contracts.values import (
    Channel,
    ClientContext,
    Consent,
    HeardStatement,
    Readiness,
    RulerFollowUp,
    Words,
)


class StaffEvent(ClientEvent):
    """A fact about one client that a staff member wrote down."""

    by: UUID | None = None
    """The staff member who wrote it down; null where it was stated before this was kept."""


class ClientRegistered(StaffEvent):
    """A client was registered. Stated once per client; the context is complete and carries no name."""

    subject: ClassVar[str] = "care.intake.client.registered.v1"

    client: ClientContext
    registered_at: AwareDatetime


class ClientChanged(StaffEvent):
    """Something about the client's life changed. Carries the whole context; the highest version wins."""

    subject: ClassVar[str] = "care.intake.client.changed.v1"

    client: ClientContext
    changed_at: AwareDatetime


class ContactChanged(StaffEvent):
    """How to address and reach the client. The only intake event with a name or an address in its body.

    Carries the whole picture; the highest `version` wins. With `contact_prohibited` nobody may write or
    call at all until a later version says otherwise (Gravity: contacting-subject-prohibited).
    """

    subject: ClassVar[str] = "care.intake.contact.changed.v1"

    version: Annotated[int, Field(ge=1)]
    full_name: str
    """The client's full name, as they gave it."""
    preferred_name: str
    """How the client wants to be addressed."""
    channels: tuple[Channel, ...] = ()
    """Every way to reach the client; empty when there is none."""
    contact_prohibited: bool = False
    """Whether nobody may write or call at all."""
    messages_wanted: bool = True
    """Whether the client agreed to get automatic messages at all."""
    changed_at: AwareDatetime


class ClientMerged(StaffEvent):
    """Two records turned out to be one person's: this one was merged into another, which stands for both.

    Both records stay, and whatever is said of either id is said of that person. The highest `version` of
    ClientMerged and ClientSplit says where this record stands; `contracts.one_person` follows chains.
    """

    subject: ClassVar[str] = "care.intake.client.merged.v1"

    merge_id: UUID
    survivor_id: UUID
    version: Annotated[int, Field(ge=1)]
    merged_at: AwareDatetime
    why: Words | None = None
    """Why staff think so, in their words."""


class ClientSplit(StaffEvent):
    """A merge was undone: this client's record stands by itself again, with those merged into it before."""

    subject: ClassVar[str] = "care.intake.client.split.v1"

    merge_id: UUID
    survivor_id: UUID
    """The record that it was merged into until now."""
    version: Annotated[int, Field(ge=2)]
    split_at: AwareDatetime
    why: Words | None = None
    """Why staff think so, in their words."""


class ConsentGranted(StaffEvent):
    """The client allowed something to be told. The record is complete and never changes afterwards."""

    subject: ClassVar[str] = "care.intake.consent.granted.v1"

    consent: Consent
    """The whole record."""


class ConsentRevoked(StaffEvent):
    """The client took a consent back. Final; whatever rests on it stops at once."""

    subject: ClassVar[str] = "care.intake.consent.revoked.v1"

    consent_id: UUID
    revoked_at: AwareDatetime


class GoalStated(StaffEvent):
    """A goal or a value, in the client's words."""

    subject: ClassVar[str] = "care.intake.goal.stated.v1"

    goal_id: UUID
    kind: GoalKind
    words: Words
    stated_at: AwareDatetime


class ReadinessMeasured(StaffEvent):
    """The client answered one or more of the rulers. The latest `measured_at` is where they are now."""

    subject: ClassVar[str] = "care.intake.readiness.measured.v1"

    measurement_id: UUID
    readiness: Readiness
    words: Words | None = None
    """What the client said about it, word for word."""
    follow_ups: tuple[RulerFollowUp, ...] = ()
    """What they answered when they were asked about a number; at most one for each ruler."""


class ConversationRecorded(StaffEvent):
    """What was heard in a conversation was written down, word for word. Stated once; it never changes."""

    subject: ClassVar[str] = "care.intake.conversation.recorded.v1"

    conversation_id: UUID
    held_at: AwareDatetime
    statements: tuple[HeardStatement, ...] = ()
    """What the client said, in the order in which it was heard."""
    next_steps: tuple[Words, ...] = ()
    """What staff said that they will do next."""
    recorded_at: AwareDatetime


class BalanceWeighed(StaffEvent):
    """The client weighed staying the same against a change: four cells, in their words, none of them right.

    Optional and neutral; it asks for nothing and nothing follows from it. The highest `version` wins.
    """

    subject: ClassVar[str] = "care.intake.balance.weighed.v1"

    version: Annotated[int, Field(ge=1)]
    good_about_staying: tuple[Words, ...] = ()
    """The good things about staying the same."""
    less_good_about_staying: tuple[Words, ...] = ()
    """The not-so-good things about staying the same."""
    good_about_changing: tuple[Words, ...] = ()
    """The good things about a change."""
    less_good_about_changing: tuple[Words, ...] = ()
    """The not-so-good things about a change."""
    weighed_at: AwareDatetime


class BarrierStated(ClientEvent):
    """The client said what stands in the way. Stated once per barrier and complete in itself.

    Carries the context, the rulers and the consents as they stood at that moment, so that nobody has to
    wait for another event or ask another service. `words` are verbatim; `category` is staff's reading.
    """

    subject: ClassVar[str] = "care.intake.barrier.stated.v1"

    barrier_id: UUID
    words: Words
    category: BarrierCategory
    strength: Strength
    own_idea: Words | None = None
    """The client's own idea for a way round; it is asked first and goes first into the plan."""
    wish: Wish
    goal_words: Words | None = None
    """The goal or value that this barrier stands before, in the client's words."""
    stated_at: AwareDatetime
    stated_by: UUID
    """The staff member who wrote it down."""
    client: ClientContext
    readiness: Readiness = Readiness()
    consents: tuple[Consent, ...] = ()


class WishChanged(StaffEvent):
    """The client changed their mind about what should be done with a barrier. The highest version wins."""

    subject: ClassVar[str] = "care.intake.wish.changed.v1"

    barrier_id: UUID
    wish: Wish
    version: Annotated[int, Field(ge=2)]
    changed_at: AwareDatetime
