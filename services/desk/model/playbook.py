"""The playbook as the desk keeps it: each version whole, and the copy that somebody is changing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.playbook import KindOfBarrier, PlaybookContent
from contracts.terms import BarrierCategory, TaskKind
from contracts.values import HelpFilters
from services.desk.model.pictures import Picture

GENERAL = "playbook.yaml"
"""The file of what holds for every kind of barrier."""
ENDING = ".yaml"


class PlaybookPicture(Picture):
    """One version of the playbook. The highest `number` is in force."""

    id: UUID
    number: int
    version: str
    edition: str
    why: str | None = None
    published_by: UUID | None = None
    published_at: datetime
    restores: int | None = None
    stated_at: datetime
    content: PlaybookContent
    files: Mapping[str, str]

    def kind(self, category: BarrierCategory) -> KindOfBarrier | None:
        """What it says about one kind of barrier; None where it knows of none."""
        return kind_in(self.content, category)


def kind_in(content: PlaybookContent, category: BarrierCategory) -> KindOfBarrier | None:
    """What a playbook says about one kind of barrier; None where it knows of none."""
    return next((one for one in content.categories if one.category is category), None)


def file_of(category: BarrierCategory) -> str:
    """The file in which a kind of barrier stands."""
    return category.value + ENDING


def category_of(file: str) -> BarrierCategory | None:
    """The kind of barrier that stands in a file; None for what holds for all of them, and for other files."""
    name = file.removesuffix(ENDING)
    return BarrierCategory(name) if file.endswith(ENDING) and name in set(BarrierCategory) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version, as a list tells it."""

    number: int
    version: str
    why: str | None
    published_by: UUID | None
    published_by_name: str | None
    published_at: datetime
    restores: int | None


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class AskedHelp(_Told):
    """The help that an answer asked for."""

    resources: tuple[str, ...]
    filters: HelpFilters


class Answered(_Told):
    """An answer to a barrier: as it was, or as it would have been."""

    rule: str
    help: AskedHelp | None = None
    if_words: str | None = None
    then_words: str | None = None
    tasks: tuple[TaskKind, ...] = ()


class Difference(_Told):
    """A barrier that a copy would have answered differently."""

    barrier_id: UUID
    client_id: UUID
    category: BarrierCategory
    answered_at: datetime
    differs: tuple[str, ...]
    was: Answered
    would_be: Answered


class KindCount(_Told):
    """How many barriers of one kind were answered, and how many of them differently."""

    category: BarrierCategory
    name: str
    answered: int
    different: int


class Trial(_Told):
    """What a copy would have made of the last weeks."""

    weeks: int
    tried_at: datetime
    tried: int
    not_kept: int
    left_out: int
    different: int
    listed: int
    """How many of those that differ are kept to be shown."""
    by_category: tuple[KindCount, ...]
    by_part: Mapping[str, int]
    """How many differ in their rule, help, plan or tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedFile:
    """A text of a copy, and the opened page that it was typed in."""

    text: str
    written_from: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCopy:
    """What a supervisor is changing. `version` grows with each change, so that what was read fits it."""

    based_on: int
    version: int
    saved_at: datetime
    files: Mapping[str, CopiedFile]
    content: PlaybookContent | None = None
    """The whole playbook as it is read with these texts; None until they were read."""
    read_over: int | None = None
    """The number that was in force when they were read."""
    trial: Trial | None = None

    @property
    def texts(self) -> dict[str, str]:
        """The texts that differ, by file."""
        return {name: one.text for name, one in self.files.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something in a text that cannot be used, and where."""

    file: str
    line: int | None
    field: str
    problem: str

    @property
    def words(self) -> str:
        """What is wrong, with its place."""
        where = f"Line {self.line}: " if self.line else ""
        what = f"{self.field}: " if self.field else ""
        return where + what + self.problem
