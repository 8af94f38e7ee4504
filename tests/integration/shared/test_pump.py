"""The contract between our pull loop and the pinned FastStream, on a real nats-server.

Everything here goes through the same Bus and the same broker settings as the services do; only what
happens around a handler is left out.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo

import shared.pump
from contracts.streams import stream_of
from deploy.local.servers import MessageServer
from shared.bus import Bus, Consumer, Receiver
from shared.run import _broker
from shared.settings import ServiceSettings
from shared.streams import ensure_consumer, ensure_stream
from tests.integration.shared.parcels import ParcelPacked
from tests.support.eventually import eventually
from tests.support.running import PUBLIC_KEY
from tests.support.servers import NATS_PASSWORD, NATS_USER

DURABLE = "barriers-parcel-packed"
GRACE = 3.0


class Reader:
    """Stands where a receiver stands: notes what it is given, and acknowledges it once it may go on."""

    def __init__(self, batch: int = 100) -> None:
        self.consumer = Consumer(DURABLE, (ParcelPacked,), batch, "receive")
        self.stopping = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.begun: list[int] = []
        self.batches: list[list[int]] = []

    @property
    def seen(self) -> Counter[int]:
        return Counter(number for batch in self.batches for number in batch)

    async def receive(self, messages: Sequence[Msg]) -> None:
        self.begun.append(len(messages))
        await self.go_on.wait()
        for message in messages:
            await message.ack()
        self.batches.append([int(message.data) for message in messages])


@asynccontextmanager
async def reading(nats: MessageServer, reader: Reader) -> AsyncIterator[Bus]:
    settings = ServiceSettings.model_validate(
        {
            "database_url": "postgresql://nobody@127.0.0.1/nothing",
            "nats_url": nats.url,
            "nats_user": NATS_USER,
            "nats_password": NATS_PASSWORD,
            "token_public_key": PUBLIC_KEY,
        }
    )
    broker = _broker("barriers", settings)
    bus = Bus(broker, [cast("Receiver", reader)], inbox_prefix="_INBOX_barriers")
    try:
        await bus.provision()
        await bus.start()
        yield bus
        await bus.stop(GRACE)
    finally:
        await broker.stop()


@pytest.fixture
async def stream(bus: Client) -> Client:
    await ensure_stream(bus.jetstream(), stream_of("intake"))
    return bus


async def send(bus: Client, numbers: Sequence[int]) -> None:
    jetstream = bus.jetstream(timeout=10)
    await asyncio.gather(*(jetstream.publish(ParcelPacked.subject, str(n).encode()) for n in numbers))


async def consumer(bus: Client) -> ConsumerInfo:
    info: ConsumerInfo = await bus.jetstream().consumer_info("INTAKE", DURABLE)
    return info


async def unsettled(bus: Client) -> tuple[int | None, int | None]:
    """How many messages the server still has to deliver, and how many it waits to hear of."""
    info = await consumer(bus)
    return info.num_pending, info.num_ack_pending


async def test_a_lone_message_is_handed_over_before_another_comes(
    stream: Client, nats: MessageServer
) -> None:
    reader = Reader()
    async with reading(nats, reader), asyncio.timeout(4):  # FastStream's own loop lingers 5 s for each
        for number in range(30):
            await send(stream, [number])
            await eventually(lambda: sum(reader.seen.values()), number + 1)

    assert reader.batches == [[number] for number in range(30)]


async def test_a_batch_is_as_large_as_the_load_makes_it(stream: Client, nats: MessageServer) -> None:
    reader = Reader(batch=100)
    async with reading(nats, reader):
        reader.go_on.clear()
        await send(stream, [0])
        await eventually(lambda: reader.begun, [1])
        await send(stream, range(1, 500))
        reader.go_on.set()
        await eventually(lambda: sum(reader.seen.values()), 500)
        await eventually(lambda: unsettled(stream), (0, 0))

    assert reader.begun[0] == 1
    assert max(reader.begun) == 100


async def test_everything_is_delivered_exactly_once_under_load(stream: Client, nats: MessageServer) -> None:
    reader = Reader()
    async with reading(nats, reader):
        for start in range(0, 2000, 100):
            await send(stream, range(start, start + 100))
        await eventually(lambda: sum(reader.seen.values()), 2000, within=10)
        await eventually(lambda: unsettled(stream), (0, 0))

    assert reader.seen == Counter(range(2000))


async def test_nothing_is_stranded_when_the_server_dies_in_the_middle(
    stream: Client, nats: MessageServer
) -> None:
    reader = Reader(batch=10)
    async with reading(nats, reader):
        # What was on its way when the server died comes again after the acknowledgement time.
        await stream.jetstream().add_consumer(
            "INTAKE",
            ConsumerConfig(
                durable_name=DURABLE,
                filter_subject=ParcelPacked.subject,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=1,
                max_ack_pending=1000,
            ),
        )
        await send(stream, range(300))
        await eventually(lambda: len(reader.seen) > 0)
        await nats.kill()
        await nats.start()
        await eventually(lambda: stream.is_connected)
        await send(stream, range(300, 350))
        await eventually(lambda: set(reader.seen), set(range(350)), within=15)
        await eventually(lambda: unsettled(stream), (0, 0), within=10)


async def test_reading_goes_on_at_once_after_a_quiet_restart(stream: Client, nats: MessageServer) -> None:
    reader = Reader()
    async with reading(nats, reader):
        await send(stream, [1])
        await eventually(lambda: unsettled(stream), (0, 0))
        await nats.kill()
        await nats.start()
        await eventually(lambda: stream.is_connected)
        await send(stream, [2])
        # Sooner than two missed heartbeats would tell it that its requests are gone.
        await eventually(lambda: set(reader.seen), {1, 2}, within=2 * shared.pump.HEARTBEAT_SECONDS - 3)


async def test_reading_goes_on_when_the_consumer_was_deleted_and_made_again(
    stream: Client, nats: MessageServer
) -> None:
    reader = Reader()
    async with reading(nats, reader):
        await send(stream, [1])
        await eventually(lambda: set(reader.seen), {1})
        await stream.jetstream().delete_consumer("INTAKE", DURABLE)
        await ensure_consumer(stream.jetstream(), "INTAKE", DURABLE, [ParcelPacked.subject])
        await send(stream, [2])
        await eventually(lambda: set(reader.seen), {1, 2})
        await eventually(lambda: unsettled(stream), (0, 0))


async def test_what_was_fetched_and_not_begun_goes_to_another_copy_at_once(
    stream: Client, nats: MessageServer
) -> None:
    stopping, other = Reader(batch=10), Reader(batch=10)
    async with reading(nats, stopping) as bus:
        stopping.go_on.clear()
        await send(stream, [0])
        await eventually(lambda: stopping.begun, [1])
        await send(stream, range(1, 11))
        await eventually(lambda: len(bus._pumps[0]._arrived), 10)
        async with reading(nats, other):
            stop = asyncio.create_task(bus.stop(GRACE))
            await eventually(stopping.stopping.is_set)
            stopping.go_on.set()
            await stop
            # Well before the 30 s after which the server would notice by itself.
            await eventually(lambda: set(other.seen), set(range(1, 11)))
            await eventually(lambda: unsettled(stream), (0, 0))

    assert stopping.batches == [[0]]


async def test_copies_share_the_work_and_none_of_it_twice(stream: Client, nats: MessageServer) -> None:
    one, two = Reader(batch=10), Reader(batch=10)
    async with reading(nats, one), reading(nats, two):
        await send(stream, range(500))
        await eventually(lambda: sum((one.seen + two.seen).values()), 500, within=10)

    assert one.seen + two.seen == Counter(range(500))
    assert one.seen
    assert two.seen


async def test_a_batch_in_hand_is_finished_before_the_stop(stream: Client, nats: MessageServer) -> None:
    reader = Reader()
    async with reading(nats, reader) as bus:
        reader.go_on.clear()
        await send(stream, [1])
        await eventually(lambda: reader.begun, [1])
        stop = asyncio.create_task(bus.stop(GRACE))
        await eventually(reader.stopping.is_set)
        assert not stop.done()
        reader.go_on.set()
        await stop

    assert reader.batches == [[1]]


async def test_the_start_fails_when_faststream_no_longer_runs_our_loop(
    stream: Client, nats: MessageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def another_loop(self: BatchPullStreamSubscriber) -> None:
        self.add_task(self._stock_loop)  # type: ignore[attr-defined]

    async def stock_loop(_self: BatchPullStreamSubscriber) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(BatchPullStreamSubscriber, "_stock_loop", stock_loop, raising=False)
    monkeypatch.setattr(BatchPullStreamSubscriber, "_create_subscription", another_loop)
    monkeypatch.setattr(shared.pump, "BEGIN_WITHIN_SECONDS", 0.2)

    with pytest.raises(RuntimeError, match="FastStream"):
        async with reading(nats, Reader()):
            pass


async def test_the_start_fails_when_faststream_has_no_such_loop_to_replace(
    nats: MessageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(BatchPullStreamSubscriber, "_consume_pull")

    with pytest.raises(RuntimeError, match="FastStream"):
        async with reading(nats, Reader()):
            pass
