"""What is different between two playbooks, in words, line by line: for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from contracts.playbook import KindOfBarrier, KindOfTask, PlaybookContent, Sayings
from contracts.terms import BarrierCategory
from services.desk.policy.playbook_wording import (
    PACE_NAMES,
    STAGES,
    TASKS,
    asked_of,
    resource_words,
    upper_first,
    window_words,
)
from services.desk.policy.tasks import PRIORITY_WORDS
from services.desk.policy.wording.terms import language

Row = tuple[str, str, str]
"""What, what it was, what it is now; "" for nothing."""
Lines = Mapping[str, tuple[str, ...]]
"""Each part of a playbook in words, line by line, by what it is called."""
EVERY_KIND = "What holds for every kind"


@dataclass(frozen=True, slots=True)
class Changed:
    """What is different in one part: a kind of barrier, or (None) what holds for every kind."""

    category: BarrierCategory | None
    name: str
    rows: tuple[Row, ...]


def changes(before: PlaybookContent, after: PlaybookContent) -> list[Changed]:
    """Everything that is different, what holds for every kind first; empty where nothing is."""
    found = [Changed(None, EVERY_KIND, tuple(rows(lines_in_general(before), lines_in_general(after))))]
    was = {one.category: one for one in before.categories}
    now = {one.category: one for one in after.categories}
    for category in dict.fromkeys((*was, *now)):
        old, new = was.get(category), now.get(category)
        name = (new or old).name  # type: ignore[union-attr]  # it is in one of them
        lines = tuple(rows(lines_of(old) if old else {}, lines_of(new) if new else {}))
        found.append(Changed(category, upper_first(name), lines))
    return [one for one in found if one.rows]


def rows(before: Lines, after: Lines) -> Iterator[Row]:
    """The lines that are different, in their order, under what they belong to."""
    for what in dict.fromkeys((*before, *after)):
        for was, now in _pairs(before.get(what, ()), after.get(what, ())):
            yield what, was, now


def _pairs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    for _, i, j, k, m in _opcodes(before, after):
        was, now = before[i:j], after[k:m]
        for at in range(max(len(was), len(now))):
            yield (was[at] if at < len(was) else ""), (now[at] if at < len(now) else "")


def _opcodes(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    found = SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    return (one for one in found if one[0] != "equal")


def lines_of(kind: KindOfBarrier) -> Lines:
    """One kind of barrier in words."""
    found: dict[str, tuple[str, ...]] = {
        "Name": (kind.name,),
        "What it is": (kind.about,),
        "What is sent by itself": (
            ("never; a person always asks first",) if kind.never_auto_refer else ("as they wish",)
        ),
    }
    found |= _said(kind.sayings, "")
    for phrases in kind.listen_for:
        found[f"Words to listen for, {language(phrases.language)}"] = phrases.phrases
    if kind.plan is not None:
        found["If"] = (kind.plan.if_words,)
        found["then"] = (kind.plan.then_words,)
        if kind.plan.cue_hours_before is not None:
            found["Reminder of the plan"] = (f"{kind.plan.cue_hours_before} hours before an appointment",)
    if kind.help is not None:
        found["Help that fits, best first"] = tuple(resource_words(code) for code in kind.help.resources)
        found["Asked of a service"] = tuple(f"{how} {what}" for how, what in asked_of(kind.help.filters))
    found["Practical steps"] = tuple(f"{one.title} ({one.why})" for one in kind.steps)
    found["After a setback, to ask"] = (kind.setback.question,)
    found["After a setback, to offer"] = (kind.setback.smaller_step,)
    if kind.urgency is not None:
        found["How soon"] = (f"{PRIORITY_WORDS[kind.urgency.priority]}: {kind.urgency.reason}",)
    found["Where it comes from"] = (kind.grounding.scale,)
    found["Codes"] = kind.grounding.codes
    found["Sources"] = kind.grounding.sources
    return found


def lines_in_general(content: PlaybookContent) -> Lines:
    """What holds for every kind, in words."""
    found: dict[str, tuple[str, ...]] = {
        "New tasks in a client's week": (f"{content.tasks_per_client_week} at most",),
        "Always a task of its own": (f"from: {PRIORITY_WORDS[content.own_task_from].lower()}",),
        "Only listen": (f"where it matters up to {content.listen_up_to_importance} of 10",),
        "Begin with the smallest step": (
            f"where they are sure up to {content.small_step_up_to_confidence} of 10",
        ),
        "After a ruler": content.after_a_ruler,
    }
    for task in content.tasks:
        found |= _task(task)
    for one in content.by_task:
        found |= _said(one.sayings, f", in a task to {TASKS[one.kind]}")
    for stage in content.by_stage:
        found |= _said(stage.sayings, f", where {STAGES.get(stage.stage, stage.stage)}")
    for wording in content.wordings:
        found[f"The sentence “{_plain(wording.name)}”"] = (wording.text,)
    return found


def _task(task: KindOfTask) -> Lines:
    name = upper_first(TASKS[task.kind])
    return {
        f"{name}: title": (task.title,),
        f"{name}: why": (task.why,),
        f"{name}: how soon": (f"{PRIORITY_WORDS[task.priority]}: {task.priority_reason}",),
        f"{name}: by when": tuple(
            f"{PACE_NAMES[one.pace]} pace: {window_words(one.window)}" for one in task.windows
        ),
    }


def _said(sayings: Sayings, where: str) -> dict[str, tuple[str, ...]]:
    return {
        f"You could ask{where}": sayings.open_questions,
        f"Worth saying{where}": sayings.affirmations,
        f"You could say back{where}": sayings.reflections,
        f"What may lie beneath{where}": sayings.deeper_reflections,
    }


def _plain(name: str) -> str:
    return name.partition(".")[2].replace("_", " ").replace("-", " ")
