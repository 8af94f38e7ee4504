"""What barriers states: what was decided about a barrier, the plan, the tasks, the help that is needed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.event import Event
from contracts.events.base import ClientEvent
from contracts.playbook import PlaybookContent, PlaybookFile
from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    ChangedBy,
    Pace,
    PlanStatus,
    Priority,
    StepStatus,
    TaskKind,
    TaskStatus,
    WinKind,
    Wish,
)
from contracts.values import ClientContext, Consent, HelpFilters, TimeZoneName, Words

Version = Annotated[int, Field(ge=1)]


class StaffEvent(ClientEvent):
    """A fact about one client that a staff member's request may have led to."""

    by_staff: UUID | None = None
    """The staff member whose request led to it; null when no request of a staff member did."""


class BarrierAnswered(ClientEvent):
    """A stated barrier was answered by the playbook. Stated exactly once per barrier.

    `rule` and `playbook_version` say which rule decided; `reason` says why in words a client may read.
    """

    subject: ClassVar[str] = "care.barriers.barrier.answered.v1"

    barrier_id: UUID
    category: BarrierCategory
    status: BarrierStatus
    rule: str
    playbook_version: str
    reason: str
    help_asked: bool
    """Whether a search for a service was asked for at once."""
    pace: Pace
    time_zone: TimeZoneName
    answered_at: AwareDatetime


class BarrierMoved(StaffEvent):
    """A barrier changed status after it was answered. The highest `version` is where it stands."""

    subject: ClassVar[str] = "care.barriers.barrier.moved.v1"

    barrier_id: UUID
    version: Version
    was: BarrierStatus
    """Where it stood before."""
    status: BarrierStatus
    by: ChangedBy
    reason: str
    moved_at: AwareDatetime


class BarrierRecoded(StaffEvent):
    """Staff gave a barrier another kind, and the playbook answered it anew. The words stay as they were said.

    The highest `version` is how it stands, as with `barrier.moved`. Coding it back is the same event again.
    """

    subject: ClassVar[str] = "care.barriers.barrier.recoded.v1"

    barrier_id: UUID
    version: Version
    was: BarrierCategory
    """The kind that it had before."""
    category: BarrierCategory
    status: BarrierStatus
    rule: str
    playbook_version: str
    reason: str
    """What the playbook makes of it now, in words that the client may read."""
    why: str
    """Why staff gave it another kind."""
    help_asked: bool
    """Whether a search for a service is being asked for now."""
    recoded_at: AwareDatetime


class PlanDrafted(StaffEvent):
    """An if-then plan was drafted for the client to look at; nothing is agreed yet."""

    subject: ClassVar[str] = "care.barriers.plan.drafted.v1"

    plan_id: UUID
    barrier_id: UUID
    if_words: str
    then_words: str
    from_own_idea: bool
    """Whether the then-part is the client's own idea."""
    serves: Words | None = None
    """The goal or value it serves, in the client's words."""
    drafted_at: AwareDatetime


class PlanMoved(StaffEvent):
    """A plan changed status or wording. The highest `version` is how it stands; `agreed` is the client's."""

    subject: ClassVar[str] = "care.barriers.plan.moved.v1"

    plan_id: UUID
    barrier_id: UUID
    version: Version
    status: PlanStatus
    if_words: str
    then_words: str
    cue_hours_before: Annotated[int, Field(ge=1, le=168)] | None = None
    """When the plan's cue comes before an appointment, in hours; None when it has no timed cue."""
    moved_at: AwareDatetime


class TaskOpened(StaffEvent):
    """There is something for a case manager to do, and why. `due_from` <= `due_by`, never in the past.

    The window is working days in the client's zone, given as instants.
    """

    subject: ClassVar[str] = "care.barriers.task.opened.v1"

    task_id: UUID
    kind: TaskKind
    title: str
    """What there is to do, in one line."""
    why: str
    """Why this task exists, in words that the client may read."""
    barrier_ids: tuple[UUID, ...] = ()
    """More than one where tasks were merged, so that nobody drowns in tasks."""
    referral_id: UUID | None = None
    priority: Priority
    priority_reason: str
    """Why it has this priority, in words that the client may read."""
    due_from: AwareDatetime
    due_by: AwareDatetime
    opened_at: AwareDatetime


class TaskMoved(StaffEvent):
    """A task changed status, or took in another barrier. The highest `version` is how it stands."""

    subject: ClassVar[str] = "care.barriers.task.moved.v1"

    task_id: UUID
    version: Version
    status: TaskStatus
    reason: str | None = None
    assignee: UUID | None = None
    """The staff member who has it; null when nobody has."""
    barrier_ids: tuple[UUID, ...] = ()
    why: str | None = None
    """Why the task is there now, a line for each need; None: as it was."""
    priority: Priority | None = None
    """None: as it was. A task that takes in a more urgent need rises with it."""
    priority_reason: str | None = None
    """Why it has this priority now; None: as it was."""
    due_from: AwareDatetime | None = None
    """The first moment of the window; None: as it was."""
    due_by: AwareDatetime | None = None
    """The last moment of the window; None: as it was."""
    moved_at: AwareDatetime


class TaskEscalated(ClientEvent):
    """A task's window passed with nobody having done it. Stated once per task."""

    subject: ClassVar[str] = "care.barriers.task.escalated.v1"

    task_id: UUID
    kind: TaskKind
    due_by: AwareDatetime
    escalated_at: AwareDatetime


class HelpNeeded(StaffEvent):
    """A barrier calls for help from a service, and the client has agreed that we look.

    Complete in itself: carries the client's context, wish and consents, so that navigation asks nobody.
    `resource_codes` are Open Eligibility codes, best first. Stated at most once per `help_id`.
    """

    subject: ClassVar[str] = "care.barriers.help.needed.v1"

    help_id: UUID
    barrier_id: UUID
    category: BarrierCategory
    resource_codes: tuple[str, ...]
    filters: HelpFilters = HelpFilters()
    """What the playbook asks of a service beyond the hard checks."""
    wish: Wish
    send_allowed: bool
    """Whether the rule lets a referral go out without a person looking (never for never_auto_refer)."""
    words: Words
    """The client's own words; they leave us only if a consent covers own_words."""
    client: ClientContext
    consents: tuple[Consent, ...] = ()
    rule: str
    playbook_version: str
    needed_at: AwareDatetime


class HelpWithdrawn(StaffEvent):
    """Help with a barrier is no longer wanted; whatever is under way for it stops at once."""

    subject: ClassVar[str] = "care.barriers.help.withdrawn.v1"

    barrier_id: UUID
    by: ChangedBy
    reason: str
    withdrawn_at: AwareDatetime


class SetbackRecorded(StaffEvent):
    """Something did not work out. Information, never a verdict: one kind question and a smaller step."""

    subject: ClassVar[str] = "care.barriers.setback.recorded.v1"

    setback_id: UUID
    barrier_id: UUID
    task_id: UUID | None = None
    referral_id: UUID | None = None
    what_happened: str
    """What happened, in words that the client may read."""
    question: str
    """One kind question for the client; it blames nobody."""
    smaller_step: str
    """A smaller step to offer instead; nothing is expected of anyone."""
    recorded_at: AwareDatetime


class StepEvent(StaffEvent):
    """A small step towards a goal, in the client's words, as it stands now; nothing is left out.

    `step.agreed` and `step.moved` count versions together: the highest of both is how it stands.
    """

    step_id: UUID
    barrier_id: UUID
    version: Version
    status: StepStatus
    words: Words
    """What the client will try, in their words."""
    times: Annotated[int, Field(ge=1, le=1000)]
    """How many times make it whole; 1 for something that is done once."""
    counted: str | None = None
    """What is counted, such as evenings or walks; null for something that is done once."""
    times_done: Annotated[int, Field(ge=0)]
    """How many times so far."""
    begins_on: date
    """The first day, in the client's own zone."""
    ends_on: date | None = None
    """The last day, in the client's own zone; null while that has still to be said, never once agreed."""
    serves: Words | None = None
    """The goal or value it serves, in the client's words."""
    smaller_of: UUID | None = None
    """The step that this one is a smaller version of; null when it is none."""
    moved_at: AwareDatetime


class StepAgreed(StepEvent):
    """The client agreed a small step, as it is worded here; again whenever they agree another wording."""

    subject: ClassVar[str] = "care.barriers.step.agreed.v1"

    ends_on: date
    """The last day, in the client's own zone."""


class StepMoved(StepEvent):
    """A small step was offered, changed, paused, done or left for another time, or it went forward."""

    subject: ClassVar[str] = "care.barriers.step.moved.v1"

    note: Words | None = None
    """What was said about it, in the client's words; null when nothing was."""
    more_times: Annotated[int, Field(ge=0)] = 0
    """How many times this news adds to `times_done`."""


class WinNoticed(StaffEvent):
    """Something went well: a step was kept, a plan helped, a referral brought what was needed.

    Noticed by itself, once each. `words` and `affirmation` may be said to the client as they stand.
    """

    subject: ClassVar[str] = "care.barriers.win.noticed.v1"

    win_id: UUID
    barrier_id: UUID
    kind: WinKind
    step_id: UUID | None = None
    """The step that was kept; null when it was something else."""
    plan_id: UUID | None = None
    """The plan that helped; null when it was something else."""
    referral_id: UUID | None = None
    """The referral that brought what was needed; null when it was something else."""
    words: str
    """What went well, said to the client."""
    affirmation: str
    """A strength of theirs that it shows, said to the client."""
    noticed_at: AwareDatetime


class PlaybookPublished(Event):
    """A version of the playbook is in force. The highest `number` is the one that is.

    Number 1 comes with Foothold: it is stated when the service first starts with it, and again when it starts
    with other files than before; the last statement of a number is how that version is.
    """

    subject: ClassVar[str] = "care.barriers.playbook.published.v1"

    version_id: UUID
    """The same for every statement of the same number."""
    number: Version
    """Counts up; the highest is in force."""
    version_name: str
    """Year, month and a running number, as the file says."""
    edition: str
    """What every decision records as `playbook_version`: version and fingerprint."""
    why: str | None = None
    """What was changed and why; null for the one that comes with Foothold."""
    published_by: UUID | None = None
    """The supervisor who published it; null for the one that comes with Foothold."""
    published_at: AwareDatetime
    """Since when it is there."""
    restores: Version | None = None
    """The number that it brought back; null where it was new."""
    content: PlaybookContent
    """Everything that people read and say from it."""
    files: tuple[PlaybookFile, ...]
    """The whole text of each file, by name."""

    @property
    def about(self) -> UUID:
        """This version."""
        return self.version_id
