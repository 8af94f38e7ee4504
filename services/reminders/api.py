"""HTTP in: what staff read of messages, STOP and START on a client's behalf, and replies from gateways."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query as QueryParameter
from pydantic import BaseModel, ConfigDict, Field

from contracts.events.reminders import ReplyReceived
from contracts.terms import ChannelKind, MessageKind, ReplyKind, WithheldReason
from services.reminders import commands
from services.reminders.model import Question, Reply, SendingRules, Stage
from services.reminders.policy.replies import read_reply
from services.reminders.store import clients, replies, timeline
from shared.errors import NotFound
from shared.http import Command, Given, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Origin, Transaction

READERS = ("intake", "case_manager", "supervisor", "service")
ON_THEIR_BEHALF = ("intake", "case_manager", "supervisor")
GATEWAYS = ("service", "partner")
ANSWERED_WITHIN = timedelta(days=14)
"""How long after a message a reply still counts as an answer to it."""

routes = Routes(tags=["messages"])


@dataclass(frozen=True, slots=True)
class Development:
    """Whether the development mailbox is there to be read."""

    mailbox: bool


Rules = Annotated[SendingRules, Given(SendingRules)]


class View(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Message(View):
    """A message to a client and how it stands. It always says why it exists, and why it waits or ended."""

    reminder_id: UUID
    client_id: UUID
    kind: MessageKind
    stage: Stage
    why: str
    """Why there is such a message at all."""
    due_at: datetime
    """When it is looked at for sending."""
    useful_until: datetime
    """From when on it would be of no use; it is never sent after that."""
    reason: WithheldReason | None = None
    """Why it waits, or why it was withheld."""
    detail: str | None = None
    """The reason in plain words, where there is more to say."""
    held_until: datetime | None = None
    """When it is looked at again, while it is held."""
    channel: ChannelKind | None = None
    sent_at: datetime | None = None
    attempts: int
    """How often a provider was asked."""
    barrier_id: UUID | None = None
    referral_id: UUID | None = None
    plan_id: UUID | None = None
    scheduled_at: datetime
    changed_at: datetime


class Step(View):
    """One thing that became of a message."""

    changed_at: datetime
    stage: Stage
    reason: WithheldReason | None = None
    detail: str | None = None
    held_until: datetime | None = None
    channel: ChannelKind | None = None


class WholeMessage(Message):
    """A message with its words, once it was sent, and everything that became of it, earliest first."""

    subject: str | None = None
    body: str | None = None
    history: list[Step]


class Delivered(View):
    """A message in the development mailbox."""

    number: int
    reminder_id: UUID
    client_id: UUID
    channel: ChannelKind
    address: str
    subject: str | None = None
    body: str
    received_at: datetime


class Choice(View):
    """Whether a client gets messages, by their last STOP or START."""

    client_id: UUID
    stopped: bool


class IncomingReply(BaseModel):
    """What somebody wrote back, as a gateway brings it."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"channel": "sms", "address": "+447700900123", "words": "YES"}]},
    )

    channel: ChannelKind
    address: Annotated[str, Field(min_length=3, max_length=254)]
    """Where it came from. It stays in the body, and in the database."""
    words: Annotated[str, Field(min_length=1, max_length=4000)]
    """What was written, as it was written."""
    message_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The gateway's own name for the message; the same name twice is the same message."""


class Received(View):
    """The reply was taken. The answer is the same whether or not the sender is known."""

    received: bool = True


@routes.get("/clients/{client_id}/messages", allow=READERS, summary="A client's messages")
async def messages_of_client(
    client_id: UUID, query: Query, after: After = None, limit: Limit = 50
) -> Page[Message]:
    """Every message to a client: planned, held, sent and withheld, those due last first."""
    before = read_cursor(after, datetime, UUID)
    position = (before[0], before[1]) if before else None
    async with query.reading() as conn:
        rows = await timeline.messages(conn, client_id, before=position, most=limit + 1)
    items = [Message.model_validate(dict(row)) for row in rows]
    return page_of(items, limit, _cursor_after(items[:limit]))


@routes.get("/reminders/{reminder_id}", allow=READERS, summary="One message and its history")
async def one_message(reminder_id: UUID, query: Query) -> WholeMessage:
    """One message with everything that became of it."""
    async with query.reading() as conn:
        row = await timeline.message(conn, reminder_id)
        if row is None:
            raise NotFound("There is no message with this id.")
        steps = await timeline.history(conn, reminder_id)
    return WholeMessage.model_validate({**row, "history": [dict(step) for step in steps]})


@routes.post("/clients/{client_id}/stop", allow=ON_THEIR_BEHALF, summary="STOP, on the client's behalf")
async def stop_messages(client_id: UUID, command: Command) -> Choice:
    """The client told a person that they want no more messages. Obeyed at once, until they say otherwise."""
    return await command.once(partial(_stop, client_id))


@routes.post("/clients/{client_id}/start", allow=ON_THEIR_BEHALF, summary="START, on the client's behalf")
async def start_messages(client_id: UUID, command: Command, rules: Rules) -> Choice:
    """The client told a person that they want messages again."""
    return await command.once(partial(_start, client_id, rules, command.origin))


@routes.post("/replies", allow=GATEWAYS, status_code=202, summary="A reply from a client")
async def take_reply(body: IncomingReply, command: Command, rules: Rules) -> Received:
    """Take what somebody wrote back. STOP is obeyed before this is answered."""
    return await command.once(partial(_take, body, rules, command.origin))


@routes.get("/mailbox", allow=(*READERS, "admin"), summary="The development mailbox")
async def read_mailbox(
    *,
    query: Query,
    development: Annotated[Development, Given(Development)],
    client_id: Annotated[UUID | None, QueryParameter(description="Only this client's")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[Delivered]:
    """What providers would have got, in order. There is none outside development."""
    if not development.mailbox:
        raise NotFound("There is no development mailbox here: messages go to real providers.")
    position = read_cursor(after, int)
    async with query.reading() as conn:
        rows = await timeline.mailbox(
            conn, after=position[0] if position else 0, client_id=client_id, most=limit + 1
        )
    items = [Delivered.model_validate(dict(row)) for row in rows]
    return page_of(items, limit, cursor_of(items[:limit][-1].number) if items else None)


async def _stop(client_id: UUID, tx: Transaction) -> Choice:
    await clients.lock(tx.conn, [client_id])
    await commands.stop(tx, [client_id], cause=None)
    return Choice(client_id=client_id, stopped=True)


async def _start(client_id: UUID, rules: SendingRules, origin: Origin, tx: Transaction) -> Choice:
    await clients.lock(tx.conn, [client_id])
    await commands.start(tx, [client_id], rules, cause=None, correlation_id=origin.correlation_id)
    return Choice(client_id=client_id, stopped=False)


async def _take(body: IncomingReply, rules: SendingRules, origin: Origin, tx: Transaction) -> Received:
    if body.message_id is not None and await replies.brought_before(tx.conn, body.message_id):
        return Received()
    reply = Reply(
        id=new_id(),
        kind=read_reply(body.words),
        words=body.words,
        channel=body.channel,
        address=body.address,
        gateway_message_id=body.message_id,
    )
    senders = await clients.clients_at(tx.conn, body.address)
    await clients.lock(tx.conn, senders)
    question = await replies.last_written(tx.conn, senders, tx.now - ANSWERED_WITHIN)
    client_id = _who(senders, question)
    answers = question if question is not None and question.is_open and client_id else None
    await replies.keep(
        tx.conn, reply, tx.now, client_id=client_id, in_reply_to=answers.reminder_id if answers else None
    )
    if client_id is not None:
        await _say(reply, client_id, answers, tx)
    await _obey(reply.kind, senders, tx, rules=rules, origin=origin)
    return Received()


def _who(senders: list[UUID], question: Question | None) -> UUID | None:
    """Whose reply it is: who was asked; the only one at the address; nobody, where it could be several."""
    if question is not None:
        return question.client_id
    return senders[0] if len(senders) == 1 else None


async def _say(reply: Reply, client_id: UUID, question: Question | None, tx: Transaction) -> None:
    """State the reply; where it answers a question, as part of that question's conversation."""
    event = ReplyReceived(
        client_id=client_id,
        reply_id=reply.id,
        kind=reply.kind,
        words=reply.words,
        in_reply_to=question.reminder_id if question else None,
        message_kind=question.kind if question else None,
        referral_id=question.referral_id if question else None,
        barrier_id=question.barrier_id if question else None,
        received_at=tx.now,
    )
    if question is not None and reply.kind not in {ReplyKind.STOP, ReplyKind.START}:
        await replies.answer(tx.conn, question, reply.id)
    cause = commands.carried_on(question.cause, client_id, tx) if question else None
    tx.publish(event, cause=cause)


async def _obey(
    kind: ReplyKind, senders: list[UUID], tx: Transaction, *, rules: SendingRules, origin: Origin
) -> None:
    """STOP and START count for everybody at the address: better one message too few than one too many."""
    if kind is ReplyKind.STOP:
        await commands.stop(tx, senders, cause=None)
    if kind is ReplyKind.START:
        await commands.start(tx, senders, rules, cause=None, correlation_id=origin.correlation_id)


def _cursor_after(items: list[Message]) -> str | None:
    return cursor_of(items[-1].due_at, items[-1].reminder_id) if items else None
