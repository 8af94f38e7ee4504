"""Envelopes for trying things out."""

from datetime import UTC, datetime
from uuid import UUID

from contracts.event import Envelope, Event


def envelope_of(event: type[Event], number: int = 1) -> Envelope:
    """Make the attributes that a publisher would give an event of this type."""
    return Envelope(
        id=UUID(int=number),
        type=event.subject,
        source=f"/foothold/{event.publisher()}",
        time=datetime(2026, 11, 2, 15, 0, tzinfo=UTC),
        about=UUID(int=2),
        correlation_id=UUID(int=3),
    )
