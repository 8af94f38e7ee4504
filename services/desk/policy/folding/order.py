"""The one order in which events about a thing are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from contracts.event import Event
from services.desk.model.entries import Entry

E = TypeVar("E", bound=Event)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """As their publisher counts them; what is not counted by its time, and by its id at the same moment."""
    return sorted(entries, key=lambda one: (one.place.version, one.occurred_at, one.id))


def of_type(entries: Iterable[Entry], kind: type[E]) -> list[E]:
    """The events of one type, in their order."""
    return [one.event for one in in_order(entries) if isinstance(one.event, kind)]


def by_time(entries: Iterable[Entry]) -> list[Entry]:
    """As they happened."""
    return sorted(entries, key=lambda one: (one.occurred_at, one.place.version, one.id))
