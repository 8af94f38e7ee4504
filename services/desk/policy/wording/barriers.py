"""What barriers states, in words."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.events.barriers import (
    BarrierAnswered,
    BarrierMoved,
    BarrierRecoded,
    HelpNeeded,
    HelpWithdrawn,
    PlanDrafted,
    PlanMoved,
    PlaybookPublished,
    SetbackRecorded,
    StepAgreed,
    StepEvent,
    StepMoved,
    TaskEscalated,
    TaskMoved,
    TaskOpened,
    WinNoticed,
)
from contracts.terms import BarrierStatus, PlanStatus, StepStatus, TaskStatus
from services.desk.policy.wording.telling import Group, Told, Words
from services.desk.policy.wording.terms import CATEGORIES, on_day
from services.desk.policy.wording.times import Wall

WORDS = Words()

_BARRIER: Mapping[BarrierStatus, tuple[str, str]] = {
    BarrierStatus.STATED: ("It was said", "said"),
    BarrierStatus.ACKNOWLEDGED: ("It was taken up again", "done"),
    BarrierStatus.PLANNED: ("There is a plan for it now", "done"),
    BarrierStatus.EASED: ("It is easier now", "win"),
    BarrierStatus.PERSISTING: ("It is still in the way", "said"),
    BarrierStatus.WITHDRAWN: ("They took it back, and everything for it has stopped", "said"),
}
_PLAN: Mapping[PlanStatus, tuple[str, str]] = {
    PlanStatus.DRAFTED: ("A plan was offered", "asked"),
    PlanStatus.AGREED: ("They agreed a plan", "win"),
    PlanStatus.REHEARSED: ("The plan was gone through once", "done"),
    PlanStatus.TRIGGERED: ("The moment for the plan came", "said"),
    PlanStatus.HELPED: ("The plan helped", "win"),
    PlanStatus.DID_NOT_HELP: ("The plan did not help this time", "setback"),
    PlanStatus.REVISED: ("The plan was changed, and waits for their yes", "asked"),
}
_TASK: Mapping[TaskStatus, str] = {
    TaskStatus.OPEN: "A task is open again",
    TaskStatus.CLAIMED: "Somebody took a task on",
    TaskStatus.IN_PROGRESS: "Somebody began with a task",
    TaskStatus.DONE: "A task was done",
    TaskStatus.COULD_NOT: "A task could not be done this time",
    TaskStatus.SUPERSEDED: "A task was answered elsewhere",
    TaskStatus.CANCELLED: "A task was taken off the list",
}


_WITH_SOMEBODY = frozenset({TaskStatus.CLAIMED, TaskStatus.IN_PROGRESS})

_STEP: Mapping[StepStatus, tuple[str, str]] = {
    StepStatus.OFFERED: ("A small step was offered", "asked"),
    StepStatus.AGREED: ("A small step goes forward", "done"),
    StepStatus.PAUSED: ("A small step rests for now", "done"),
    StepStatus.DONE: ("They kept a small step", "win"),
    StepStatus.NOT_THIS_TIME: ("A small step did not come about this time", "setback"),
}


def ruled(rule: str, version: str) -> str:
    """The rule that decided, and where it stands."""
    return f"Rule {rule}, playbook {version}."


@WORDS.of(BarrierAnswered, Group.PLANS)
def answered(event: BarrierAnswered, _wall: Wall) -> Told:
    """What the playbook made of it."""
    return Told(
        title=f"The playbook looked at it: {CATEGORIES[event.category]}",
        text=event.reason,
        because=ruled(event.rule, event.playbook_version),
        mark="answered",
    )


@WORDS.of(BarrierMoved, Group.PLANS)
def barrier_moved(event: BarrierMoved, _wall: Wall) -> Told:
    """Where it stands."""
    title, mark = _BARRIER[event.status]
    return Told(title=title, text=event.reason, mark=mark)


@WORDS.of(PlanDrafted, Group.PLANS)
def plan_drafted(event: PlanDrafted, _wall: Wall) -> Told:
    """A plan to look at."""
    own = " The idea is their own." if event.from_own_idea else ""
    return Told(
        title="A plan was offered, for them to look at",
        text=f"If {event.if_words}, then {event.then_words}.{own}",
        mark="asked",
    )


@WORDS.of(PlanMoved, Group.PLANS)
def plan_moved(event: PlanMoved, _wall: Wall) -> Told:
    """How a plan went on."""
    title, mark = _PLAN[event.status]
    return Told(title=title, text=f"If {event.if_words}, then {event.then_words}.", mark=mark)


@WORDS.of(TaskOpened, Group.TASKS)
def task_opened(event: TaskOpened, wall: Wall) -> Told:
    """Something for us to do."""
    return Told(
        title=f"There is something for us to do: {event.title}",
        text=f"{event.why} {wall.begun(wall.window(event.due_from, event.due_by))}: {event.priority_reason}",
        mark="asked",
    )


@WORDS.of(TaskMoved, Group.TASKS)
def task_moved(event: TaskMoved, _wall: Wall) -> Told:
    """How a task went on."""
    handed = event.status in _WITH_SOMEBODY and event.reason and event.by_staff not in {None, event.assignee}
    title = "It was handed over, with a note" if handed else _TASK[event.status]
    return Told(title=title, text=event.reason or "", mark="done")


@WORDS.of(TaskEscalated, Group.TASKS)
def task_escalated(event: TaskEscalated, wall: Wall) -> Told:
    """The window passed."""
    return Told(
        title="A task waits longer than was meant",
        text=f"It was to be done by {wall.day(event.due_by)}. A supervisor can see it now.",
    )


@WORDS.of(HelpNeeded, Group.HELP)
def help_needed(event: HelpNeeded, _wall: Wall) -> Told:
    """A search begins."""
    return Told(
        title=f"A search for help began: {CATEGORIES[event.category]}",
        because=ruled(event.rule, event.playbook_version),
        mark="asked",
    )


@WORDS.of(HelpWithdrawn, Group.HELP)
def help_withdrawn(event: HelpWithdrawn, _wall: Wall) -> Told:
    """A search ends."""
    return Told(title="The search for help was stopped at once", text=event.reason, mark="done")


@WORDS.of(SetbackRecorded, Group.PLANS)
def setback(event: SetbackRecorded, _wall: Wall) -> Told:
    """What did not work out, and what to ask."""
    return Told(
        title="Something did not work out, and that tells us something",
        text=f"{event.what_happened} A question to ask: {event.question}"
        f" A smaller step to offer: {event.smaller_step}",
        mark="setback",
    )


@WORDS.of(BarrierRecoded, Group.PLANS)
def recoded(event: BarrierRecoded, _wall: Wall) -> Told:
    """Understood in another way; the words stay."""
    return Told(
        title=f"It is understood in another way now: {CATEGORIES[event.category]}",
        text=f"Before: {CATEGORIES[event.was]}. {event.why} {event.reason}",
        because=ruled(event.rule, event.playbook_version),
        mark="answered",
    )


@WORDS.of(StepAgreed, Group.PLANS)
def step_agreed(event: StepAgreed, _wall: Wall) -> Told:
    """A yes to something small."""
    return Told(title="They agreed a small step", words=event.words, text=step_measure(event), mark="win")


@WORDS.of(StepMoved, Group.PLANS)
def step_moved(event: StepMoved, _wall: Wall) -> Told:
    """How something small goes."""
    title, mark = _STEP[event.status]
    text = f"{event.words}. {step_measure(event)}" if event.note else step_measure(event)
    return Told(title=title, words=event.note or event.words, text=text, mark=mark)


@WORDS.of(WinNoticed, Group.PLANS)
def win(event: WinNoticed, _wall: Wall) -> Told:
    """Something that went well."""
    return Told(title=event.words, text=event.affirmation, mark="win")


@WORDS.of(PlaybookPublished, Group.RECORD)
def playbook_published(event: PlaybookPublished, _wall: Wall) -> Told:
    """What holds from now on."""
    return Told(title=f"Version {event.number} of the playbook is in force", text=event.why or "")


def step_measure(step: StepEvent) -> str:
    """How much of a step there is so far, and until when it is tried."""
    what = f" {step.counted}" if step.counted else ""
    so_far = f"{step.times_done} of {step.times}{what} so far. " if step.times > 1 else ""
    until = f"Until {on_day(step.ends_on)}." if step.ends_on else ""
    return so_far + until
