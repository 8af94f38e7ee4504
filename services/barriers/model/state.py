"""What is known of one client's case, and what a decision changes in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from contracts.event import Event
from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    PlanStatus,
    Priority,
    ReferralStatus,
    StepStatus,
    Strength,
    TaskKind,
    TaskStatus,
    WinKind,
    Wish,
)
from contracts.values import ClientContext, Consent
from services.barriers.model.answers import Answer

BARRIER_OPEN = frozenset(
    {BarrierStatus.STATED, BarrierStatus.ACKNOWLEDGED, BarrierStatus.PLANNED, BarrierStatus.PERSISTING}
)
"""A barrier that still stands in the way."""

TASK_LIVE = frozenset({TaskStatus.OPEN, TaskStatus.CLAIMED, TaskStatus.IN_PROGRESS})
"""A task that somebody still has to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The event that something rests on, and the conversation it belongs to."""

    event_id: UUID
    correlation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulers:
    """Importance and confidence, 0-10, as last measured; None was never asked."""

    importance: int | None = None
    confidence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What a decision knows of a client: no name, no contact detail.

    `consents` are those that came with the last stated barrier; navigation, which discloses, keeps its own.
    """

    context: ClientContext
    rulers: Rulers = Rulers()
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One ruler's value and when it was measured."""

    value: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of a client, or what one message said about them; None where nothing was said.

    Pictures add up the same way in whatever order and grouping they come: the highest version of the
    context, the latest measurement of each ruler, the latest consents.
    """

    client_id: UUID
    context: ClientContext | None = None
    importance: Measured | None = None
    confidence: Measured | None = None
    consents: tuple[Consent, ...] = ()
    consents_at: datetime | None = None

    def after(self, news: Picture) -> Picture:
        """Give this picture with what is newer in the other; at one and the same moment the other counts."""
        context = self.context
        if news.context is not None and (context is None or news.context.version > context.version):
            context = news.context
        newer_consents = news.consents_at is not None and (
            self.consents_at is None or news.consents_at >= self.consents_at
        )
        return Picture(
            client_id=self.client_id,
            context=context,
            importance=_later(self.importance, news.importance),
            confidence=_later(self.confidence, news.confidence),
            consents=news.consents if newer_consents else self.consents,
            consents_at=news.consents_at if newer_consents else self.consents_at,
        )

    def client(self) -> Client | None:
        """Give the client as decisions see them; None while their context is not known."""
        if self.context is None:
            return None
        rulers = Rulers(
            importance=None if self.importance is None else self.importance.value,
            confidence=None if self.confidence is None else self.confidence.value,
        )
        return Client(context=self.context, rulers=rulers, consents=self.consents)


def _later(known: Measured | None, news: Measured | None) -> Measured | None:
    if known is None or news is None:
        return known or news
    return news if news.at >= known.at else known


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A stated barrier as it was answered and as it stands. `words` are verbatim.

    `wish_version` is 1 for the wish it was stated with. `help_round` counts how often help was asked for;
    `help_asked` is whether it is being asked for now. `plan_id` is its plan, where one was drafted.
    """

    id: UUID
    client_id: UUID
    category: BarrierCategory
    status: BarrierStatus
    version: int
    words: str
    strength: Strength
    own_idea: str | None
    goal_words: str | None
    wish: Wish
    wish_version: int
    stated_at: datetime
    stated_by: UUID
    rule: str
    playbook_version: str
    reason: str
    importance: int | None
    confidence: int | None
    help_asked: bool
    help_round: int
    plan_id: UUID | None
    answered_at: datetime
    moved_at: datetime
    cause: Cause

    @property
    def is_open(self) -> bool:
        """Whether it still stands in the way."""
        return self.status in BARRIER_OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that a task answers. `subject_id` is what it is about: a barrier, a referral, a reply ...

    The same kind about the same subject is the same need. A task whose needs are all answered by something
    else is superseded.
    """

    kind: TaskKind
    subject_id: UUID
    barrier_id: UUID | None
    referral_id: UUID | None
    why: str
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something for a case manager to do. `due_from` <= `due_by`; both were in the future when it opened.

    `outcome` is what was said when it was done, could not be done or was cancelled.
    """

    id: UUID
    client_id: UUID
    kind: TaskKind
    status: TaskStatus
    version: int
    title: str
    needs: tuple[Need, ...]
    priority: Priority
    priority_reason: str
    due_from: datetime
    due_by: datetime
    opened_at: datetime
    moved_at: datetime
    cause: Cause
    assignee: UUID | None = None
    outcome: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether somebody still has to do it."""
        return self.status in TASK_LIVE

    @property
    def barrier_ids(self) -> tuple[UUID, ...]:
        """The barriers that it answers, in the order in which they came; each once."""
        found = [need.barrier_id for need in self.needs if not need.answered and need.barrier_id is not None]
        return tuple(dict.fromkeys(found))

    @property
    def referral_id(self) -> UUID | None:
        """The referral that it was opened for, if any."""
        return next((need.referral_id for need in self.needs if need.referral_id is not None), None)

    @property
    def why(self) -> str:
        """Why it exists: a line for each need that is not answered elsewhere; all of them once it is over."""
        open_lines = [need.why for need in self.needs if not need.answered]
        return "\n".join(open_lines or [need.why for need in self.needs])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An if-then plan. It is the client's: only they can make it agreed."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    status: PlanStatus
    version: int
    if_words: str
    then_words: str
    from_own_idea: bool
    serves: str | None
    cue_hours_before: int | None
    drafted_at: datetime
    moved_at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """What navigation last said about a referral; the highest version wins."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    version: int
    status: ReferralStatus
    service_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """Something did not work out. Information: `question` blames nobody, `smaller_step` is an offer."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    task_id: UUID | None
    referral_id: UUID | None
    what_happened: str
    question: str
    smaller_step: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallStep:
    """Something small that the client will try, in their words; specific, counted and with a last day.

    `smaller_of` is the step that it is a smaller version of. Dates are in the client's own zone.
    """

    id: UUID
    client_id: UUID
    barrier_id: UUID
    status: StepStatus
    version: int
    words: str
    times: int
    counted: str | None
    times_done: int
    begins_on: date
    ends_on: date | None
    serves: str | None
    smaller_of: UUID | None
    offered_at: datetime
    moved_at: datetime
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the client told of a step, as it went: shown back to them. `version` is the step's after it."""

    id: UUID
    client_id: UUID
    step_id: UUID
    version: int
    more_times: int
    note: str | None
    noted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Win:
    """Something that went well, noticed once. `subject_id` is the step, the plan or the referral."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    kind: WinKind
    subject_id: UUID
    words: str
    affirmation: str
    noticed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Caseload:
    """One client's case, as far as a decision needs it: open barriers, live tasks, and what was asked for.

    `tasks` holds the live ones and those opened in the last seven days. `plans`, `referrals`, `setbacks`
    and `wins` hold those of the barriers in question, `steps` those in question; `progress` and `answers`
    only what is new.
    """

    client: Client
    barriers: Mapping[UUID, Barrier] = field(default_factory=dict)
    tasks: Mapping[UUID, Task] = field(default_factory=dict)
    plans: Mapping[UUID, Plan] = field(default_factory=dict)
    referrals: Mapping[UUID, Referral] = field(default_factory=dict)
    setbacks: Mapping[UUID, Setback] = field(default_factory=dict)
    steps: Mapping[UUID, SmallStep] = field(default_factory=dict)
    progress: Mapping[UUID, Progress] = field(default_factory=dict)
    wins: Mapping[UUID, Win] = field(default_factory=dict)
    answers: Mapping[UUID, Answer] = field(default_factory=dict)

    @property
    def client_id(self) -> UUID:
        """Whose case it is."""
        return self.client.context.client_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The case as it stands afterwards, and what is to be told to the others, in order."""

    caseload: Caseload
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A move that cannot be made now: why, and which moves can be."""

    reason: str
    possible: tuple[str, ...]
