"""A copy of the playbook while it is changed: what may be overwritten, its next name, where its flaws are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.terms import BarrierCategory
from services.desk.model.playbook import (
    GENERAL,
    Answered,
    CopiedFile,
    Difference,
    Flaw,
    OpenCopy,
    PlaybookPicture,
    category_of,
    file_of,
)
from services.desk.policy.playbook_wording import TASKS, help_words, rule_words
from services.desk.policy.wording.terms import listed

EVERY_KIND = "every-kind"
"""What stands in addresses for the file of what holds for every kind."""
VERSION_LINE = re.compile(r"^version:.*$", re.MULTILINE)
NAME = re.compile(r"^\d{4}\.\d{1,2}\.\d{1,3}$")
AROUND = 2
"""How many lines are shown before and after one that has to be looked at again."""


PLAINLY: Mapping[str, str] = {
    "Field required": "this has to be there",
    "Extra inputs are not permitted": "this word is not known here; perhaps a slip of the keys",
}


def plainly(problem: str) -> str:
    """What is wrong in words for people, where the words were made for programs."""
    return PLAINLY.get(problem, problem)


def file_at(address: str) -> str | None:
    """The file that an address stands for; None where it stands for none."""
    if address == EVERY_KIND:
        return GENERAL
    return file_of(BarrierCategory(address)) if address in set(BarrierCategory) else None


def address_of(file: str) -> str:
    """What stands in addresses for a file."""
    return EVERY_KIND if file == GENERAL else file.removesuffix(".yaml")


def title_of(file: str, book: PlaybookPicture) -> str:
    """What a file is called on a page."""
    category = category_of(file)
    kind = book.kind(category) if category else None
    return kind.name[:1].upper() + kind.name[1:] if kind else "What holds for every kind"


def digest(text: str) -> str:
    """By which a text is known that was shown."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def overwrites(kept: CopiedFile | None, base: str, *, shown: str, page: UUID) -> bool:
    """Whether somebody would overwrite what another opened page has written since theirs was shown."""
    if kept is not None and kept.written_from == page:
        return False
    return digest(kept.text if kept else base) != shown


def with_end(text: str) -> str:
    """A text as files are written: with one line break at its end."""
    return text.rstrip() + "\n"


def name_in(text: str) -> str:
    """The name of the version that a general file gives; empty where it gives none."""
    found = VERSION_LINE.search(text)
    return found[0].removeprefix("version:").split("#")[0].strip(" \"'\t") if found else ""


def named(text: str, name: str) -> str:
    """A general file with another name of its version."""
    return VERSION_LINE.sub(f'version: "{name}"', text, count=1)


def next_name(name: str, now: datetime) -> str:
    """How the next version may be called: year, month and a running number."""
    year, month, number = (*name.split("."), "", "")[:3]
    if (year, month) == (str(now.year), str(now.month)) and number.isdecimal():
        return f"{year}.{month}.{int(number) + 1}"
    return f"{now.year}.{now.month}.1"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, and what is to be looked at in it."""

    number: int
    text: str
    flaws: tuple[str, ...] = ()


def excerpts(text: str, flaws: Sequence[Flaw]) -> list[list[Line]]:
    """The lines that have to be looked at again, each with those around it."""
    lines = text.splitlines() or [""]
    said: dict[int, list[str]] = {}
    for flaw in flaws:
        if flaw.line is not None:
            place = min(max(flaw.line, 1), len(lines))
            said.setdefault(place, []).append(f"{flaw.field}: {flaw.problem}" if flaw.field else flaw.problem)
    shown = sorted(
        {near for at in said for near in range(at - AROUND, at + AROUND + 1) if 1 <= near <= len(lines)}
    )
    found: list[list[Line]] = []
    for number in shown:
        if not found or found[-1][-1].number != number - 1:
            found.append([])
        found[-1].append(Line(number, lines[number - 1], tuple(said.get(number, ()))))
    return found


def faults_of(file: str, text: str, flaws: Sequence[Flaw]) -> dict[str, str]:
    """What has to be looked at again, by the place on the page where it is shown."""
    if not file:
        return {"elsewhere": "Something in your copy has to be looked at again"} if flaws else {}
    last = len(text.splitlines()) or 1
    found: dict[str, str] = {}
    for flaw in flaws:
        if flaw.file == file:
            place = f"line-{min(max(flaw.line, 1), last)}" if flaw.line else "text"
            found[place] = f"{found[place]}; {flaw.words}" if place in found else flaw.words
    if not found and flaws:
        found["elsewhere"] = "This text is fine by itself; another one of your copy has to be looked at"
    return found


def clashing(copy: OpenCopy, base: PlaybookPicture, now: PlaybookPicture) -> list[str]:
    """The files that both the copy and those who published meanwhile have changed, in different ways."""
    return [
        name
        for name, text in copy.texts.items()
        if base.files.get(name) != now.files.get(name) and text != now.files.get(name)
    ]


def rows_of(one: Difference, *, with_words: bool) -> list[tuple[str, str, str]]:
    """What a copy would have done otherwise with a barrier: what, as it was, as it would have been.

    Without words a plan is not told, for its words may be the client's own.
    """
    was, now = one.was, one.would_be
    told: Mapping[str, tuple[str, str, str]] = {
        "rule": ("What is done", rule_words(was.rule), rule_words(now.rule)),
        "help": (
            "Help that is looked for",
            help_words(was.help.resources, was.help.filters) if was.help else "",
            help_words(now.help.resources, now.help.filters) if now.help else "",
        ),
        "plan": (
            "The plan",
            _plan(was) if with_words else _whether(was),
            _plan(now) if with_words else _whether(now, other_words=bool(was.if_words)),
        ),
        "tasks": (
            "What there is to do",
            listed([TASKS[kind] for kind in was.tasks]),
            listed([TASKS[kind] for kind in now.tasks]),
        ),
    }
    return [told[part] for part in one.differs if part in told]


def _plan(answer: Answered) -> str:
    return f"If {answer.if_words}, then {answer.then_words}." if answer.if_words else ""


def _whether(answer: Answered, *, other_words: bool = False) -> str:
    if not answer.if_words:
        return ""
    return "a plan in other words" if other_words else "a plan"


PARTS: Mapping[str, str] = {
    "rule": "what is done",
    "help": "the help that is looked for",
    "plan": "the plan",
    "tasks": "what there is to do",
}
"""What may differ between two answers."""
