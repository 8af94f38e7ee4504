"""Messages in: durable consumers declared beside their handlers, and what happens around every handler.

A handler gets the batch that is there, inside one transaction, and only messages whose effects were never
committed. Its effects, its outgoing events and the inbox rows commit together; acknowledgement follows. A
batch that fails is tried again one by one, so that one bad message never stops the rest. Errors are
judged by `shared.retry`; what can never be handled becomes a dead letter with its reason.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import structlog
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from contracts.event import Envelope, Event, HeaderError
from shared.dead_letters import DeadLetter, bury
from shared.pump import Pump
from shared.retry import ALONE_FROM, ATTEMPTS, Verdict, delay_for, describe, verdict_on
from shared.streams import ACK_WAIT_SECONDS, ensure_consumer
from shared.telemetry import BATCH_SIZE, DEAD, HANDLE_SECONDS, HANDLED, REPEATED, RETRIED, span_from
from shared.unit_of_work import Database

E = TypeVar("E", bound=Event)
F = TypeVar("F", bound=Callable[..., Awaitable[None]])

MARK = "__foothold_consumer__"
COLLISION_TRIES = 5
DEATHS = 3
"""How often a message may be begun without the process living to finish it."""

log = structlog.get_logger(__name__)

ACCEPT = """
insert into inbox (consumer, event_id)
select $1, event_id from unnest($2::uuid[]) as u (event_id)
order by event_id
on conflict do nothing
returning event_id
"""

BEGIN = """
insert into unfinished (consumer, event_id, begun) values ($1, $2, 1)
on conflict (consumer, event_id) do update set begun = unfinished.begun + 1
returning begun
"""

FINISH = "delete from unfinished where consumer = $1 and event_id = $2"

MARK_REPLAYED = "update dead_letter set replayed_at = clock_timestamp() where id = $1"


@dataclass(frozen=True, slots=True)
class Delivery(Generic[E]):
    """One event and the attributes it travelled with. Pass `envelope` on as the cause of what it leads to."""

    event: E
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Consumer:
    """A durable consumer as declared beside its handler: whose events it reads and under which name."""

    durable: str
    events: tuple[type[Event], ...]
    batch: int
    method: str

    @property
    def stream(self) -> str:
        """The one stream that all its events are in."""
        return self.events[0].stream()

    @property
    def subjects(self) -> list[str]:
        """The subjects it reads."""
        return [event.subject for event in self.events]


def on(*events: type[Event], durable: str, batch: int = 100) -> Callable[[F], F]:
    """Declare a handler of these events of one publisher. `durable` is stored state: never rename it lightly.

    The function itself is returned unchanged, so that tests can call it.
    """
    if len({event.stream() for event in events}) != 1:
        message = f"{durable}: a consumer reads the events of exactly one publisher"
        raise ValueError(message)

    def declare(function: F) -> F:
        setattr(function, MARK, Consumer(durable, events, batch, function.__name__))
        return function

    return declare


def consumers_of(handlers: type) -> list[Consumer]:
    """What a handlers class consumes, in the order of declaration."""
    found = (getattr(member, MARK, None) for member in vars(handlers).values())
    return [consumer for consumer in found if isinstance(consumer, Consumer)]


@dataclass(frozen=True, slots=True)
class Received:
    """A readable message with how often it has been delivered."""

    delivery: Delivery[Event]
    message: Msg
    deliveries: int


class Receiver:
    """What happens around one handler."""

    def __init__(
        self, consumer: Consumer, handler: Callable[..., Awaitable[None]], database: Database
    ) -> None:
        self.consumer = consumer
        self._handler = handler
        self._database = database
        self._types = {event.subject: event for event in consumer.events}
        self.stopping = asyncio.Event()

    async def receive(self, messages: Sequence[Msg]) -> None:
        """Handle what has arrived; every message ends acknowledged, handed back, or dead with a reason."""
        readable = [received for m in messages if (received := await self._read(m)) is not None]
        together = [received for received in readable if received.deliveries < ALONE_FROM]
        if together:
            await self._handle_together(together)
        for received in readable:
            if received.deliveries >= ALONE_FROM:
                await self._handle_alone(received)

    def parse(self, subject: str, headers: dict[str, str], body: bytes) -> Delivery[Event]:
        """Read a message; raises `HeaderError` or pydantic's `ValidationError` when it cannot be read."""
        envelope = Envelope.from_headers(headers)
        if envelope.type not in self._types:
            message = (
                f"ce-type {envelope.type} on subject {subject} is not one that {self.consumer.durable} reads"
            )
            raise HeaderError(message)
        return Delivery(self._types[envelope.type].model_validate_json(body), envelope)

    async def commit(self, deliveries: Sequence[Delivery[Event]], *, letter: UUID | None = None) -> None:
        """Handle deliveries in one transaction, skipping what was handled before; raises what went wrong.

        `letter` is the dead letter that is being replayed, to be marked in the same transaction.
        """
        distinct = {d.envelope.id: d for d in deliveries}
        async with self._database.transaction() as tx:
            accepted = {
                row["event_id"] for row in await tx.conn.fetch(ACCEPT, self.consumer.durable, list(distinct))
            }
            fresh = [delivery for event_id, delivery in distinct.items() if event_id in accepted]
            if fresh:
                await self._handler(tx, fresh)
            if letter is not None:
                await tx.conn.execute(MARK_REPLAYED, letter)
        name = self.consumer.durable
        HANDLED.labels(name).inc(len(fresh))
        REPEATED.labels(name).inc(len(deliveries) - len(fresh))
        BATCH_SIZE.labels(name).observe(len(deliveries))

    async def _commit_despite_collisions(self, received: Sequence[Received]) -> None:
        deliveries = [r.delivery for r in received]
        cause = deliveries[0].envelope
        for tries_left in reversed(range(COLLISION_TRIES)):
            try:
                with (
                    HANDLE_SECONDS.labels(self.consumer.durable).time(),
                    span_from(cause.traceparent, self.consumer.durable, kind=SpanKind.CONSUMER),
                    structlog.contextvars.bound_contextvars(
                        consumer=self.consumer.durable, correlation_id=str(cause.correlation_id)
                    ),
                ):
                    await self.commit(deliveries)
            except Exception as error:
                if tries_left == 0 or verdict_on(error) is not Verdict.COLLISION:
                    raise
                await asyncio.sleep(delay_for(1) / 20)
            else:
                return

    async def _handle_together(self, received: Sequence[Received]) -> None:
        try:
            await self._commit_despite_outages(received)
        except Exception as error:  # noqa: BLE001 - the verdict decides about every kind of error
            if len(received) == 1:
                await self._settle(received[0], error)
                return
            log.info(
                "batch_taken_apart", consumer=self.consumer.durable, size=len(received), error=describe(error)
            )
            for one in received:
                await self._handle_alone(one)
        else:
            for one in received:
                await one.message.ack()

    async def _commit_despite_outages(self, received: Sequence[Received]) -> None:
        """Outlast a database that is away, keeping the messages meanwhile; no other would fare better."""
        attempt = 0
        while True:
            try:
                return await self._commit_despite_collisions(received)
            except Exception as error:
                if self.stopping.is_set() or verdict_on(error) is not Verdict.OUTAGE:
                    raise
                attempt += 1
                log.warning("waiting_for_database", consumer=self.consumer.durable, error=describe(error))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        self.stopping.wait(), min(delay_for(attempt), ACK_WAIT_SECONDS / 3)
                    )
                for one in received:
                    await one.message.in_progress()

    async def _handle_alone(self, received: Received) -> None:
        """Handle one message by itself; one that kills the process again and again is put aside."""
        watched = received.deliveries >= ALONE_FROM
        try:
            if watched and await self._begin(received) > DEATHS:
                reason = f"it was begun {DEATHS} times and the process never finished it"
                await self._dead(received.message, reason)
                return
            await self._commit_despite_outages([received])
        except Exception as error:  # noqa: BLE001 - the verdict decides about every kind of error
            await self._settle(received, error)
        else:
            await received.message.ack()
        if watched:
            await self._finish(received)

    async def _begin(self, received: Received) -> int:
        async with self._database.pool.acquire() as connection:
            begun: int = await connection.fetchval(
                BEGIN, self.consumer.durable, received.delivery.envelope.id
            )
            return begun

    async def _finish(self, received: Received) -> None:
        try:
            async with self._database.pool.acquire() as connection:
                await connection.execute(FINISH, self.consumer.durable, received.delivery.envelope.id)
        except Exception as error:  # noqa: BLE001 - the message is settled; a suspicion too many is harmless
            log.warning("suspicion_kept", consumer=self.consumer.durable, error=describe(error))

    async def _settle(self, received: Received, error: Exception) -> None:
        match verdict_on(error):
            case Verdict.FAULT:
                await self._dead(received.message, str(error))
            case Verdict.UNEXPECTED | Verdict.COLLISION if received.deliveries >= ATTEMPTS:
                await self._dead(received.message, f"it failed {ATTEMPTS} times: {describe(error)}")
            case Verdict.OUTAGE | Verdict.LATER | Verdict.COLLISION | Verdict.UNEXPECTED:
                await self._hand_back(received, error)

    async def _hand_back(self, received: Received, error: Exception) -> None:
        RETRIED.labels(self.consumer.durable).inc()
        log.warning(
            "message_handed_back",
            consumer=self.consumer.durable,
            event_id=str(received.delivery.envelope.id),
            deliveries=received.deliveries,
            error=describe(error),
        )
        await received.message.nak(delay=delay_for(received.deliveries))

    async def _read(self, message: Msg) -> Received | None:
        try:
            delivery = self.parse(message.subject, message.headers or {}, message.data)
        except (HeaderError, ValidationError) as error:
            await self._dead(message, why_unreadable(error))
        else:
            return Received(delivery, message, message.metadata.num_delivered)
        return None

    async def _dead(self, message: Msg, reason: str) -> None:
        """Keep the message with the reason, then take it off the stream's hands."""
        letter = DeadLetter.of(message, consumer=self.consumer.durable, reason=reason)
        try:
            async with self._database.pool.acquire() as connection:
                await bury(connection, letter)
        except Exception as error:  # noqa: BLE001 - nothing is dropped while it cannot be kept
            log.warning("dead_letter_postponed", consumer=self.consumer.durable, error=describe(error))
            await message.nak(delay=delay_for(message.metadata.num_delivered))
            return
        DEAD.labels(self.consumer.durable).inc()
        log.error("message_dead", consumer=self.consumer.durable, dead_letter_id=str(letter.id))
        await message.ack()


def why_unreadable(error: HeaderError | ValidationError) -> str:
    """Why a message cannot be read: where and what, never the value, which may be what people said."""
    if isinstance(error, HeaderError):
        return str(error)
    faults = "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    )
    return f"the body does not fit the contract: {faults}"


def receivers(handlers: object, database: Database) -> list[Receiver]:
    """The receivers of a handlers object, one per declared consumer."""
    return [Receiver(c, getattr(handlers, c.method), database) for c in consumers_of(type(handlers))]


async def _as_received(message: Any) -> list[Msg]:  # noqa: ANN401 - FastStream's decoder protocol
    """FastStream's decoder: leave the messages as they are, for each to be validated by itself."""
    messages: list[Msg] = message.raw_message
    return messages


class Bus:
    """Joins receivers to FastStream subscribers, and starts and stops them in the right order."""

    def __init__(self, broker: NatsBroker, receivers: Sequence[Receiver], *, inbox_prefix: str) -> None:
        self._broker = broker
        self._receivers = receivers
        self._pumps = [self._subscribe(receiver, inbox_prefix) for receiver in receivers]

    def _subscribe(self, receiver: Receiver, inbox_prefix: str) -> Pump:
        consumer = receiver.consumer
        one = consumer.subjects[0] if len(consumer.subjects) == 1 else ""
        subscriber = self._broker.subscriber(
            one,
            stream=JStream(consumer.stream, declare=False),
            durable=consumer.durable,
            pull_sub=PullSub(batch_size=consumer.batch, batch=True),
            config=ConsumerConfig(filter_subjects=[] if one else consumer.subjects),
            decoder=_as_received,
            ack_policy=AckPolicy.MANUAL,
            inbox_prefix=f"{inbox_prefix}.".encode(),
            title=consumer.durable,
        )
        subscriber(receiver.receive)
        pump = Pump(subscriber, stream=consumer.stream, durable=consumer.durable, batch=consumer.batch)
        pump.install()
        return pump

    async def provision(self) -> None:
        """Make the durable consumers be as declared. Raises `Transient` while a stream is missing."""
        connection = await self._broker.connect()
        jetstream = connection.jetstream(timeout=5)
        for receiver in self._receivers:
            consumer = receiver.consumer
            await ensure_consumer(jetstream, consumer.stream, consumer.durable, consumer.subjects)

    async def start(self) -> None:
        """Start consuming; raises when FastStream does not do it our way."""
        await self._broker.start()
        await asyncio.gather(*(pump.begun() for pump in self._pumps))

    async def stop(self, grace: float) -> None:
        """Finish the batches in hand, hand back what was fetched and not begun."""
        for receiver in self._receivers:
            receiver.stopping.set()
        await asyncio.gather(*(pump.stop(grace) for pump in self._pumps))
