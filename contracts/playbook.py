"""What the playbook says, as barriers tells it to others: everything that people read and say from it.

The YAML files are for those who change it; this is for those who show it. What stands here was checked.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from contracts.event import Model
from contracts.terms import BarrierCategory, Pace, Priority, TaskKind
from contracts.values import HelpFilters, LanguageTag, Ruler

WorkingDays = Annotated[int, Field(ge=0)]


class DaysFromNow(Model):
    """A due window in working days from today."""

    first: WorkingDays
    """When to begin at the earliest."""
    last: WorkingDays
    """The last day."""


class PaceWindow(Model):
    """The due window at one pace."""

    pace: Pace
    """The pace that a client chose."""
    window: DaysFromNow
    """By when it is to be done at that pace."""


class KindOfTask(Model):
    """What a kind of task says, how it is ranked, and by when it is to be done at each pace."""

    kind: TaskKind
    title: str
    """What to do. {name} and the like stand for what is filled in when it is opened."""
    why: str
    """Why it is there, in words that the client may read; with the same places to fill in."""
    priority: Priority
    """How it is ranked."""
    priority_reason: str
    """Why it is ranked like that."""
    windows: tuple[PaceWindow, ...]
    """By when it is to be done at each pace."""


class Sayings(Model):
    """What staff may say: suggestions, never a script, and never advice."""

    open_questions: tuple[str, ...] = ()
    """Questions that cannot be answered with yes or no."""
    affirmations: tuple[str, ...] = ()
    """Each names a strength that can be seen in what the client does."""
    reflections: tuple[str, ...] = ()
    """Simple ones: what was said, given back."""
    deeper_reflections: tuple[str, ...] = ()
    """Complex ones: what may lie beneath, or both sides at once."""


class StageSayings(Model):
    """What may be said where somebody stands with a change."""

    stage: str
    """not_asked, neither_yet, not_important_yet, not_confident_yet or ready, by the rulers."""
    sayings: Sayings
    """What may be said there."""


class TaskSayings(Model):
    """What may be said in a task of one kind."""

    kind: TaskKind
    sayings: Sayings
    """What may be said in it."""


class Phrases(Model):
    """What clients say in one language, by which a kind of barrier is heard."""

    language: LanguageTag
    """The language that they are in."""
    phrases: tuple[str, ...]
    """What clients say, in their words."""


class Grounding(Model):
    """Where a kind of barrier comes from."""

    scale: str
    """The scale or framework and the items in it."""
    codes: tuple[str, ...] = ()
    """ICD-10 Z codes or Gravity SDOH domains; a trailing * marks one that still has to be checked."""
    sources: tuple[str, ...] = ()
    """Where that can be read."""


class FittingHelp(Model):
    """What kind of service helps, and what is asked of one."""

    resources: tuple[str, ...]
    """Open Eligibility codes, best first."""
    filters: HelpFilters
    """What is asked of a service, and how firmly."""


class IfThen(Model):
    """An if-then plan to begin with. The client's own idea takes the place of `then_words`."""

    if_words: str
    then_words: str
    cue_hours_before: int | None = None
    """Hours before an appointment at which its cue comes; null where the cue is not a time."""


class SmallTask(Model):
    """A practical step that staff take when a plan is offered."""

    title: str
    """What to do."""
    why: str
    """Why, in words that the client may read."""


class AfterSetback(Model):
    """What is asked and offered when something did not work out."""

    question: str
    """What to ask, kindly."""
    smaller_step: str
    """What to offer."""


class OwnUrgency(Model):
    """A priority that the kind itself asks for."""

    priority: Priority
    reason: str


class KindOfBarrier(Model):
    """Everything that the playbook says about one kind of barrier."""

    category: BarrierCategory
    name: str
    """In lower case, as it stands within a sentence: "getting there"."""
    about: str
    """What it is, in a sentence."""
    grounding: Grounding
    """Where it comes from."""
    listen_for: tuple[Phrases, ...]
    """What clients say, English first."""
    sayings: Sayings
    """What staff may say about it."""
    help: FittingHelp | None = None
    """Null: nothing is referred for this kind."""
    never_auto_refer: bool = False
    """Whether a person always asks first, whatever was said before."""
    plan: IfThen | None = None
    """Null: it is first understood in a conversation."""
    steps: tuple[SmallTask, ...] = ()
    """What staff can do about it when a plan is offered."""
    setback: AfterSetback
    """What to ask and offer when something did not work out."""
    urgency: OwnUrgency | None = None
    """Null: it is as pressing as its tasks are."""


class Wording(Model):
    """A sentence of which reasons are put together."""

    name: str
    """`outcomes.<outcome>` or `phrases.<phrase>`."""
    text: str
    """The sentence, with places to fill in."""


class PlaybookContent(Model):
    """The whole playbook: what holds for every kind of barrier, and each kind."""

    tasks_per_client_week: int
    """New tasks per client in any seven days; a need beyond it joins an open task."""
    own_task_from: Priority
    """A need of at least this priority always gets a task of its own."""
    listen_up_to_importance: Ruler
    """Up to here nothing is planned, and it is listened to. A ruler not asked never counts as low."""
    small_step_up_to_confidence: Ruler
    """Up to here a plan begins with its smallest step."""
    tasks: tuple[KindOfTask, ...]
    """Every kind of task."""
    by_stage: tuple[StageSayings, ...] = ()
    """What may be said by where somebody stands with a change."""
    by_task: tuple[TaskSayings, ...] = ()
    """What may be said by what a task is for."""
    after_a_ruler: tuple[str, ...] = ()
    """Asked after a ruler; {value} is what was said, {lower} and {higher} are numbers beside it."""
    wordings: tuple[Wording, ...] = ()
    """The sentences of which reasons are put together."""
    categories: tuple[KindOfBarrier, ...]
    """Every kind of barrier."""


class PlaybookFile(Model):
    """One of the playbook's YAML files, as people change it."""

    name: str
    """`playbook.yaml` is what holds for every kind; each other one is named after its kind of barrier."""
    text: str
    """The whole of it, comments included."""
