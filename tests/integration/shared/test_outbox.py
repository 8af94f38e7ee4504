"""From commit to stream: whatever dies or stays away in between, each committed event arrives once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from contracts.streams import stream_of
from deploy.local.servers import MessageServer
from shared.clock import RatedClock
from shared.db import Pool, create_pool
from shared.ids import new_id
from shared.outbox import ATOMIC_FROM, MOST_AT_ONCE, Outgoing, Publisher, PublishFailed, publish
from shared.run import close_pool
from shared.streams import ensure_stream
from shared.unit_of_work import Database, Origin, Transaction
from tests.integration.shared.parcels import ParcelPacked
from tests.support.database import Database as Schema
from tests.support.eventually import eventually


@dataclass
class Depot:
    """What publishes in a service, and nothing else of it. Until `running`, commits are handed to nobody."""

    pool: Pool
    bus: Client
    admin: asyncpg.Connection[asyncpg.Record]
    committed: list[Outgoing] = field(default_factory=list)

    def publisher(self) -> Publisher:
        return Publisher(self.pool, self.bus)

    def database(self, publisher: Publisher | None = None) -> Database:
        hand_over = publisher.hand_over if publisher else self.committed.extend
        return Database(self.pool, hand_over=hand_over, clock=RatedClock())

    async def pack(self, count: int, publisher: Publisher | None = None) -> list[UUID]:
        async with self.database(publisher).transaction() as tx:
            return [tx.publish(ParcelPacked(parcel_id=new_id(), weight=n)) for n in range(count)]

    async def waiting(self) -> int:
        return int(await self.admin.fetchval("select count(*) from intake.outbox"))

    async def stored(self) -> int:
        return int((await self.bus.jetstream().stream_info("INTAKE")).state.messages)

    async def recorded_and_there(self) -> dict[UUID, bool]:
        """For each event said to be published, whether it is at that very place in the stream."""
        rows = await self.admin.fetch("select event_id, stream_sequence from intake.publication")
        jetstream = self.bus.jetstream()
        found = {}
        for row in rows:
            message = await jetstream.get_msg("INTAKE", row["stream_sequence"], direct=True)
            found[row["event_id"]] = (message.headers or {}).get("ce-id") == str(row["event_id"])
        return found


@pytest.fixture
async def depot(
    database: Schema, bus: Client, admin: asyncpg.Connection[asyncpg.Record]
) -> AsyncIterator[Depot]:
    pool = await create_pool(database.url("intake"), schema="intake", size=14, application="test-depot")
    await ensure_stream(bus.jetstream(), stream_of("intake"))
    yield Depot(pool, bus, admin)
    await close_pool(pool)


@pytest.fixture
async def publisher(depot: Depot) -> AsyncIterator[Publisher]:
    publisher = depot.publisher()
    await publisher.start()
    yield publisher
    await publisher.stop()


async def test_what_is_rolled_back_is_neither_history_nor_published(
    depot: Depot, publisher: Publisher
) -> None:
    with pytest.raises(LookupError):
        async with depot.database(publisher).transaction() as tx:
            tx.publish(ParcelPacked(parcel_id=new_id(), weight=1))
            raise LookupError

    await depot.pack(1, publisher)
    await eventually(depot.stored, 1)
    assert await depot.admin.fetchval("select count(*) from intake.event") == 1


async def test_each_event_is_recorded_where_it_is_in_the_stream(depot: Depot, publisher: Publisher) -> None:
    lone = await depot.pack(1, publisher)
    many = await depot.pack(MOST_AT_ONCE + 50, publisher)

    await eventually(depot.waiting, 0)
    assert await depot.recorded_and_there() == dict.fromkeys([*lone, *many], True)
    assert await depot.stored() == MOST_AT_ONCE + 51


async def test_a_crash_between_commit_and_publish_leaves_it_to_the_sweeper(depot: Depot) -> None:
    ids = await depot.pack(3)

    assert await depot.publisher().sweep(older_than=0) == 3

    assert await depot.recorded_and_there() == dict.fromkeys(ids, True)
    assert (await depot.waiting(), await depot.stored()) == (0, 3)


async def test_what_was_just_committed_is_not_swept_from_under_its_publisher(depot: Depot) -> None:
    await depot.pack(3)

    assert await depot.publisher().sweep() == 0
    assert await depot.waiting() == 3


async def test_a_crash_between_publish_and_mark_stores_nothing_twice(depot: Depot) -> None:
    ids = await depot.pack(3)
    sequences = await publish(depot.bus, depot.committed)

    assert await depot.publisher().sweep(older_than=0) == 3

    assert sequences == [1, 2, 3]
    assert await depot.recorded_and_there() == dict.fromkeys(ids, True)
    assert (await depot.waiting(), await depot.stored()) == (0, 3)


async def test_a_batch_with_a_repeat_in_it_is_stored_one_by_one(depot: Depot) -> None:
    ids = await depot.pack(ATOMIC_FROM)
    await publish(depot.bus, depot.committed[2:3])

    sequences = await publish(depot.bus, depot.committed)

    assert sequences[2] == 1
    assert sorted(sequences) == list(range(1, ATOMIC_FROM + 1))
    await depot.publisher().sweep(older_than=0)
    assert await depot.recorded_and_there() == dict.fromkeys(ids, True)


async def test_only_one_copy_sweeps_at_a_time(depot: Depot) -> None:
    await depot.pack(10)
    async with depot.pool.acquire() as other, other.transaction():
        assert await other.fetchval(
            "select pg_try_advisory_xact_lock(hashtext('intake' || '/outbox-sweeper'))"
        )
        assert await depot.publisher().sweep(older_than=0) == 0

    swept = await asyncio.gather(*(depot.publisher().sweep(older_than=0) for _ in range(4)))

    assert sum(swept) == 10
    assert (await depot.waiting(), await depot.stored()) == (0, 10)


async def test_slow_transactions_among_ten_writers_leave_no_gap(depot: Depot) -> None:
    """Ids and times are given out before the commit; who reads past the highest seen would lose events."""
    writing = asyncio.Event()
    writing.set()

    async def write(writer: int) -> None:
        chance = random.Random(writer)
        for number in range(10):
            async with depot.pool.acquire() as conn, conn.transaction():
                tx = Transaction(conn, now=RatedClock().now(), origin=Origin(new_id()))
                tx.publish(ParcelPacked(parcel_id=new_id(), weight=number))
                await tx.write_events()
                await asyncio.sleep(chance.choice((0, 0, 0.01, 0.05)))  # so that others overtake it

    async def sweep() -> None:
        while writing.is_set():
            await depot.publisher().sweep(older_than=0)

    sweeping = asyncio.create_task(sweep())
    await asyncio.gather(*(write(writer) for writer in range(10)))
    writing.clear()
    await sweeping
    await depot.publisher().sweep(older_than=0)

    found = await depot.recorded_and_there()
    assert len(found) == 100
    assert all(found.values())
    assert (await depot.waiting(), await depot.stored()) == (0, 100)


async def test_events_wait_while_nats_is_away_and_go_out_when_it_is_back(
    depot: Depot, publisher: Publisher, nats: MessageServer
) -> None:
    await nats.kill()
    try:
        ids = [*await depot.pack(1, publisher), *await depot.pack(4, publisher)]
        assert await depot.waiting() == 5
    finally:
        await nats.start()

    await eventually(depot.waiting, 0, within=15)
    assert await depot.recorded_and_there() == dict.fromkeys(ids, True)
    assert await depot.stored() == 5


async def test_a_full_stream_makes_events_wait_and_loses_none(depot: Depot, publisher: Publisher) -> None:
    jetstream = depot.bus.jetstream()
    config = (await jetstream.stream_info("INTAKE")).config
    config.max_msgs = 1
    await jetstream.update_stream(config)
    await depot.pack(1, publisher)
    await eventually(depot.waiting, 0)

    await depot.pack(4, publisher)
    await depot.pack(1, publisher)
    with pytest.raises(PublishFailed):
        await depot.publisher().sweep(older_than=0)
    assert (await depot.waiting(), await depot.stored()) == (5, 1)

    config.max_msgs = -1
    await jetstream.update_stream(config)
    await eventually(depot.waiting, 0, within=10)
    assert await depot.stored() == 6
    assert all((await depot.recorded_and_there()).values())


async def test_events_wait_for_a_stream_that_is_not_there(depot: Depot, publisher: Publisher) -> None:
    jetstream = depot.bus.jetstream()
    await jetstream.delete_stream("INTAKE")
    await depot.pack(1, publisher)
    await depot.pack(2, publisher)
    with pytest.raises(NotFoundError):
        await jetstream.stream_info("INTAKE")
    assert await depot.waiting() == 3

    await ensure_stream(jetstream, stream_of("intake"))

    await eventually(depot.waiting, 0, within=10)
    assert await depot.stored() == 3


async def test_an_event_too_large_for_the_stream_is_refused_before_the_commit(depot: Depot) -> None:
    async with depot.database().transaction() as tx:
        with pytest.raises(ValueError, match="too large"):
            tx.publish(Letter(parcel_id=new_id(), weight=1, content="x" * 1_000_000))

    assert await depot.waiting() == 0


class Letter(ParcelPacked):
    """A parcel that can hold a lot of text."""

    content: str


async def test_history_cannot_be_changed_by_the_service(depot: Depot) -> None:
    await depot.pack(1)
    await depot.publisher().sweep(older_than=0)

    for statement in (
        "update event set data = '{}'",
        "delete from event",
        "truncate event",
        "update publication set stream_sequence = 0",
        "delete from publication",
        "update schema_migration set checksum = ''",
        "drop table event",
        "alter table event disable trigger all",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await depot.pool.execute(statement)


async def test_events_carry_their_cause_and_conversation(depot: Depot) -> None:
    origin = Origin(new_id(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    async with depot.database().transaction(origin) as tx:
        tx.publish(ParcelPacked(parcel_id=new_id(), weight=1))
    first = depot.committed[0].envelope
    async with depot.database().transaction() as tx:
        tx.publish(ParcelPacked(parcel_id=new_id(), weight=2), cause=first)

    await depot.publisher().sweep(older_than=0)

    headers: Sequence[dict[str, str]] = [
        (await depot.bus.jetstream().get_msg("INTAKE", n, direct=True)).headers or {} for n in (1, 2)
    ]
    assert [h["ce-correlationid"] for h in headers] == [str(origin.correlation_id)] * 2
    assert [h["traceparent"] for h in headers] == [origin.traceparent] * 2
    assert headers[1]["ce-causationid"] == headers[0]["ce-id"] == headers[0]["Nats-Msg-Id"]
    assert "ce-causationid" not in headers[0]


async def test_stopping_sends_what_was_handed_over(depot: Depot) -> None:
    async with AsyncExitStack() as stack:
        publisher = depot.publisher()
        await publisher.start()
        stack.push_async_callback(publisher.stop)
        await depot.pack(1, publisher)
        await depot.pack(20, publisher)

    assert (await depot.waiting(), await depot.stored()) == (0, 21)
