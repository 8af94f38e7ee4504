"""Everything that can happen, in plain warm words: one pure function for each kind of event."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from contracts.event import Event
from services.desk.policy.wording import barriers, desk, intake, navigation, reminders, terms
from services.desk.policy.wording.telling import Group, Told, Word, staff_of, whose_move
from services.desk.policy.wording.times import Wall

WORDS: Mapping[type[Event], Word] = {
    **intake.WORDS.found,
    **barriers.WORDS.found,
    **navigation.WORDS.found,
    **reminders.WORDS.found,
    **desk.WORDS.found,
}
"""The words of each kind of event, and the group that it belongs to."""


def told(event: Event, wall: Wall) -> Told:
    """Tell something that happened. What there are no words for yet is told as news, never left out."""
    found = WORDS.get(type(event))
    return found[1](event, wall) if found else Told(title="Something was written down")


def types_of(group: Group) -> Collection[str]:
    """The types of events that belong to a group."""
    return tuple(kind.subject for kind, (of, _) in WORDS.items() if of is group)


__all__ = ["WORDS", "Group", "Told", "Wall", "staff_of", "terms", "told", "types_of", "whose_move"]
