"""Partners' own systems beside a system that dies: they listen by one way each, answer, and repeat.

Each does what docs/integrating.md asks: drops what it has seen, acknowledges what it has dealt with, repeats
an answer that was not replied to under the same id. What they saw is kept for the reckoning.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.support.receiver import Received, Receiver, Reply, receiving

SAID: Mapping[int, Mapping[str, str]] = {
    1: {"answer": "accept"},
    2: {"answer": "progress", "text": "We have begun."},
    3: {"answer": "hold", "text": "Until the van is mended."},
}
"""What partners answer to the first, second and third notice of a referral; to more they say nothing."""
MOVES = [said["answer"] for said in SAID.values()]
NOTICES = len(SAID) + 1
"""What each referral leads to: the request, and one notice of each answer."""
REPEATED = 0.25
"""How many answers are given once more after the next one, under the id that they had."""
PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as far as the reckoning needs it."""

    id: UUID
    referral_id: UUID
    sequence: int


@dataclass(kw_only=True)
class PartnerSystem(ABC):
    """One partner's software."""

    organization_id: UUID
    key: str
    seed: int
    heard: dict[UUID, Notice] = field(default_factory=dict)
    """By id, in the order in which they came for the first time."""
    came: Counter[UUID] = field(default_factory=Counter)
    """How often each came."""
    unanswered: int = 0
    """How often no reply came to an answer, so that it had to be given again."""
    known: int = 0
    """How many answers had been taken before, as far as we are told: repeats, and those without a reply."""
    replayed: int = 0
    """How many answers were given again on purpose, and replied to as the first time."""
    wrong: list[str] = field(default_factory=list)
    """What we were told that we should not have been."""
    _replies: dict[tuple[UUID, int], object] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._turns = asyncio.Semaphore(4)

    @property
    def busy(self) -> int:
        """How many answers are still to be given."""
        return len(self._tasks)

    def hear(self, notice: Notice) -> None:
        """Take a notice; one that is new is answered, beside everything else."""
        self.came[notice.id] += 1
        if notice.id in self.heard:
            return
        self.heard[notice.id] = notice
        if notice.sequence in SAID:
            repeats = notice.sequence > 1 and self.chance.random() < REPEATED
            task = asyncio.create_task(self._answer(notice, repeats=repeats))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, notice: Notice, *, repeats: bool) -> None:
        async with self._turns:
            referral_id, sequence = notice.referral_id, notice.sequence
            self._replies[referral_id, sequence] = await self._until_replied(referral_id, sequence)
            first = self._replies.get((referral_id, sequence - 1))
            if repeats and first is not None:
                again = await self._until_replied(referral_id, sequence - 1)
                self.replayed += 1
                if again != first:
                    self.wrong.append(f"a repeated answer got {again}, the first {first}")

    async def _until_replied(self, referral_id: UUID, sequence: int) -> object:
        """Give an answer under its one id until there is a reply."""
        while True:
            try:
                taken, reply = await self.give(f"{referral_id}-{sequence}", referral_id, SAID[sequence])
            except (TimeoutError, nats.errors.Error, httpx.TransportError):
                taken, reply = None, None
            if taken is None:
                self.unanswered += 1
                await asyncio.sleep(PAUSE)
                continue
            if not taken:
                self.wrong.append(f"answer {sequence} was refused: {reply}")
            return reply

    @abstractmethod
    async def give(
        self, answer_id: str, referral_id: UUID, said: Mapping[str, str]
    ) -> tuple[bool | None, object]:
        """Give an answer: whether it was taken, None if that is to be tried again, and the reply."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for as long as the block lasts."""
        async with AsyncExitStack() as stack:
            listening = asyncio.create_task(self.listen(stack))
            try:
                yield
            finally:
                tasks = [listening, *self._tasks]
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                self.wrong += [repr(end) for end in ended if isinstance(end, Exception)]

    @abstractmethod
    async def listen(self, stack: AsyncExitStack) -> None:
        """Hear what there is, for ever; what is entered on `stack` ends when nobody listens any more."""


@dataclass(kw_only=True)
class OverHttp(PartnerSystem):
    """A partner that answers over HTTP."""

    url: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.http = httpx.AsyncClient(
            base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=20, trust_env=False
        )

    async def give(
        self, answer_id: str, referral_id: UUID, said: Mapping[str, str]
    ) -> tuple[bool | None, object]:
        answered = await self.http.post(
            f"/partner/referrals/{referral_id}/answers",
            json={"said": said},
            headers={"Idempotency-Key": answer_id},
        )
        self.known += "idempotency-replayed" in answered.headers
        again = answered.status_code == httpx.codes.SERVICE_UNAVAILABLE
        # A repeat says nothing of the client any more.
        standing = ("id", "version", "status", "business_status")
        reply = (
            {name: answered.json().get(name) for name in standing} if answered.is_success else answered.text
        )
        return None if again else answered.is_success, reply


class OnTheFeed(OverHttp):
    """A partner that asks."""

    async def listen(self, stack: AsyncExitStack) -> None:
        await stack.enter_async_context(self.http)
        place: dict[str, str] = {}
        while True:
            try:
                answer = await self.http.get("/partner/events", params={"wait": "5", "limit": "20"} | place)
                page = answer.raise_for_status().json()
            except httpx.HTTPError:
                await asyncio.sleep(PAUSE)
                continue
            for event in page["events"]:
                self.hear(_structured(event))
            place = {"after": page["next"]}


class ByWebhook(OverHttp):
    """A partner that is told at its own address, and takes its time to say that it has it."""

    receiver: Receiver

    async def listen(self, stack: AsyncExitStack) -> None:
        await stack.enter_async_context(self.http)
        await asyncio.Event().wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Receive for as long as the block lasts."""
        async with receiving() as self.receiver:
            self.receiver.behave = self._take
            async with super().running():
                yield

    async def _take(self, received: Received) -> Reply:
        event = json.loads(received.body)
        if event["id"] != received.id:
            self.wrong.append("the message's id is not the event's")
        self.hear(_structured(event))
        # Long enough that a process that is killed has some of them in hand.
        await asyncio.sleep(self.chance.uniform(0.0, 0.05))
        return Reply()


@dataclass(kw_only=True)
class OnNats(PartnerSystem):
    """A partner that listens on NATS and answers there, with nothing but what it was told."""

    hints: Mapping[str, str]
    refusals: int = 0
    _client: Client = field(default_factory=Client)

    async def listen(self, stack: AsyncExitStack) -> None:
        self._client = await nats.connect(
            self.hints["server"],
            user=str(self.organization_id),
            password=self.key,
            inbox_prefix=self.hints["inbox_prefix"],
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=self._note,
        )
        stack.push_async_callback(self._client.close)
        stream = self._client.jetstream(domain=self.hints["domain"])
        reading = await stream.pull_subscribe_bind(
            consumer=self.hints["consumer"], stream=self.hints["stream"]
        )
        while True:
            try:
                messages = await reading.fetch(10, timeout=5)
            except (TimeoutError, nats.errors.Error, nats.js.errors.Error):
                await asyncio.sleep(PAUSE)
                continue
            for message in messages:
                self.hear(_binary(message))
                # Unacknowledged, because the server has just gone: it comes again.
                with contextlib.suppress(nats.errors.Error):
                    await message.ack()

    async def give(
        self, answer_id: str, referral_id: UUID, said: Mapping[str, str]
    ) -> tuple[bool | None, object]:
        asked = {"referral_id": str(referral_id), "answer_id": answer_id, "said": said}
        reply = await self._client.request(self.hints["answers"], json.dumps(asked).encode(), timeout=2)
        status = json.loads(reply.data)["status"]
        return None if status == httpx.codes.SERVICE_UNAVAILABLE else isinstance(status, str), reply.data

    async def _note(self, error: Exception) -> None:
        del error
        self.refusals += 1


def _structured(event: Mapping[str, object]) -> Notice:
    return Notice(UUID(str(event["id"])), UUID(str(event["subject"])), int(str(event["sequence"])))


def _binary(message: Msg) -> Notice:
    headers = message.headers or {}
    return Notice(UUID(headers["ce-id"]), UUID(headers["ce-subject"]), int(headers["ce-sequence"]))
