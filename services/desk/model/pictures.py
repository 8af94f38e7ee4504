"""Each thing as it stands, folded from everything that was stated about it. Kept as JSON beside columns."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    BusinessStatus,
    ChangedBy,
    ChannelKind,
    ClientConfirmed,
    GoalKind,
    MessageKind,
    PlanStatus,
    Priority,
    ReasonCode,
    ReferralStatus,
    StepStatus,
    Strength,
    TaskKind,
    TaskStatus,
    Wish,
    WithheldReason,
)
from contracts.values import Candidate, Channel, ClientContext, Consent, Readiness, RulerFollowUp


class Picture(BaseModel):
    """Something as it stands. What has not been heard yet is None: events come in any order."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Goal(Picture):
    """A goal or a value, in the client's words."""

    id: UUID
    kind: GoalKind
    words: str
    stated_at: datetime


class Measurement(Picture):
    """The rulers as the client put them once."""

    id: UUID
    readiness: Readiness
    words: str | None = None
    """What they said about it."""
    follow_ups: tuple[RulerFollowUp, ...] = ()


class Balance(Picture):
    """Staying the same weighed against a change, in their words; optional, and none of it right."""

    version: int
    good_about_staying: tuple[str, ...] = ()
    less_good_about_staying: tuple[str, ...] = ()
    good_about_changing: tuple[str, ...] = ()
    less_good_about_changing: tuple[str, ...] = ()
    weighed_at: datetime


class ClientPicture(Picture):
    """A client: who they are, how to reach them, what they allow and what matters to them."""

    id: UUID
    full_name: str = ""
    preferred_name: str = ""
    channels: tuple[Channel, ...] = ()
    contact_prohibited: bool = False
    messages_wanted: bool = True
    """Whether automatic messages are agreed to and have not been stopped."""
    context: ClientContext | None = None
    registered_at: datetime | None = None
    consents: tuple[Consent, ...] = ()
    """Every record, the latest first; a revoked one says when."""
    goals: tuple[Goal, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    """Every time the rulers were asked, the latest last."""
    balance: Balance | None = None
    merged_into: UUID | None = None
    """The record that stands for this person, where this one was merged into it."""

    @property
    def rulers(self) -> Readiness:
        """Where the client is now: the latest answer to each ruler."""
        latest = Readiness()
        for one in self.measurements:
            said = {name: value for name, value in one.readiness.model_dump().items() if value is not None}
            latest = latest.model_copy(update=said)
        return latest


class Move(Picture):
    """One change of status."""

    status: str
    by: ChangedBy | None = None
    reason: str | None = None
    at: datetime


class Setback(Picture):
    """Something that did not work out: information, with one kind question and a smaller step."""

    id: UUID
    what_happened: str
    question: str
    smaller_step: str
    recorded_at: datetime


class Unmatched(Picture):
    """A search that found nothing, with what was considered."""

    help_id: UUID
    rejected: tuple[Candidate, ...]
    area: str | None = None
    """Where it was looked: the area of the postcode, never the whole of it."""
    at: datetime


class BarrierPicture(Picture):
    """What stands in the way: the client's words, and what was decided about it."""

    id: UUID
    client_id: UUID
    words: str = ""
    category: BarrierCategory | None = None
    strength: Strength | None = None
    own_idea: str | None = None
    goal_words: str | None = None
    wish: Wish | None = None
    wish_version: int = 1
    stated_at: datetime | None = None
    stated_by: UUID | None = None
    status: BarrierStatus = BarrierStatus.STATED
    version: int = 0
    """What barriers counts; 0 until it was answered there."""
    rule: str | None = None
    playbook_version: str | None = None
    reason: str | None = None
    """Why it was answered so, in words that the client may read."""
    help_asked: bool = False
    answered_at: datetime | None = None
    eased_at: datetime | None = None
    """When it was last said to be eased; None while it is not."""
    moves: tuple[Move, ...] = ()
    setbacks: tuple[Setback, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()


class PlanPicture(Picture):
    """An if-then plan as it stands."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    status: PlanStatus = PlanStatus.DRAFTED
    version: int = 1
    if_words: str = ""
    then_words: str = ""
    from_own_idea: bool = False
    serves: str | None = None
    cue_hours_before: int | None = None
    moves: tuple[Move, ...] = ()


class StepNote(Picture):
    """How a step went one time, in the client's words where they said something."""

    words: str | None = None
    more_times: int = 0
    at: datetime


class StepPicture(Picture):
    """A small step towards something that matters to them."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    status: StepStatus
    version: int
    words: str
    times: int
    """How many times make it whole."""
    counted: str | None = None
    times_done: int
    begins_on: date
    ends_on: date | None = None
    serves: str | None = None
    smaller_of: UUID | None = None
    moved_at: datetime
    notes: tuple[StepNote, ...] = ()
    """What was said about it, the first first."""


class HandedOver(Picture):
    """A note of who handed a task to whoever has it now."""

    by: UUID | None = None
    """None where nobody said."""
    note: str
    at: datetime


class TaskPicture(Picture):
    """Something to do, why, and until when."""

    id: UUID
    client_id: UUID
    version: int = 1
    """What a move has to name, so that nobody moves what somebody else has moved in the meantime."""
    kind: TaskKind | None = None
    title: str = ""
    why: str = ""
    status: TaskStatus = TaskStatus.OPEN
    reason: str | None = None
    """Why it ended as it did, where that was said."""
    priority: Priority = Priority.ROUTINE
    priority_reason: str = ""
    due_from: datetime | None = None
    due_by: datetime | None = None
    assignee: UUID | None = None
    handed_over: HandedOver | None = None
    """Who handed it to the one who has it, with their note; None where that person took it on themselves."""
    barrier_ids: tuple[UUID, ...] = ()
    referral_id: UUID | None = None
    escalated_at: datetime | None = None
    acknowledged_at: datetime | None = None
    """When somebody said that they have seen that it waited too long."""
    acknowledged_by: UUID | None = None
    acknowledged_note: str | None = None
    opened_at: datetime | None = None
    moves: tuple[Move, ...] = ()


class Appointment(Picture):
    """When the client is to meet the service."""

    id: UUID
    starts_at: datetime
    remote: bool = False


_WORDS_OF_THEIRS = frozenset({"accepted", "rejected", "progressed", "scheduled", "completed"})


class ReferralPicture(Picture):
    """A referral as it stands, with who was considered and every move."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    version: int
    status: ReferralStatus
    business_status: BusinessStatus
    service_id: UUID
    service_name: str
    organization_id: UUID
    organization_name: str
    candidates: tuple[Candidate, ...] = ()
    runner_up_id: UUID | None = None
    why_not_sent: str | None = None
    live_id: UUID | None = None
    replaces: UUID | None = None
    superseded_by: UUID | None = None
    consent_id: UUID | None = None
    acknowledge_by: datetime | None = None
    unanswered: bool = False
    """Whether the partner's clock ran out and nothing was heard since."""
    stalled: bool = False
    """Whether the partner has it in hand and has not moved it in its time."""
    reason: ReasonCode | None = None
    reason_text: str | None = None
    outcome: str | None = None
    client_confirmed: ClientConfirmed | None = None
    appointment: Appointment | None = None
    drafted_at: datetime | None = None
    moves: tuple[Move, ...] = ()

    @property
    def requested_at(self) -> datetime | None:
        """When the service was first asked; None while nobody asked it."""
        return min((one.at for one in self.moves if one.status == "requested"), default=None)

    @property
    def answered_at(self) -> datetime | None:
        """When the service first said anything: yes, no, a meeting, or help given."""
        return min((one.at for one in self.moves if _is_theirs(one)), default=None)


def _is_theirs(move: Move) -> bool:
    return move.status in _WORDS_OF_THEIRS or (move.status == "ended" and move.by is ChangedBy.PARTNER)


class MessagePicture(Picture):
    """A message to the client, from the plan to its end."""

    id: UUID
    client_id: UUID
    kind: MessageKind
    stage: str = "planned"
    """planned, held, sent or withheld."""
    why: str = ""
    due_at: datetime | None = None
    held_until: datetime | None = None
    reason: WithheldReason | None = None
    channel: ChannelKind | None = None
    barrier_id: UUID | None = None
    referral_id: UUID | None = None
    plan_id: UUID | None = None
    ended_at: datetime | None = None
