"""What was heard in a client's words, and which kinds of barrier that suggests to a person who chooses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.terms import BarrierCategory


class Likeness(StrEnum):
    """How what the client said is like what the playbook listens for."""

    SAME_WORDS = "same_words"
    OTHER_FORM = "other_form"
    """The same words in another form, such as "buses" for "bus"."""
    SPELLED_ALIKE = "spelled_alike"
    """At least one word is a letter or two away, as when typing fast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One phrase of the playbook that was heard. `starts` and `ends` are where, in characters."""

    phrase: str
    said: str
    starts: int
    ends: int
    likeness: Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A kind of barrier that the words may be about, and what was heard that speaks for it."""

    category: BarrierCategory
    heard: tuple[Heard, ...]
    weight: int
    """How many of the client's words speak for it."""
