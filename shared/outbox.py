"""From commit to stream: every committed event is published, in batches, whatever dies in between.

Straight after a commit the events are handed over in memory and go out with whatever else is waiting, as
one atomic JetStream batch (one fsync). The outbox row is deleted only after the server's acknowledgement,
so that a crash at any line leaves it for the sweeper. A second publish of the same event is dropped by
the server (`Nats-Msg-Id`) and, beyond its window, by the readers' inbox.

There is no visibility gap: a row's presence is its state; nothing reads "greater than the last id seen".
Order within one process is commit order; readers must not depend on it.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import APIError

from contracts.event import Envelope
from shared.db import Connection, Pool, Record
from shared.ids import new_id
from shared.retry import describe
from shared.telemetry import OUTBOX_AGE, PUBLISH_SECONDS, PUBLISHED

MOST_AT_ONCE = 500
ATOMIC_FROM = 12
"""From so many events on an atomic batch is faster: it costs the server a staging folder, and one fsync
instead of one each. Measured with `sync_interval: always`: 4 events take 2.2 ms singly and 3.7 ms as a
batch, 16 take 6 either way, 64 take 23 and 11.
"""
ACK_TIMEOUT = 2.0
STALE_AFTER_SECONDS = 2.0
SWEEP_EVERY_SECONDS = 0.5
MARK_PAUSE_SECONDS = 0.03
DUPLICATE_IN_BATCH = 10201
UNDELIVERABLE = (nats.errors.Error, APIError, OSError, TimeoutError, asyncio.TimeoutError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event, ready for the wire."""

    envelope: Envelope
    data: bytes


class PublishFailed(Exception):  # noqa: N818 - a state, not a mistake
    """The server did not take the events; they wait in the outbox."""


MARK_PUBLISHED = """
with sent as (
    select * from unnest($1::uuid[], $2::bigint[]) as s (event_id, stream_sequence)
), gone as (
    delete from outbox where event_id in (select event_id from sent)
)
insert into publication (event_id, stream_sequence)
select event_id, stream_sequence from sent
on conflict (event_id) do nothing
"""

TRY_SWEEP_LOCK = "select pg_try_advisory_xact_lock(hashtext(current_schema() || '/outbox-sweeper'))"

STALE = """
select e.id, e.type, e.about, e.correlation_id, e.causation_id, e.traceparent, e.occurred_at,
    e.data::text as data
from outbox o
join event e on e.id = o.event_id
where o.enqueued_at < clock_timestamp() - make_interval(secs => $1)
order by o.event_id
limit $2
"""

OLDEST = "select extract(epoch from clock_timestamp() - min(enqueued_at))::float8 from outbox"


async def publish(connection: Client, batch: Sequence[Outgoing]) -> list[int]:
    """Publish events of one stream and return their stream sequences, in order. All are stored, or raises.

    Many go as one atomic batch. If one of them is in the stream already the server refuses the batch; then
    each is sent by itself, as a few are anyway, and a repeat is acknowledged with its first sequence.
    """
    with PUBLISH_SECONDS.time():
        if len(batch) < ATOMIC_FROM:
            return await _one_by_one(connection, batch)
        sequences = await _atomically(connection, batch)
        return sequences if sequences is not None else await _one_by_one(connection, batch)


async def _atomically(connection: Client, batch: Sequence[Outgoing]) -> list[int] | None:
    batch_id = new_id().hex
    last = len(batch)
    for number, outgoing in enumerate(batch[:-1], 1):
        headers = outgoing.envelope.headers() | {
            "Nats-Batch-Id": batch_id,
            "Nats-Batch-Sequence": str(number),
        }
        await connection.publish(outgoing.envelope.type, outgoing.data, headers=headers)
    headers = batch[-1].envelope.headers() | {
        "Nats-Batch-Id": batch_id,
        "Nats-Batch-Sequence": str(last),
        "Nats-Batch-Commit": "1",
    }
    answer = await connection.request(
        batch[-1].envelope.type, batch[-1].data, timeout=ACK_TIMEOUT, headers=headers
    )
    result = json.loads(answer.data)
    if error := result.get("error"):
        if error.get("err_code") == DUPLICATE_IN_BATCH:
            return None
        raise PublishFailed(str(error.get("description", error)))
    final = int(result["seq"])
    return list(range(final - last + 1, final + 1))


async def _one_by_one(connection: Client, batch: Sequence[Outgoing]) -> list[int]:
    stream: JetStreamContext = connection.jetstream(timeout=ACK_TIMEOUT)
    try:
        acks = await asyncio.gather(
            *(stream.publish(o.envelope.type, o.data, headers=o.envelope.headers()) for o in batch)
        )
    except APIError as refused:
        raise PublishFailed(str(refused.description)) from None
    return [ack.seq for ack in acks]


class Publisher:
    """Publishes what was committed. One per process; `hand_over` never blocks and never fails."""

    def __init__(self, pool: Pool, connection: Client) -> None:
        self._pool = pool
        self._connection = connection
        self._waiting: deque[Outgoing] = deque()
        self._published: deque[tuple[UUID, int]] = deque()
        self._work = asyncio.Event()
        self._marks = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def start(self) -> None:
        """Start publishing, marking and sweeping."""
        self._tasks = [
            asyncio.create_task(self._publish_forever(), name="outbox-publisher"),
            asyncio.create_task(self._mark_forever(), name="outbox-marker"),
            asyncio.create_task(self._sweep_forever(), name="outbox-sweeper"),
        ]

    async def stop(self) -> None:
        """Send and mark what is waiting if the servers answer; whatever is left is in the outbox anyway."""
        self._stopping = True
        self._work.set()
        publishing, marking, sweeping = self._tasks
        await _end(publishing, within=ACK_TIMEOUT)
        await _end(sweeping, within=0)
        self._marks.set()
        await _end(marking, within=ACK_TIMEOUT)

    def hand_over(self, events: Iterable[Outgoing]) -> None:
        """Take committed events to be published as soon as possible."""
        self._waiting.extend(events)
        self._work.set()

    async def _publish_forever(self) -> None:
        while True:
            if not self._waiting:
                if self._stopping:
                    return
                self._work.clear()
                await self._work.wait()
                continue
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            try:
                self._remember(batch, await publish(self._connection, batch))
            except (*UNDELIVERABLE, PublishFailed) as problem:
                # Everything waiting is in the outbox: the sweeper brings it when the server is back.
                log.warning(
                    "publish_postponed", events=len(batch) + len(self._waiting), error=describe(problem)
                )
                self._waiting.clear()

    def _remember(self, batch: Sequence[Outgoing], sequences: Sequence[int]) -> None:
        PUBLISHED.inc(len(batch))
        self._published.extend(zip((o.envelope.id for o in batch), sequences, strict=True))
        self._marks.set()

    async def _mark_forever(self) -> None:
        publishing = self._tasks[0]
        while True:
            while self._published:
                await self._mark()
                if not publishing.done():
                    # Nobody waits for the marks: a few at a time would cost a commit each.
                    await asyncio.sleep(MARK_PAUSE_SECONDS)
            if publishing.done():
                return
            self._marks.clear()
            await self._marks.wait()

    async def _mark(self) -> None:
        marks = [self._published.popleft() for _ in range(len(self._published))]
        if not marks:
            return
        try:
            async with self._pool.acquire() as connection:
                await mark_published(connection, marks)
        except Exception as problem:  # noqa: BLE001 - whatever it was, the rows are still there to be swept
            log.warning("marking_postponed", events=len(marks), error=describe(problem))

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_SECONDS)
            try:
                while await self.sweep() == MOST_AT_ONCE:
                    pass
            except Exception as problem:  # noqa: BLE001 - it must survive any outage of either server
                log.warning("sweep_postponed", error=describe(problem))

    async def sweep(self, *, older_than: float = STALE_AFTER_SECONDS) -> int:
        """Publish what a crash or an outage left behind, at most one batch; return how many it was.

        One sweeper at a time works on a schema; the others return 0 at once.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(TRY_SWEEP_LOCK):
                return 0
            OUTBOX_AGE.set(await connection.fetchval(OLDEST) or 0.0)
            stale = [_outgoing(row) for row in await connection.fetch(STALE, older_than, MOST_AT_ONCE)]
            if stale:
                sequences = await publish(self._connection, stale)
                ids = [outgoing.envelope.id for outgoing in stale]
                await mark_published(connection, list(zip(ids, sequences, strict=True)))
                log.info("outbox_swept", events=len(stale))
            return len(stale)


async def _end(task: asyncio.Task[None], *, within: float) -> None:
    """Give a task time to end by itself, then cancel it."""
    await asyncio.wait([task], timeout=within)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def mark_published(connection: Connection, marks: Sequence[tuple[UUID, int]]) -> None:
    """Record where the events are in the stream and take them off the outbox; safe to repeat."""
    await connection.execute(MARK_PUBLISHED, [m[0] for m in marks], [m[1] for m in marks])


def _outgoing(row: Record) -> Outgoing:
    envelope = Envelope(
        id=row["id"],
        type=row["type"],
        source=source_of(row["type"]),
        time=row["occurred_at"],
        about=row["about"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
    )
    return Outgoing(envelope, row["data"].encode())


def source_of(event_type: str) -> str:
    """The CloudEvents source: the publishing service, read off the type."""
    return "/foothold/" + event_type.split(".")[1]
