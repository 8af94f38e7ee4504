"""What is compared when two records may be of one person, what came of it, and how records become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from contracts.values import Channel
from services.intake.model.records import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What of a person is compared, in the form in which it is compared; anything may be missing.

    `words` are those of the full name in their order, `also` those of the other names they go by;
    `reach` holds telephone numbers, mail addresses and postal addresses, each with its kind before it.
    """

    words: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    born_on: date | None = None
    postcode: str | None = None
    reach: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOnFile:
    """A client to be put on file, and what they are found by."""

    client: Client
    name_key: str
    words: tuple[str, ...]
    keys: frozenset[str]


class Compared(StrEnum):
    """What a reason is about."""

    NAME = "name"
    BORN_ON = "born_on"
    POSTCODE = "postcode"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One thing that speaks for (above 0) or against one person, in plain words."""

    about: Compared
    words: str
    weight: float


class Verdict(StrEnum):
    """How sure the matcher is. `strong` asks a person to look before there is another record."""

    STRONG = "strong"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How alike two records are. `evidence` is the sum of the weights; `score` says it from 0 to 100."""

    evidence: float
    score: int
    verdict: Verdict
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """A record on file as the matcher sees it, and the record that stands for the person."""

    client_id: UUID
    survivor_id: UUID
    full_name: str
    preferred_name: str
    born_on: date | None
    postcode: str | None
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person on file who may be the one in question. `record` is the one of theirs that fits best."""

    record: OnFile
    match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldApart:
    """Staff looked at two records and saw two people; `evidence` is what spoke for one person then."""

    first: UUID
    second: UUID
    evidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a record stands: merged into another (`into`), or by itself. Grows by one with every move."""

    client_id: UUID
    into: UUID | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What a merge comes to: this record into that one, as the record's next version."""

    client_id: UUID
    into: UUID
    version: int


@dataclass(frozen=True, slots=True)
class OneAlready:
    """Both records are of one person already: nothing to do. `survivor_id` stands for them."""

    survivor_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What a split comes to: this record stands by itself again, out of that one."""

    client_id: UUID
    out_of: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who merged or split, when and why."""

    at: datetime
    by: UUID
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMerge:
    """A merge on file, with its undoing if there was one.

    `silenced` are the records that nobody may write to because of it, with the versions that it gave them.
    """

    merge_id: UUID
    client_id: UUID
    survivor_id: UUID
    merged_at: datetime
    merged_by: UUID
    why: str | None
    silenced: Mapping[UUID, int]
    split_at: datetime | None
    split_by: UUID | None
    split_why: str | None
