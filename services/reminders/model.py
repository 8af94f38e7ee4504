"""What reminders knows and decides about: states, facts learned from events, and decisions.

A message's stages:

    scheduled -> held <-> scheduled      waiting for its time, or with a reason why not yet
    scheduled | held -> sending          the gate let it go; the intent is committed, a lease runs
    sending -> sent                      the provider has it
    sending -> held                      the provider did not take it; asked again later
    sending -> scheduled                 the lease ran out: looked at anew
    scheduled | held | sending -> withheld
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from contracts.terms import (
    BarrierStatus,
    ChannelKind,
    ClientConfirmed,
    MessageKind,
    Pace,
    PlanStatus,
    ReferralStatus,
    ReplyKind,
    WithheldReason,
)
from contracts.values import Channel, Window


class Stage(StrEnum):
    """Where a message is. Sent and withheld are its two ends."""

    SCHEDULED = "scheduled"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRules:
    """The house's rules for messages. Quiet hours are on the client's own clock and may pass midnight."""

    quiet_from: time = time(20, 0)
    quiet_until: time = time(8, 0)
    most_per_day: int = 2
    most_per_week: int = 6
    most_attempts: int = 5
    reachable: frozenset[ChannelKind] = frozenset({ChannelKind.SMS, ChannelKind.EMAIL})
    """The kinds of channel that have a provider."""

    def quiet_at(self, clock: time) -> bool:
        """Whether the client's clock shows a quiet hour."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The event that a message goes back to; everything that is said about the message carries it on."""

    id: UUID
    type: str
    correlation_id: UUID
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """When and how a client lives: zone, language, pace and the hours that suit them."""

    zone: str
    language: str = "en"
    pace: Pace = Pace.STEADY
    available: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to address and reach a client, and whether they want messages."""

    preferred_name: str
    channels: tuple[Channel, ...] = ()
    prohibited: bool = False
    wanted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """What a message about a referral rests on.

    Each part has its own version, so that events merge to the same picture in any order: the status, the
    appointment (no `starts_at`: there is none any more), and the client's own last word.
    """

    id: UUID
    client_id: UUID
    barrier_id: UUID
    version: int = 0
    status: ReferralStatus = ReferralStatus.REQUESTED
    appointment_version: int = 0
    starts_at: datetime | None = None
    completed_at: datetime | None = None
    confirmed_version: int = 0
    confirmed: ClientConfirmed = ClientConfirmed.UNKNOWN
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a cue rests on: whether the plan stands, and how many hours before an appointment it speaks."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    version: int
    status: PlanStatus
    cue_hours_before: int | None = None

    @property
    def stands(self) -> bool:
        """Whether the client has agreed to it and has not turned away from it since."""
        return self.status in {
            PlanStatus.AGREED,
            PlanStatus.REHEARSED,
            PlanStatus.TRIGGERED,
            PlanStatus.HELPED,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """Whether there is still something to check in about. Version 0 is the answer itself."""

    id: UUID
    client_id: UUID
    version: int
    status: BarrierStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a message is looked at for sending, and the moment from which it is of no use any more."""

    due_at: datetime
    useful_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A message that is planned.

    `anchor_at` is what its time is counted from (an appointment, an answer, a completion) and `lead` how
    far: days before an appointment, hours before it for a plan's cue, days after for a check-in.
    """

    id: UUID
    client_id: UUID
    kind: MessageKind
    barrier_id: UUID | None = None
    referral_id: UUID | None = None
    plan_id: UUID | None = None
    appointment_version: int | None = None
    anchor_at: datetime
    lead: int = 0
    timing: Timing
    why: str
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a message's sense depends on, as it stands now. None: nothing is known of it."""

    referral: Referral | None = None
    plan: Plan | None = None
    barrier_status: BarrierStatus | None = None
    open_barriers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What was about to be handed to a provider, word for word; a second try hands over the very same."""

    channel: ChannelKind
    address: str
    subject: str | None
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that one process is looking at: what it is, how it stands and what it rests on."""

    reminder: Reminder
    stage: Stage
    reason: WithheldReason | None
    held_until: datetime | None
    attempts: int
    intent: Intent | None
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a client at the moment of sending; what is unknown is None, never a default."""

    life: Life | None = None
    contact: Contact | None = None
    stopped: bool = False
    sent_at: tuple[datetime, ...] = ()
    """When this client was written to in the last seven days, earliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that the gate looks at."""

    reminder: Reminder
    facts: Facts
    client: Known
    first_choice: str | None = None
    """The address of an earlier try, which goes first: its provider may know the message already."""


@dataclass(frozen=True, slots=True)
class Send:
    """Let it go, by this channel."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Hold:
    """Not yet: look again at `until`, or earlier if something changes."""

    until: datetime
    reason: WithheldReason


@dataclass(frozen=True, slots=True)
class Withhold:
    """Never."""

    reason: WithheldReason
    detail: str


@dataclass(frozen=True, slots=True)
class NotYetDue:
    """It is simply not its time."""

    until: datetime


Verdict = Send | Hold | Withhold | NotYetDue


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a message: its next stage and what goes with it.

    It holds only if nobody else took the message in hand meanwhile: `attempts` is how many tries had begun
    when it was decided. `noted` is false where nothing changed for the client's record.
    """

    reminder_id: UUID
    attempts: int
    stage: Stage
    next_look_at: datetime
    reason: WithheldReason | None = None
    held_until: datetime | None = None
    detail: str | None = None
    intent: Intent | None = None
    noted: bool = True


@dataclass(frozen=True, slots=True)
class Recorded:
    """How a message stands after a change: when it was last let go, and by which channel."""

    let_go_at: datetime | None
    channel: ChannelKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message that was sent; `is_open` while it asks something that nobody has answered."""

    reminder_id: UUID
    client_id: UUID
    kind: MessageKind
    referral_id: UUID | None
    barrier_id: UUID | None
    is_open: bool
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody wrote, and from where. `gateway_message_id` is the gateway's own name for it."""

    id: UUID
    kind: ReplyKind
    words: str
    channel: ChannelKind
    address: str
    gateway_message_id: str | None = None


def address_key(address: str, kind: ChannelKind | None = None) -> str:
    """An address in the form in which it is compared: spaces and signs in a number make no difference."""
    bare = address.strip().casefold()
    if kind is ChannelKind.EMAIL or "@" in bare:
        return bare
    digits = "".join(character for character in bare if character.isdecimal())
    return "+" + digits.removeprefix("00") if bare.startswith(("+", "00")) else digits
