"""The JetStream streams, derived from the events: one per publishing service.

Plain values that know nothing of a NATS client; whoever creates the streams translates them. Together the
settings say: what was acknowledged is on disk, a full stream refuses new events (they wait in the
publisher's outbox) rather than drop unread ones, and a repeated publish within ten minutes is stored once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from contracts.event import Event

KEPT_FOR = timedelta(days=30)
PUBLISHED_KEPT_FOR = timedelta(days=14)
SAME_MESSAGE_WITHIN = timedelta(minutes=10)
ROOM = 8 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream as it must be; a server's stream that differs is updated to this."""

    name: str
    subjects: tuple[str, ...]
    description: str
    storage: Literal["file"] = "file"
    retention: Literal["limits"] = "limits"
    discard: Literal["new"] = "new"
    """A full stream refuses what is new: unread events are never dropped to make room."""
    max_age: timedelta = KEPT_FOR
    """How long an event can be read from the stream; its publisher's history keeps it beyond that."""
    max_bytes: int = ROOM
    duplicate_window: timedelta = SAME_MESSAGE_WITHIN
    """Within this time a second message with the same `Nats-Msg-Id` is acknowledged and not stored."""
    allow_atomic: bool = True
    """Several events can be published as one batch, which costs one write to disk."""
    allow_direct: bool = True
    """Stored messages can be looked up without going through the stream's leader."""
    allow_msg_ttl: bool = False
    """A message may say how long it is to be kept."""


def stream_of(publisher: str) -> Stream:
    """Return the stream that keeps one service's events, or would if it published any."""
    return Stream(
        name=publisher.upper(),
        subjects=(f"care.{publisher}.>",),
        description=f"Everything that {publisher} states.",
    )


def stream_for(event: type[Event]) -> Stream:
    """Return the stream in which this event is found."""
    return stream_of(event.publisher())


REFERRALS = Stream(
    name="REFERRALS",
    subjects=("referrals.*.*.v1",),
    description="What partner organisations are told: referrals.<organization id>.<verb>.v1.",
    # What a client let a partner know lies no longer than it is of use; the pull feed has the rest.
    max_age=PUBLISHED_KEPT_FOR,
    allow_msg_ttl=True,
)
"""The one stream that is read outside; navigation provides it. What is withdrawn is deleted from it."""
