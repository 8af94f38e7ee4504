"""How a thing that happened is told, and where the words of each kind are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from contracts.event import Event
from contracts.terms import ChangedBy
from services.desk.policy.wording.times import Wall

E = TypeVar("E", bound=Event)


class Group(StrEnum):
    """What things are about, as one looks for them."""

    SAID = "said"
    PLANS = "plans"
    HELP = "help"
    MESSAGES = "messages"
    TASKS = "tasks"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that happened, in words that the client may read as well.

    `words` are the client's own, as they stand. `because` is the rule that led to it, where a rule did.
    """

    title: str
    words: str = ""
    text: str = ""
    because: str = ""
    mark: str = ""
    """said, done, asked, answered, message, setback, win; how it is marked on the line."""


Teller = Callable[[E, Wall], Told]
Word = tuple[Group, Callable[[Event, Wall], Told]]


class Words:
    """The words of several kinds of events, each under its own kind."""

    def __init__(self) -> None:
        self._found: dict[type[Event], Word] = {}

    @property
    def found(self) -> Mapping[type[Event], Word]:
        """What was written down, by kind."""
        return self._found

    def of(self, kind: type[E], group: Group) -> Callable[[Teller[E]], Teller[E]]:
        """Mark the function that tells events of this kind."""

        def keep(teller: Teller[E]) -> Teller[E]:
            def tell(event: Event, wall: Wall) -> Told:
                assert isinstance(event, kind), "each kind is told by its own words"
                return teller(event, wall)

            self._found[kind] = group, tell
            return teller

        return keep


def staff_of(event: Event) -> UUID | None:
    """Which member of staff did it, where that was stated."""
    for name in ("by_staff", "by", "stated_by"):
        found = getattr(event, name, None)
        if isinstance(found, UUID):
            return found
    return None


def whose_move(event: Event) -> ChangedBy | None:
    """Whose word it was, where that was stated: the client's, the service's, or nobody's."""
    found = getattr(event, "by", None)
    return found if isinstance(found, ChangedBy) else None
