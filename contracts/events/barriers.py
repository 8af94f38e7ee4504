"""What barriers states: what was decided about a barrier, the plan, the tasks, the help that is needed."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.events.base import ClientEvent
from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    ChangedBy,
    Pace,
    PlanStatus,
    Priority,
    TaskKind,
    TaskStatus,
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
