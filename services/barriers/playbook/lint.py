"""Look for what a shape cannot check: contradictions, rules nobody can reach, blame, unknown placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from pydantic import BaseModel

from contracts.terms import BarrierCategory, TaskKind
from services.barriers.model import CategoryRules, Outcome, Playbook
from services.barriers.model.playbook import PacedWindows

PLACEHOLDERS = frozenset(
    {"name", "words", "goal", "idea", "if_words", "then_words", "service", "reason", "question", "step"}
    | {"value", "lower", "higher"}
)
"""What a text may ask to have filled in."""

BLAME = re.compile(
    r"\b(non-?complian\w*|resist(s|ed|ant|ance)?|fail(s|ed|ing|ure|ures)?|refus(e|es|ed|al)|no-?shows?"
    r"|in denial|unmotivated|unwilling|manipulative|attention[- ]seeking|addicts?|abusers?|your fault"
    r"|should have|must try harder|excuses?|lazy|difficult client)\b",
    re.IGNORECASE,
)
"""Words that put the blame on a person."""


ADVICE = re.compile(
    r"\b((?<!would )(?<!do )(?<!will )you (should|must|ought to|need to|have to)"
    r"|why (don't|do not|not) you|if i were you|my advice"
    r"|i (would )?(suggest|recommend|advise)|just (do|try|go)|good (boy|girl)|i am proud of you|well done)\b",
    re.IGNORECASE,
)
"""Words that advise or mark, where somebody is to be heard."""

SAID = frozenset({"open_questions", "affirmations", "reflections", "deeper_reflections"})
"""The fields whose texts staff may say to a client."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in the playbook, and where."""

    file: str
    field: str
    message: str
    line: int | None = None
    """Counted from 1; None where the file as a whole is meant."""

    def __str__(self) -> str:
        where = f"{self.file}: {self.field}" if self.field else self.file
        return f"{where}: {self.message}"


def findings_in_files(rules: Mapping[str, CategoryRules]) -> list[Finding]:
    """Say where files and categories do not match: each category has exactly one file, named after it."""
    found: list[Finding] = []
    seen: dict[BarrierCategory, str] = {}
    for file, rule in rules.items():
        if rule.category in seen:
            message = f"{rule.category.value} is already in {seen[rule.category]}"
            found.append(Finding(file, "category", message))
        elif file != _file_of(rule.category):
            found.append(Finding(file, "category", f"belongs into {_file_of(rule.category)}"))
        seen.setdefault(rule.category, file)
    missing = [category for category in BarrierCategory if category not in seen]
    found += [Finding(_file_of(category), "", "the file is missing") for category in missing]
    return found


def findings(playbook: Playbook) -> list[Finding]:
    """Say everything that is wrong with a playbook whose shape is right."""
    found = list(_in_general(playbook))
    for rules in playbook.categories.values():
        found += _in_category(rules)
        found += _in_caps(playbook, rules)
    return found


def _in_general(playbook: Playbook) -> Iterator[Finding]:
    file = "playbook.yaml"
    for kind in set(TaskKind) - set(playbook.tasks):
        yield Finding(file, f"tasks.{kind.value}", "this kind of task has no text")
    for outcome in set(Outcome) - set(playbook.outcomes):
        yield Finding(file, f"outcomes.{outcome.value}", "this outcome has no reason to give")
    for kind, text in playbook.tasks.items():
        for message in _window_trouble(text.windows):
            yield Finding(file, f"tasks.{kind.value}.windows", message)
    parts = {
        "tasks": playbook.tasks,
        "outcomes": playbook.outcomes,
        "phrases": playbook.phrases,
        "conversation": playbook.conversation,
    }
    for field, text_found in _texts(parts):
        yield from _in_text(file, field, text_found)


def _in_caps(playbook: Playbook, rules: CategoryRules) -> Iterator[Finding]:
    """Say where one barrier alone asks for more tasks than a client may get in a week."""
    asked = 0 if rules.plan is None else 1 + len(rules.steps) + (rules.help is not None)
    most = playbook.caps.tasks_per_client_week
    if asked > most:
        message = f"one barrier of this kind asks for {asked} tasks; a client gets at most {most} in a week"
        yield Finding(_file_of(rules.category), "steps", message)


def _window_trouble(windows: PacedWindows) -> Iterator[str]:
    for pace, window in windows.by_pace.items():
        if window.first > window.last:
            yield f"{pace.value} begins after it ends"
    if not windows.slow.last >= windows.steady.last >= windows.brisk.last:
        yield "a slower pace may not be due sooner than a faster one"


def _in_category(rules: CategoryRules) -> Iterator[Finding]:
    file = _file_of(rules.category)
    for field, message in (*_help_trouble(rules), *_reach_trouble(rules)):
        yield Finding(file, field, message)
    for field, text in _texts(rules):
        if not field.startswith("grounding"):
            yield from _in_text(file, field, text)


def _help_trouble(rules: CategoryRules) -> Iterator[tuple[str, str]]:
    if rules.help is None:
        return
    asked = rules.help
    if len(set(asked.resources)) != len(asked.resources):
        yield "help.resources", "a code stands there twice"
    for one, other in (("must", "avoid"), ("prefer", "avoid"), ("must", "prefer")):
        both = getattr(asked, one) & getattr(asked, other)
        if both:
            names = ", ".join(sorted(feature.value for feature in both))
            yield f"help.{one}", f"{names} is also under {other}"


def _reach_trouble(rules: CategoryRules) -> Iterator[tuple[str, str]]:
    if rules.never_auto_refer and rules.help is None:
        yield "never_auto_refer", "cannot be reached: nothing is ever referred here"
    if rules.plan is None and rules.help is not None:
        yield "help", "cannot be reached: without a plan this kind is only talked about"
    if rules.plan is None and rules.steps:
        yield "steps", "cannot be reached: without a plan this kind is only talked about"


def _in_text(file: str, field: str, text: str) -> Iterator[Finding]:
    blame = BLAME.search(text)
    if blame is not None:
        yield Finding(file, field, f"{blame[0]!r} puts blame on a person")
    advice = ADVICE.search(text) if SAID.intersection(field.split(".")) else None
    if advice is not None:
        yield Finding(file, field, f"{advice[0]!r} advises or marks; ask or reflect instead")
    if "open_questions" in field and not text.rstrip().endswith("?"):
        yield Finding(file, field, "an open question ends with a question mark")
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as broken:
        yield Finding(file, field, f"the braces do not match: {broken}")
        return
    for name in names:
        if name not in PLACEHOLDERS:
            known = ", ".join(sorted(PLACEHOLDERS))
            yield Finding(file, field, f"{{{name}}} is not known; known are {known}")


def _texts(part: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Give every text within a part of the playbook, with the way to it."""
    if isinstance(part, str):
        yield path, part
        return
    steps: Iterable[tuple[object, object]] = ()
    if isinstance(part, BaseModel):
        steps = [(name, getattr(part, name)) for name in type(part).model_fields]
    elif isinstance(part, Mapping):
        steps = part.items()
    elif isinstance(part, tuple):
        steps = enumerate(part)
    for name, value in steps:
        yield from _texts(value, f"{path}.{name}" if path else str(name))


def _file_of(category: BarrierCategory) -> str:
    return f"{category.value}.yaml"
