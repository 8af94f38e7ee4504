"""Partners' answers by message: requests to `answers.<organisation id>`, answered as HTTP would.

Who asks is what the server says of the connection, never what the message says. An answer is taken once
however often it comes, also when we die between taking it and saying so: the repeat is told the same.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Self
from uuid import UUID

import nats.errors
import structlog
from fastapi import Response
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from pydantic import BaseModel, ValidationError

from contracts.published.answers import AnswerMessage, AnswerTaken
from contracts.terms import ChangedBy
from services.navigation.commands import moving
from services.navigation.commands.answering import answer
from services.navigation.commands.finding import Finder
from services.navigation.model import streaming
from services.navigation.policy.referrals import possible_moves
from services.navigation.store import streaming as store
from shared.app import problem
from shared.auth import Caller
from shared.errors import Forbidden, Invalid, Problem, Transient
from shared.http import CommandRequest
from shared.ids import new_id
from shared.retry import Verdict, describe, verdict_on
from shared.unit_of_work import Database, Origin, Transaction

QUEUE = "navigation"
ASKER = "Nats-Request-Info"
AT_A_TIME = 4
"""Fewer than we have connections to the database: whoever floods us with answers takes no other's place."""
MOST_WAITING_BYTES = 8_000_000
"""What waits beyond those is dropped, so that nobody's haste costs us our memory; who asked asks again."""

log = structlog.get_logger(__name__)


class _Asker(BaseModel):
    """What the server says of the connection that asks."""

    acc: str = ""
    user: str = ""


class Answers:
    """Takes answers for as long as its context lasts; copies share them."""

    def __init__(self, connection: Client, database: Database, finder: Finder) -> None:
        self._connection = connection
        self._database = database
        self._finder = finder
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._taking: set[asyncio.Task[None]] = set()
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        self._subscription = await self._connection.subscribe(
            streaming.ANSWERS, queue=QUEUE, cb=self._heard, pending_bytes_limit=MOST_WAITING_BYTES
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._subscription is not None and self._connection.is_connected:
            await self._subscription.unsubscribe()
        await asyncio.gather(*self._taking, return_exceptions=True)

    async def _heard(self, message: Msg) -> None:
        # Each in a task of its own, so that one that waits for a client's turn holds up nobody else. Who has
        # no turn yet waits with the subscription, which holds no more than it may.
        await self._turns.acquire()
        task = asyncio.create_task(self._reply_to(message), name="answer")
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def _reply_to(self, message: Msg) -> None:
        try:
            reply = await self._said_to(message)
        finally:
            self._turns.release()
        try:
            if message.reply:
                await message.respond(reply)
        except nats.errors.Error as lost:
            # Whoever asked will ask again, and be told the same.
            log.warning("reply_lost", error=describe(lost))

    async def _said_to(self, message: Msg) -> bytes:
        try:
            return await self._take(message)
        except Problem as known:
            return bytes(problem(known.status, known.title, known.detail, **known.extra).body)
        except Exception as error:
            if verdict_on(error) in {Verdict.OUTAGE, Verdict.COLLISION}:
                log.warning("answer_postponed", error=describe(error))
                return bytes(problem(503, Transient.title, "please try again in a moment").body)
            log.exception("answer_raised")
            return bytes(problem(500, Problem.title, "this is our mistake, not yours").body)

    async def _take(self, message: Msg) -> bytes:
        organization_id, key_id = _asker(message)
        said = _read(message.data)
        request = CommandRequest(
            caller=Caller(organization_id, "partner", organization=organization_id),
            key=f"nats {hashlib.sha256(said.answer_id.encode()).hexdigest()}",
            route=f"NATS {streaming.ANSWERS}",
            request_hash=hashlib.sha256(said.model_dump_json().encode()).digest(),
            status=200,
            origin=Origin(new_id()),
            database=self._database,
        )

        async def act(tx: Transaction) -> AnswerTaken:
            if not await store.may_answer(tx.conn, key_id, organization_id=organization_id):
                raise Forbidden("this connection may not answer any more; please talk to us")
            referral = await moving.held(tx, said.referral_id, organization_id=organization_id)
            moved = await answer(tx, self._finder, referral, said.said, recorded_by=organization_id)
            return AnswerTaken(
                referral_id=moved.id,
                status=moved.status,
                business_status=moved.business_status,
                possible=tuple(possible_moves(moved, by=ChangedBy.PARTNER)),
            )

        # What looks like a model is the finished response, the same bytes at every repeat.
        response: object = await request.once(act)
        assert isinstance(response, Response)
        return bytes(response.body)


def _asker(message: Msg) -> tuple[UUID, UUID]:
    """Who asks, by the server's word, if it is who the subject says. Raises `Forbidden` otherwise."""
    asker = _Asker.model_validate_json((message.headers or {}).get(ASKER) or "{}")
    organization_id, key_id = streaming.organization_in(asker.user), streaming.key_in(asker.user)
    if (
        asker.acc != streaming.ACCOUNT
        or organization_id is None
        or key_id is None
        or message.subject != streaming.answers_of(organization_id)
    ):
        raise Forbidden("answers are taken from partners' own connections only")
    return organization_id, key_id


def _read(data: bytes) -> AnswerMessage:
    try:
        return AnswerMessage.model_validate_json(data)
    except ValidationError as wrong:
        faults = [
            {"field": ".".join(str(part) for part in fault["loc"]) or "body", "problem": fault["msg"]}
            for fault in wrong.errors(include_input=False, include_url=False, include_context=False)
        ]
        detail = "; ".join(f"{fault['field']}: {fault['problem']}" for fault in faults)
        raise Invalid(detail, errors=faults) from None
