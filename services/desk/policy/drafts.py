"""When two pages write the same part of a draft: which text stands, and when a person has to look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.desk.model.drafts import Part, Typed, Writing

LONGEST = 4000
MOST_OF_ONE = 50
"""How many values one field may have, such as goals one below the other."""


@dataclass(frozen=True, slots=True)
class Keep:
    """It is kept, as this version."""

    version: int


@dataclass(frozen=True, slots=True)
class Already:
    """What is kept is this, or something newer from the same opened page."""

    version: int


@dataclass(frozen=True, slots=True)
class Differs:
    """Another window has written something else in the meantime; nothing is replaced."""

    kept: Part


def save(kept: Part | None, typed: Typed, writing: Writing) -> Keep | Already | Differs:
    """Decide about something typed.

    An opened page is never in conflict with itself: what it sent first and arrives last is let go. What was
    based on an older version that another window has replaced with something else is for a person.
    """
    if kept is None:
        return Keep(1) if typed else Already(0)
    same_page = kept.written_from == writing.page
    if kept.fields == typed or (same_page and writing.turn < kept.written_turn):
        return Already(kept.version)
    if same_page or writing.version >= kept.version:
        return Keep(kept.version + 1)
    return Differs(kept)


def plain(pairs: Iterable[tuple[str, str]], known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The fields of a page from what a browser sent: only those that are known, and no blank ones.

    Words stay as they were typed, except for what no text can hold and the line ends that browsers add.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        words = value.replace("\0", "").replace("\r\n", "\n").strip("\n")
        if name in known and words.strip() and len(found.get(name, ())) < MOST_OF_ONE:
            found[name] = (*found.get(name, ()), words)
    return found
