"""The playbook's shape: what a case manager writes in YAML, checked, and what every decision reads.

One definition serves the files, the policy and the API, so that what is read is what decides.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.terms import BarrierCategory, Pace, Priority, ServiceFeature, TaskKind
from contracts.values import HelpFilters, LanguageTag

Text = Annotated[str, Field(min_length=3, max_length=600)]
"""One plain sentence or phrase."""

ResourceCode = Annotated[str, Field(pattern=r"^1[01]\d(-\d{2}){0,3}$")]
"""An Open Eligibility code: a three-digit top level, then two digits per level, such as 105-02-01."""

WorkingDays = Annotated[int, Field(ge=0, le=60)]


class _Shape(BaseModel):
    """Immutable, and a field nobody knows is an error, so that a typing slip cannot pass in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Outcome(StrEnum):
    """What the playbook does with a stated barrier; together with the category it names the rule."""

    LISTEN_AS_WISHED = "listen-as-wished"
    LISTEN_FOR_IMPORTANCE = "listen-for-importance"
    LISTEN_FOR_STRENGTH = "listen-for-strength"
    LISTEN_TO_UNDERSTAND = "listen-to-understand"
    PLAN_WITHOUT_REFERRAL = "plan-without-referral"
    PERSON_FIRST = "person-first"
    ASK_FIRST = "ask-first"
    GO_AHEAD = "go-ahead"


class DaysWindow(_Shape):
    """A due window in working days from today: `first` is when to start at the earliest, `last` the end.

    `last` is at least 1, so that nothing is due within minutes of being opened.
    """

    first: WorkingDays = 0
    last: Annotated[int, Field(ge=1, le=60)]


class PacedWindows(_Shape):
    """One due window for each pace that a client can choose."""

    slow: DaysWindow
    steady: DaysWindow
    brisk: DaysWindow

    @cached_property
    def by_pace(self) -> dict[Pace, DaysWindow]:
        """The same three windows, by pace."""
        return {Pace.SLOW: self.slow, Pace.STEADY: self.steady, Pace.BRISK: self.brisk}


class TaskText(_Shape):
    """What a kind of task says, how soon it is due and how it is ranked."""

    title: Text
    """What to do, as a case manager reads it on the list. May use placeholders."""
    why: Text
    """Why it is there, in words that the client may read. May use placeholders."""
    priority: Priority = Priority.ROUTINE
    priority_reason: Text
    windows: PacedWindows


class Step(_Shape):
    """A practical step that staff take for this kind of barrier when a plan is offered."""

    title: Text
    why: Text


class Prompts(_Shape):
    """What staff may say, in the spirit of listening: suggestions, never a script, and never advice."""

    open_questions: tuple[Text, ...] = ()
    affirmations: tuple[Text, ...] = ()
    """Each names a strength that can be seen in what the client does."""
    reflections: tuple[Text, ...] = ()
    """Simple ones: what was said, given back."""
    deeper_reflections: tuple[Text, ...] = ()
    """Complex ones: what may lie beneath, or both sides at once. A guess; the client corrects it."""


class Stage(StrEnum):
    """Where somebody stands with a change, by the rulers that were asked; one not asked counts as high."""

    NOT_ASKED = "not_asked"
    NEITHER_YET = "neither_yet"
    """It does not matter much yet, and does not seem possible yet."""
    NOT_IMPORTANT_YET = "not_important_yet"
    NOT_CONFIDENT_YET = "not_confident_yet"
    READY = "ready"


class Conversation(_Shape):
    """What staff may say whatever the kind of barrier: by stage, and by what a task is for."""

    stages: dict[Stage, Prompts] = {}
    tasks: dict[TaskKind, Prompts] = {}
    rulers: Prompts = Prompts()
    """Asked after a ruler. {value} is what was said, {lower} and {higher} are numbers beside it."""


class Grounding(_Shape):
    """Where the category comes from, so that nobody has to take it on trust."""

    scale: Text
    """The scale or framework and the items in it."""
    codes: tuple[str, ...] = ()
    """ICD-10 Z codes or Gravity SDOH domains; a trailing * marks one that still has to be checked."""
    sources: tuple[Text, ...]


class HelpRules(_Shape):
    """What kind of service helps: Open Eligibility codes, best first, and what to ask of a service."""

    resources: Annotated[tuple[ResourceCode, ...], Field(min_length=1)]
    must: frozenset[ServiceFeature] = frozenset()
    prefer: frozenset[ServiceFeature] = frozenset()
    avoid: frozenset[ServiceFeature] = frozenset()

    @cached_property
    def filters(self) -> HelpFilters:
        """The same wishes, as navigation reads them."""
        return HelpFilters(must=self.must, prefer=self.prefer, avoid=self.avoid)


class PlanTemplate(_Shape):
    """An if-then plan to start from. The client's own idea takes the place of `then` when there is one."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    if_words: Annotated[Text, Field(alias="if")]
    then_words: Annotated[Text, Field(alias="then")]
    cue_hours_before: Annotated[int, Field(ge=1, le=168)] | None = None
    """Hours before an appointment at which the plan's cue comes; none when the cue is not a time."""


class SetbackText(_Shape):
    """What is asked and offered when something did not work out: one kind question, a smaller step."""

    question: Text
    smaller_step: Text


class Urgency(_Shape):
    """A priority that the category itself asks for, with its reason."""

    priority: Priority
    reason: Text


class CategoryRules(_Shape):
    """Everything the playbook knows about one kind of barrier: one YAML file."""

    category: BarrierCategory
    name: Annotated[str, Field(min_length=3, max_length=60)]
    """Plain name, in lower case as it stands within a sentence: "getting there"."""
    about: Text
    grounding: Grounding
    listen_for: Annotated[tuple[Text, ...], Field(min_length=2)]
    """What clients say, in English. How it is heard: `services/barriers/policy/listening.py`."""
    listen_for_in: dict[LanguageTag, tuple[Text, ...]] = {}
    """The same in other languages."""
    open_questions: Annotated[tuple[Text, ...], Field(min_length=2)]
    affirmations: Annotated[tuple[Text, ...], Field(min_length=2)]
    reflections: Annotated[tuple[Text, ...], Field(min_length=2)]
    """Simple ones: what was said, given back."""
    deeper_reflections: tuple[Text, ...] = ()
    """Complex ones: what may lie beneath, or both sides at once. A guess; the client corrects it."""
    help: HelpRules | None = None
    """None: nothing is referred for this kind of barrier."""
    never_auto_refer: bool = False
    """A person always asks first, whatever was said before; no referral goes out by itself."""
    plan: PlanTemplate | None = None
    """None: the barrier is first understood in a conversation."""
    steps: tuple[Step, ...] = ()
    setback: SetbackText
    urgency: Urgency | None = None

    @property
    def person_first(self) -> bool:
        """Whether help may only follow after a person has asked."""
        return self.never_auto_refer


class Caps(_Shape):
    """How much is asked of one client and their case manager at a time."""

    tasks_per_client_week: Annotated[int, Field(ge=1, le=50)]
    """New tasks per client in any seven days; a need beyond it joins an open task."""
    own_task_from: Priority = Priority.ASAP
    """A need of at least this priority always gets a task of its own."""


class Readiness(_Shape):
    """From which ruler values on planning is offered. A ruler not asked never holds it back."""

    listen_up_to_importance: Annotated[int, Field(ge=0, le=10)]
    small_step_up_to_confidence: Annotated[int, Field(ge=0, le=10)]


class Phrases(_Shape):
    """Sentences that are put together into a reason; each may use placeholders."""

    own_idea: Text
    another_idea: Text
    goal: Text
    small_step: Text
    runner_up: Text
    no_runner_up: Text
    joined: Text
    strong: Text
    goal_unknown: Text
    still_wanted: Text
    sharing: Text
    withdrawn: Text
    asked_again: Text
    eased: Text
    not_yet: Text
    missed: Text
    stalled: Text = "Nothing has moved there for a while; ask how it stands, and what would help."
    planned: Text
    referral_sent: Text
    importance_rose: Text
    answered: Text
    step_kept: Text = 'You set out to do this, and you did it: "{words}".'
    plan_helped: Text = "The moment came, and your plan helped: if {if_words}, then {then_words}."
    got_help: Text = "You got what you needed from {service}."
    step_not_this_time: Text = 'This one did not come about this time: "{words}".'


class PlaybookFile(_Shape):
    """`playbook.yaml`: the version, the caps, and what holds for every category."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d{1,2}\.\d{1,3}$")]
    """Year, month and a running number; move it with every change."""
    caps: Caps
    readiness: Readiness
    tasks: dict[TaskKind, TaskText]
    outcomes: dict[Outcome, Text]
    phrases: Phrases
    conversation: Conversation = Conversation()


class Playbook(PlaybookFile):
    """The whole playbook, checked: every category once, every kind of task and every outcome worded."""

    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    """Over the content of all files, so that two playbooks of one version cannot be mixed up."""
    categories: dict[BarrierCategory, CategoryRules]

    @cached_property
    def edition(self) -> str:
        """What is recorded with every decision: version and fingerprint."""
        return f"{self.version}+{self.fingerprint}"
