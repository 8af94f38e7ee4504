"""The only place that makes identifiers."""

from __future__ import annotations

from uuid import UUID, uuid5

from uuid_utils import uuid7


def new_id() -> UUID:
    """A UUIDv7: unique, and growing with time, so that indexes stay compact."""
    return UUID(int=uuid7().int)


def derived_id(parent: UUID, *names: str) -> UUID:
    """The same identifier every time for the same parent and names (UUIDv5), so that a repeat repeats."""
    return uuid5(parent, "/".join(names))
