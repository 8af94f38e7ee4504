"""How things may go on from where they are, and how that is asked and said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.terms import BarrierStatus, PlanStatus, StepStatus


@dataclass(frozen=True, slots=True)
class Way:
    """A way that something may go on: from where, and how it is asked and said."""

    source: frozenset[str]
    title: str
    about: str
    button: str
    hint: str = ""


S, P = BarrierStatus, PlanStatus
BARRIER_WAYS: Mapping[str, Way] = {
    "ease": Way(
        frozenset({S.ACKNOWLEDGED, S.PLANNED, S.PERSISTING}),
        "It is easier now",
        "What there was to do about it is answered, and a search for help stops.",
        "Write it down",
        "What made it easier? In their words, if they said.",
    ),
    "persist": Way(
        frozenset({S.ACKNOWLEDGED, S.PLANNED}),
        "It is still in the way",
        "What is under way goes on. It is worth asking what is the hard part now.",
        "Write it down",
        "What is the hard part now? In their words, if they said.",
    ),
    "withdraw": Way(
        frozenset({S.STATED, S.ACKNOWLEDGED, S.PLANNED, S.PERSISTING}),
        "They take it back",
        "Whatever is under way for it stops at once: searches, referrals, messages about it.",
        "Take it back",
        "They owe no reason. Write one down only if they gave one.",
    ),
    "reopen": Way(
        frozenset({S.EASED, S.WITHDRAWN, S.PERSISTING}),
        "Take it up again",
        "There will be a task to hear what has changed.",
        "Take it up again",
        "What is different now? In their words, if they said.",
    ),
}
PLAN_WAYS: Mapping[str, Way] = {
    "agree": Way(
        frozenset({P.DRAFTED, P.REVISED}),
        "Agree the plan together",
        "Only their yes makes it a plan. Put it in their own words: so it comes to mind when it matters.",
        "They agreed it",
    ),
    "rehearse": Way(
        frozenset({P.AGREED}),
        "Go through it once",
        "Say it aloud together, or picture the moment. What was gone through comes to mind more easily.",
        "We went through it",
    ),
    "trigger": Way(
        frozenset({P.REHEARSED}),
        "The moment for the plan came",
        "How it went can be written down when it is known.",
        "The moment came",
    ),
    "helped": Way(frozenset({P.TRIGGERED}), "The plan helped", "Worth noticing together.", "It helped"),
    "did_not_help": Way(
        frozenset({P.TRIGGERED}),
        "The plan did not help this time",
        "That tells us something. There will be a task to look at it together, and a smaller step to offer.",
        "Write it down",
    ),
    "revise": Way(
        frozenset({P.DID_NOT_HELP}),
        "Change the plan together",
        "The new words are an offer until they agree it.",
        "Keep the new words",
    ),
}
STEP_WAYS: Mapping[str, Way] = {
    "agree": Way(
        frozenset({StepStatus.OFFERED, StepStatus.PAUSED, StepStatus.NOT_THIS_TIME}),
        "Agree the step together",
        "Only their yes makes it theirs. Small, clear, and with a last day.",
        "They agreed it",
    ),
    "progress": Way(
        frozenset({StepStatus.AGREED, StepStatus.PAUSED}),
        "How is it going?",
        "What went, and what they say about it. Shown back to them.",
        "Write it down",
    ),
    "done": Way(
        frozenset({StepStatus.AGREED, StepStatus.PAUSED}),
        "They kept the step",
        "Worth noticing together, at once.",
        "They kept it",
    ),
    "pause": Way(
        frozenset({StepStatus.AGREED}),
        "Let it rest for now",
        "Nothing is asked of anybody until it is taken up again.",
        "Let it rest",
    ),
    "not_this_time": Way(
        frozenset({StepStatus.OFFERED, StepStatus.AGREED, StepStatus.PAUSED}),
        "Not this time",
        "That tells us something. There will be a kind question, and a smaller step can be offered.",
        "Write it down",
        "What got in the way? In their words, if they said.",
    ),
    "change": Way(
        frozenset({StepStatus.AGREED, StepStatus.PAUSED, StepStatus.OFFERED}),
        "Change the step together",
        "The new words are an offer until they agree them.",
        "Keep the new words",
    ),
    "smaller": Way(
        frozenset({StepStatus.NOT_THIS_TIME}),
        "Offer a smaller step",
        "The same thing, so small that it can hardly go wrong. They choose.",
        "Offer it",
    ),
}
STEP_WORDED = frozenset({"agree", "change", "smaller"})
"""Ways on which the words of a step may change."""
WORDED = frozenset({"agree", "revise"})
"""Ways on which the words of the plan may change."""
NO_REASON = {
    "ease": "They say that it is easier now.",
    "persist": "They say that it is still in the way.",
    "withdraw": "They took it back.",
    "reopen": "They would like to take it up again.",
}
"""What is written down where nothing more was said."""


def possible_barrier_ways(status: BarrierStatus) -> list[str]:
    """Which ways a barrier may go on from where it is."""
    return [name for name, way in BARRIER_WAYS.items() if status in way.source]


def possible_plan_ways(status: PlanStatus) -> list[str]:
    """Which ways a plan may go on from where it is."""
    return [name for name, way in PLAN_WAYS.items() if status in way.source]


def possible_words(names: Iterable[str]) -> list[str]:
    """What can be done now, in words, of what a service named as possible."""
    known = {**STEP_WAYS, **BARRIER_WAYS, **PLAN_WAYS}
    return [known[name].title for name in names if name in known]


def possible_step_ways(status: StepStatus) -> list[str]:
    """Which ways a small step may go on from where it is."""
    return [name for name, way in STEP_WAYS.items() if status in way.source]
