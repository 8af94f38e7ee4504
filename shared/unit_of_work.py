"""One transaction for everything that belongs together: effects, outgoing events and the inbox.

Whatever is written and published inside `Database.transaction()` commits together or not at all; the
events leave for the stream right after the commit. There is no `commit()` to forget.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.event import Envelope, Event
from shared.clock import Clock
from shared.db import Connection, Pool
from shared.ids import new_id
from shared.outbox import Outgoing, source_of

MOST_BYTES = 1_000_000
"""NATS takes messages of up to 1 MiB, headers included."""

WRITE_EVENTS = """
with written as (
    insert into event (id, type, about, correlation_id, causation_id, traceparent, occurred_at, data)
    select u.id, u.type, u.about, u.correlation_id, u.causation_id, u.traceparent, u.occurred_at, u.data::json
    from unnest(
        $1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[], $8::text[]
    ) as u (id, type, about, correlation_id, causation_id, traceparent, occurred_at, data)
)
insert into outbox (event_id) select unnest($1::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """The conversation and the trace that something outside started; what it causes carries both on."""

    correlation_id: UUID
    traceparent: str | None = None


class Transaction:
    """An open transaction. `now` is one moment of the domain's clock for all that happens in it."""

    def __init__(self, conn: Connection, *, now: datetime, origin: Origin) -> None:
        self.conn = conn
        self.now = now
        self._origin = origin
        self._outgoing: list[Outgoing] = []

    def publish(self, event: Event, *, cause: Envelope | None = None) -> UUID:
        """State an event, caused by the message with this envelope, or else by the request; return its id.

        It is written with the rest of the transaction and published after the commit. Raises `ValueError`
        when it is larger than the stream takes: committed, it could never leave the outbox.
        """
        envelope = Envelope(
            id=new_id(),
            type=event.subject,
            source=source_of(event.subject),
            time=self.now,
            about=event.about,
            correlation_id=cause.correlation_id if cause else self._origin.correlation_id,
            causation_id=cause.id if cause else None,
            traceparent=cause.traceparent if cause else self._origin.traceparent,
        )
        data = event.__pydantic_serializer__.to_json(event)
        if len(data) > MOST_BYTES:
            message = f"{event.subject} is too large to be published: {len(data)} bytes"
            raise ValueError(message)
        self._outgoing.append(Outgoing(envelope, data))
        return envelope.id

    @property
    def stated(self) -> tuple[UUID, ...]:
        """The ids of the events that were published here so far, in their order."""
        return tuple(outgoing.envelope.id for outgoing in self._outgoing)

    async def write_events(self) -> list[Outgoing]:
        """Write what was published to history and outbox, in one statement; return it for the publisher."""
        if self._outgoing:
            envelopes = [outgoing.envelope for outgoing in self._outgoing]
            await self.conn.execute(
                WRITE_EVENTS,
                [e.id for e in envelopes],
                [e.type for e in envelopes],
                [e.about for e in envelopes],
                [e.correlation_id for e in envelopes],
                [e.causation_id for e in envelopes],
                [e.traceparent for e in envelopes],
                [e.time for e in envelopes],
                [outgoing.data.decode() for outgoing in self._outgoing],
            )
        return self._outgoing


class Database:
    """The way to the service's own schema: transactions that publish, and plain reads."""

    def __init__(self, pool: Pool, *, hand_over: Callable[[Sequence[Outgoing]], None], clock: Clock) -> None:
        self.pool = pool
        self._hand_over = hand_over
        self._clock = clock

    @asynccontextmanager
    async def transaction(self, origin: Origin | None = None) -> AsyncIterator[Transaction]:
        """Open a transaction; commit when the block ends, roll back when it raises."""
        async with self.pool.acquire() as conn:
            async with conn.transaction():
                tx = Transaction(conn, now=self._clock.now(), origin=origin or Origin(new_id()))
                yield tx
                written = await tx.write_events()
            self._hand_over(written)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Borrow a connection for reads."""
        async with self.pool.acquire() as conn:
            yield conn
