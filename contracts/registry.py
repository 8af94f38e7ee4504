"""Every event there is, by its subject. Found by looking into `contracts.events`, so nothing is listed twice.

Promises: each subject belongs to exactly one class, and each class stands in the module of the service that
publishes it. A class that breaks either stops every process at its start.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import contracts.events
from contracts.event import Event
from contracts.streams import Stream, stream_of


class UnknownSubjectError(LookupError):
    """No event has this subject: it is misspelt, or it comes from a newer publisher."""


@cache
def events() -> Mapping[str, type[Event]]:
    """Return every event class by subject, in the order of the subjects."""
    found: dict[str, type[Event]] = {}
    for module in pkgutil.iter_modules(contracts.events.__path__):
        for event in _stated_in(f"contracts.events.{module.name}"):
            _check(event, module.name, found)
            found[event.subject] = event
    return MappingProxyType(dict(sorted(found.items())))


def event_for(subject: str) -> type[Event]:
    """Return the class of the messages with this subject. Raise `UnknownSubjectError` if there is none."""
    try:
        return events()[subject]
    except KeyError:
        message = f"no event has the subject {subject!r}"
        raise UnknownSubjectError(message) from None


def publishers() -> tuple[str, ...]:
    """Return the services that publish anything, by name."""
    return tuple(sorted({event.publisher() for event in events().values()}))


def published_by(publisher: str) -> tuple[type[Event], ...]:
    """Return the events of one service, by subject."""
    return tuple(event for event in events().values() if event.publisher() == publisher)


def streams() -> tuple[Stream, ...]:
    """Return every stream, by name."""
    return tuple(stream_of(publisher) for publisher in publishers())


def _stated_in(module_name: str) -> list[type[Event]]:
    module = importlib.import_module(module_name)
    return [
        event
        for _, event in inspect.getmembers(module, inspect.isclass)
        # A class without a subject of its own only holds what other events share.
        if event.__module__ == module_name and issubclass(event, Event) and "subject" in vars(event)
    ]


def _check(event: type[Event], module: str, found: Mapping[str, type[Event]]) -> None:
    if event.publisher() != module:
        message = f"{event.__name__} has the subject {event.subject!r} but stands in {event.__module__}"
        raise ValueError(message)
    if other := found.get(event.subject):
        message = f"{event.__name__} and {other.__name__} both have the subject {event.subject!r}"
        raise ValueError(message)
