"""The partners' stream: notices go in, each partner has one consumer, and what is withdrawn is deleted.

What was acknowledged by the server is on disk there. A notice that is published again within the stream's
window is stored once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.published.cloud_event import PublishedEvent
from contracts.streams import REFERRALS
from services.navigation.model import streaming
from shared.outbox import UNDELIVERABLE
from shared.retry import describe
from shared.streams import ACK_WAIT_SECONDS, MOST_ACK_PENDING, ensure_stream

ACK_TIMEOUT = 2.0
MOST_WAITING_PULLS = 64
LARGEST_PULL = 256
NANOSECONDS = 1_000_000_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One notice as it goes out now. With `kept_for` the server deletes it by itself after that time."""

    event: PublishedEvent
    data: bytes
    kept_for: timedelta | None = None

    def headers(self) -> dict[str, str]:
        """The headers of the message."""
        if self.kept_for is None:
            return self.event.headers()
        seconds = max(1, math.ceil(self.kept_for.total_seconds()))
        return self.event.headers() | {"Nats-TTL": f"{seconds}s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """What goes out to one partner, in this order, and since when that partner is told by this way."""

    organization_id: UUID
    since: datetime
    letters: Sequence[Letter]


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a notice lies in the stream; `before`, when it was stored already and nothing was added."""

    sequence: int
    before: bool


class PartnersStream:
    """The stream, seen by navigation, who alone may write to it."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self._ready_since: int | None = None
        self._opened: set[tuple[UUID, datetime]] = set()

    @property
    def _jetstream(self) -> JetStreamContext:
        return self._connection.jetstream(timeout=ACK_TIMEOUT)

    @property
    def within_reach(self) -> bool:
        """Whether the server can be asked at this moment."""
        return self._connection.is_connected

    async def ready(self) -> None:
        """Make the stream be as declared, once for each time that we connected."""
        reconnects = int(self._connection.stats["reconnects"])
        if self._ready_since != reconnects:
            await ensure_stream(self._jetstream, REFERRALS)
            self._opened.clear()
            self._ready_since = reconnects

    async def open_for(self, organization_id: UUID, *, since: datetime) -> None:
        """Make sure that a partner who is told since that moment has its consumer, once while we live."""
        await self.ready()
        if (organization_id, since) not in self._opened:
            await self.ensure_consumer(organization_id)
            self._opened.add((organization_id, since))

    async def ensure_consumer(self, organization_id: UUID) -> None:
        """Make sure that a partner has its consumer; a new one begins with what is published from now on."""
        await self.ready()
        name, subject = streaming.durable_of(organization_id), streaming.subjects_of(organization_id)
        config = {
            "durable_name": name,
            "name": name,
            "description": "What one partner organisation has read.",
            "filter_subject": subject,
            "deliver_policy": "new",
            "ack_policy": "explicit",
            "ack_wait": ACK_WAIT_SECONDS * NANOSECONDS,
            "max_deliver": -1,
            "max_ack_pending": MOST_ACK_PENDING,
            "max_waiting": MOST_WAITING_PULLS,
            "max_batch": LARGEST_PULL,
            # A request that outlives what the server remembers of it would lose what is delivered to it.
            "max_expires": int(streaming.LONGEST_PULL.total_seconds()) * NANOSECONDS,
        }
        # nats-py knows no limits of requests. The subject names the filter, so that rights can hold to it.
        asked = f"$JS.API.CONSUMER.CREATE.{REFERRALS.name}.{name}.{subject}"
        body = json.dumps({"stream_name": REFERRALS.name, "config": config}).encode()
        answer = json.loads((await self._connection.request(asked, body, timeout=ACK_TIMEOUT)).data)
        if error := answer.get("error"):
            raise nats.js.errors.APIError.from_error(error)

    async def close_for(self, organization_id: UUID) -> None:
        """Take a partner's consumer away; that there is none is as good."""
        with contextlib.suppress(nats.js.errors.NotFoundError):
            await self._jetstream.delete_consumer(REFERRALS.name, streaming.durable_of(organization_id))

    async def publish(self, bags: Sequence[Bag]) -> dict[UUID, Stored]:
        """Publish each partner's letters in their order; where each was stored, by the event's id.

        A partner's letters end with the first that the server does not take; others go on.
        """
        stored: dict[UUID, Stored] = {}
        await asyncio.gather(*(self._in_order(bag, stored) for bag in bags))
        return stored

    async def _in_order(self, bag: Bag, stored: dict[UUID, Stored]) -> None:
        try:
            await self.open_for(bag.organization_id, since=bag.since)
            for letter in bag.letters:
                ack = await self._jetstream.publish(
                    letter.event.subject, letter.data, stream=REFERRALS.name, headers=letter.headers()
                )
                stored[letter.event.id] = Stored(ack.seq, before=bool(ack.duplicate))
        except UNDELIVERABLE as problem:
            log.warning("notices_postponed", notices=len(bag.letters), error=describe(problem))

    async def take_back(self, event_id: UUID, sequence: int) -> None:
        """Delete the message of a notice, so that it can be read no more; that it is gone is as good."""
        with contextlib.suppress(nats.js.errors.NotFoundError):
            message = await self._jetstream.get_msg(REFERRALS.name, sequence)
            # After a loss of its disk the server may have given the number to another.
            if (message.headers or {}).get("Nats-Msg-Id") == str(event_id):
                await self._jetstream.delete_msg(REFERRALS.name, sequence)
