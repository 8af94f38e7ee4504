"""The pull loop that replaces FastStream's for batch subscribers: as fast as messages come, nothing stranded.

FastStream 0.7.8 waits until a batch is full or a time-out has passed, and loses what it fetched when
nats-py times out in between (docs/decisions/0003). Here two pull requests overlap, and a batch is simply
what has arrived: a lone message never waits, and under load a batch is as large as the load makes it.

Rests on `BatchPullStreamSubscriber._consume_pull`, `.running` and `.consume` of the pinned FastStream;
tests/integration/shared/test_pump.py proves that they still mean the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque

import nats.errors
import structlog
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

REQUEST_SECONDS = 30
HEARTBEAT_SECONDS = 5
LOOK_EVERY_SECONDS = 0.5
PAUSE_SECONDS = 0.25
LULL_SECONDS = 0.01
BEGIN_WITHIN_SECONDS = 5.0
HEARTBEAT = "100"

log = structlog.get_logger(__name__)


class Pump:
    """Feeds one batch subscriber from its durable consumer."""

    def __init__(
        self, subscriber: BatchPullStreamSubscriber, *, stream: str, durable: str, batch: int
    ) -> None:
        self._subscriber = subscriber
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._durable = durable
        self._batch = batch
        self._arrived: deque[Msg] = deque()
        self._news = asyncio.Event()
        self._outstanding = 0
        self._heard_at = 0.0
        self._not_before = 0.0
        self._worked_at = 0.0
        self._reconnects = 0
        self._stopping = False
        self._begun = asyncio.Event()
        self._stopped = asyncio.Event()
        self._request = json.dumps(
            {
                "batch": batch,
                "expires": REQUEST_SECONDS * 1_000_000_000,
                "idle_heartbeat": HEARTBEAT_SECONDS * 1_000_000_000,
            }
        ).encode()

    def install(self) -> None:
        """Take the place of the subscriber's own pull loop; raises when there is none any more."""
        if not hasattr(self._subscriber, "_consume_pull"):
            message = "this FastStream has no pull loop that can be replaced; see docs/decisions/0003"
            raise RuntimeError(message)
        self._subscriber._consume_pull = self.run  # type: ignore[method-assign]  # noqa: SLF001 - the point

    async def begun(self) -> None:
        """Wait until the loop runs; raises when FastStream runs another one in its place."""
        try:
            await asyncio.wait_for(self._begun.wait(), BEGIN_WITHIN_SECONDS)
        except TimeoutError:
            message = f"{self._durable}: this FastStream does not run our pull loop; see docs/decisions/0003"
            raise RuntimeError(message) from None

    async def run(self) -> None:
        """Pull and hand over until stopped; then give back what was not handed over."""
        self._begun.set()
        connection = self._subscriber.connection
        self._stopping = False
        self._stopped.clear()
        inbox = connection.new_inbox()
        subscription = await connection.subscribe(inbox, cb=self._take)
        self._reconnects = connection.stats["reconnects"]
        self._heard_at = time.monotonic()
        try:
            while not self._stopping:
                await self._ask_for_more(inbox)
                await self._let_gather()
                batch = [self._arrived.popleft() for _ in range(min(self._batch, len(self._arrived)))]
                if batch:
                    await self._subscriber.consume(batch)
                    self._worked_at = time.monotonic()
                else:
                    await self._wait_for_news()
        finally:
            await self._give_back(subscription)

    async def stop(self, grace: float) -> None:
        """Stop pulling, let the batch in hand finish within `grace` seconds, hand the rest back."""
        if not self._subscriber.running:
            return
        self._stopping = True
        self._news.set()
        try:
            await asyncio.wait_for(self._stopped.wait(), grace)
        except TimeoutError:
            log.warning("pump_stopped_in_the_middle", consumer=self._durable)

    async def _take(self, message: Msg) -> None:
        """Receive a message, or a status line about a pull request."""
        self._heard_at = time.monotonic()
        status = message.headers.get("Status") if message.headers and not message.data else None
        if status is None:
            self._outstanding -= 1
            self._arrived.append(message)
        elif status != HEARTBEAT:
            left = (message.headers or {}).get("Nats-Pending-Messages")
            self._outstanding = max(0, self._outstanding - int(left)) if left else 0
            if not left:
                self._not_before = self._heard_at + PAUSE_SECONDS
        else:
            return
        self._news.set()

    async def _ask_for_more(self, inbox: str) -> None:
        """Keep between one and two batches asked for; start anew after a reconnect or a silence."""
        connection = self._subscriber.connection
        moment = time.monotonic()
        if connection.stats["reconnects"] != self._reconnects:
            self._reconnects = connection.stats["reconnects"]
            self._outstanding = 0
        elif moment - self._heard_at > 2 * HEARTBEAT_SECONDS:
            self._heard_at = moment
            self._outstanding = 0
        while self._outstanding < self._batch and connection.is_connected and moment >= self._not_before:
            await connection.publish(self._next, self._request, reply=inbox)
            self._outstanding += self._batch

    async def _let_gather(self) -> None:
        """Under load, leave the others the processor for a moment: fuller batches cost everybody less.

        A message that comes after a lull never waits.
        """
        lull = self._worked_at + LULL_SECONDS - time.monotonic()
        if lull > 0 and len(self._arrived) < self._batch and not self._stopping:
            await asyncio.sleep(lull)

    async def _wait_for_news(self) -> None:
        self._news.clear()
        if self._arrived or self._stopping:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), LOOK_EVERY_SECONDS)

    async def _give_back(self, subscription: Subscription) -> None:
        """Hand back what was fetched and not begun; the server notices by itself where it cannot be told.

        First of all nothing more may come: what is given back would be sent here again, into requests that
        are still open, where nobody would begin it.
        """
        try:
            if self._subscriber.connection.is_connected:
                await subscription.drain()  # type: ignore[no-untyped-call]  # nats-py says nothing of it
            while self._arrived:
                await self._arrived.popleft().nak()
        except (nats.errors.Error, OSError) as problem:
            log.info("pump_left_messages_to_the_server", consumer=self._durable, error=type(problem).__name__)
        finally:
            self._stopped.set()
