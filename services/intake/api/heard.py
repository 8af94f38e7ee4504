"""What was heard: conversations word for word, how talk changes, and the four cells of a balance."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Annotated, assert_never
from uuid import UUID

from fastapi import Query as QueryParameter
from pydantic import AwareDatetime, ConfigDict, Field

from contracts.events.intake import BalanceWeighed, ConversationRecorded
from contracts.moment import Moment
from contracts.terms import Talk
from contracts.values import HeardStatement
from services.intake import store
from services.intake.api.base import (
    LAST_VERSION,
    READERS,
    WRITERS,
    Body,
    Said,
    known_client,
    no_such_client,
    not_accepted,
)
from services.intake.model import Outdated, Unchanged
from services.intake.model.conversations import Balance, Conversation, KeptBalance
from services.intake.policy import conversations
from shared.errors import Conflict, NotFound
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["conversation"])

MOST_STATEMENTS = 40
"""With each as long as can be, the event still fits into one message."""

Step = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
CellLine = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
Cell = Annotated[tuple[CellLine, ...], Field(max_length=20)]


class Heard(Body):
    """One thing that the client said."""

    words: Said
    """What they said, word for word."""
    talk: Talk | None = None
    """How you heard it: change talk of one kind, or sustain talk. Leave it out where it is neither."""
    past_success: bool = False
    """Whether it tells of something that worked for them before."""
    barrier_id: UUID | None = None
    """The barrier of theirs that it is about."""
    goal_id: UUID | None = None
    """The goal or value of theirs that it is about."""


class NewConversation(Body):
    """What was heard in a conversation, and what you said that you will do next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "statements": [
                        {"words": "I want to be there when she wakes up.", "talk": "desire"},
                        {
                            "words": "Last spring I took the early bus for two weeks.",
                            "talk": "ability",
                            "past_success": True,
                        },
                        {"words": "It has always sorted itself out somehow.", "talk": "sustain"},
                    ],
                    "next_steps": ["I will ring the drivers' office and tell you on Thursday."],
                }
            ]
        }
    )

    statements: Annotated[tuple[Heard, ...], Field(max_length=MOST_STATEMENTS)] = ()
    """What the client said, in the order in which you heard it."""
    next_steps: Annotated[tuple[Step, ...], Field(max_length=20)] = ()
    """What you will do next, as you told them."""
    held_at: Moment | None = None
    """When you spoke; now where nothing is said."""


class ConversationKept(Body):
    """The conversation was written down."""

    conversation_id: UUID
    statement_ids: tuple[UUID, ...]
    """Each statement's id, in their order."""


class HeardView(Heard):
    """One thing that the client said, as it was written down."""

    statement_id: UUID


class ConversationView(Body):
    """A conversation as it was written down."""

    conversation_id: UUID
    held_at: AwareDatetime
    statements: tuple[HeardView, ...]
    next_steps: tuple[str, ...]
    recorded_at: AwareDatetime
    recorded_by: UUID


class TalkPoint(Body):
    """One conversation on the line over time."""

    conversation_id: UUID
    held_at: AwareDatetime
    change_talk: int
    """How many statements were tagged as change talk of any kind."""
    sustain_talk: int
    """How many were tagged as sustain talk."""
    percent_change_talk: Annotated[int, Field(ge=0, le=100)] | None
    """The share of change talk among both; null where nothing was tagged."""


class TalkOverTime(Body):
    """How the talk changes, conversation by conversation: a picture of the talk, no score of anybody."""

    points: tuple[TalkPoint, ...]
    """The latest conversations, in the order in which they were held."""
    change_talk: int
    sustain_talk: int
    percent_change_talk: Annotated[int, Field(ge=0, le=100)] | None
    """The share over all these conversations."""


class BalanceCells(Body):
    """Staying the same and a change, each with its good and its not-so-good things. Any cell may be empty."""

    good_about_staying: Cell = ()
    """The good things about staying the same."""
    less_good_about_staying: Cell = ()
    """The not-so-good things about staying the same."""
    good_about_changing: Cell = ()
    """The good things about a change."""
    less_good_about_changing: Cell = ()
    """The not-so-good things about a change."""


class NewBalance(BalanceCells):
    """The four cells as the client sees them now, whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "good_about_staying": ["I know how my days go."],
                    "good_about_changing": ["More of the mornings with her."],
                    "version": 0,
                }
            ]
        }
    )

    version: Annotated[int, Field(ge=0, le=LAST_VERSION)] | None = None
    """The version on screen, 0 where there was none. Leave it out to write over whatever is there."""


class BalanceView(BalanceCells):
    """The four cells as the client sees them now; version 0 and empty where nobody weighed anything."""

    version: int
    weighed_at: AwareDatetime | None
    weighed_by: UUID | None


@routes.post(
    "/clients/{client_id}/conversations",
    allow=WRITERS,
    status_code=201,
    summary="Write down what was heard",
)
async def record_conversation(client_id: UUID, body: NewConversation, command: Command) -> ConversationKept:
    """Keep what a client said, word for word. States `ConversationRecorded`; it never changes afterwards."""
    return await command.once(partial(_record, client_id, body, recorded_by=command.caller.subject))


@routes.get("/clients/{client_id}/conversations", allow=READERS, summary="Read what was heard")
async def list_conversations(
    client_id: UUID, query: Query, after: After = None, limit: Limit = 20
) -> Page[ConversationView]:
    """Every conversation that was written down, the latest first."""
    cursor = read_cursor(after, AwareDatetime, UUID)
    async with query.reading() as conn:
        await known_client(conn, client_id)
        found = await store.heard.conversations(
            conn, client_id, after=(cursor[0], cursor[1]) if cursor else None, limit=limit + 1
        )
    last = found[limit - 1] if len(found) > limit else None
    following = cursor_of(last.held_at, last.id) if last else None
    return page_of([_view(conversation) for conversation in found], limit, following)


@routes.get("/clients/{client_id}/talk", allow=READERS, summary="How the talk changes over time")
async def read_talk(
    client_id: UUID, query: Query, limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50
) -> TalkOverTime:
    """The share of change talk in the latest conversations, of what staff tagged: CT / (CT + ST)."""
    async with query.reading() as conn:
        await known_client(conn, client_id)
        counts = await store.heard.talk_over_time(conn, client_id, limit=limit)
    change, sustain = sum(each.change for each in counts), sum(each.sustain for each in counts)
    return TalkOverTime(
        points=tuple(
            TalkPoint(
                conversation_id=each.conversation_id,
                held_at=each.held_at,
                change_talk=each.change,
                sustain_talk=each.sustain,
                percent_change_talk=conversations.percent_change_talk(
                    change=each.change, sustain=each.sustain
                ),
            )
            for each in counts
        ),
        change_talk=change,
        sustain_talk=sustain,
        percent_change_talk=conversations.percent_change_talk(change=change, sustain=sustain),
    )


@routes.put("/clients/{client_id}/balance", allow=WRITERS, summary="Write a balance down")
async def set_balance(client_id: UUID, body: NewBalance, command: Command) -> BalanceView:
    """Keep the four cells, where the client would like to weigh it up. States `BalanceWeighed`.

    Only ever because they want to: for somebody who is torn it can make a change less likely
    (Miller and Rose, 2013). Where nothing is different it makes no new version.
    """
    return await command.once(partial(_weigh, client_id, body, weighed_by=command.caller.subject))


@routes.get("/clients/{client_id}/balance", allow=READERS, summary="Read the balance")
async def read_balance(client_id: UUID, query: Query) -> BalanceView:
    """The four cells as the client sees them now."""
    async with query.reading() as conn:
        await known_client(conn, client_id)
        kept = await store.heard.balance_of(conn, client_id)
    return _balance_view(kept)


async def _record(
    client_id: UUID, body: NewConversation, tx: Transaction, *, recorded_by: UUID
) -> ConversationKept:
    conversation = Conversation(
        id=new_id(),
        held_at=body.held_at or tx.now,
        statements=tuple(HeardStatement(id=new_id(), **each.model_dump()) for each in body.statements),
        next_steps=body.next_steps,
        recorded_at=tx.now,
        recorded_by=recorded_by,
    )
    flaws = conversations.conversation_flaws(
        conversation.statements, conversation.next_steps, conversation.held_at, tx.now
    )
    if flaws:
        raise not_accepted(flaws)
    await _all_theirs(tx, client_id, conversation.statements)
    if not await store.heard.record_conversation(tx.conn, client_id, conversation=conversation):
        raise no_such_client()
    tx.publish(
        ConversationRecorded(
            client_id=client_id,
            conversation_id=conversation.id,
            held_at=conversation.held_at,
            statements=conversation.statements,
            next_steps=conversation.next_steps,
            recorded_at=conversation.recorded_at,
            by=recorded_by,
        )
    )
    return ConversationKept(
        conversation_id=conversation.id, statement_ids=tuple(each.id for each in conversation.statements)
    )


async def _all_theirs(tx: Transaction, client_id: UUID, statements: Iterable[HeardStatement]) -> None:
    await known_client(tx.conn, client_id)
    found = list(statements)
    missing = await store.heard.not_theirs(
        tx.conn,
        client_id,
        barriers={each.barrier_id for each in found if each.barrier_id},
        goals={each.goal_id for each in found if each.goal_id},
    )
    if missing:
        raise NotFound(f"This client has no {missing[0][0]} with this id.")


async def _weigh(client_id: UUID, body: NewBalance, tx: Transaction, *, weighed_by: UUID) -> BalanceView:
    if await store.clients.client_to_change(tx.conn, client_id) is None:
        raise no_such_client()
    kept = await store.heard.balance_of(tx.conn, client_id)
    cells = Balance(**body.model_dump(exclude={"version"}))
    outcome = conversations.weigh(kept, cells, seen=body.version)
    match outcome:
        case Unchanged():
            return _balance_view(kept)
        case Outdated(version=version):
            raise Conflict(
                f"Somebody wrote it down in the meantime: it is at version {version} now, and this was based"
                f" on version {body.version}. Nothing was changed.",
                possible=["read it again, look at what is different, and send it again"],
                version=version,
            )
        case int(version):
            weighed = KeptBalance(balance=cells, version=version, weighed_at=tx.now, weighed_by=weighed_by)
        case _:
            assert_never(outcome)
    await store.heard.set_balance(tx.conn, client_id, kept=weighed)
    tx.publish(
        BalanceWeighed(
            client_id=client_id,
            version=weighed.version,
            weighed_at=tx.now,
            by=weighed_by,
            **body.model_dump(exclude={"version"}),
        )
    )
    return _balance_view(weighed)


def _view(conversation: Conversation) -> ConversationView:
    return ConversationView(
        conversation_id=conversation.id,
        held_at=conversation.held_at,
        statements=tuple(
            HeardView(statement_id=each.id, **each.model_dump(exclude={"id"}))
            for each in conversation.statements
        ),
        next_steps=conversation.next_steps,
        recorded_at=conversation.recorded_at,
        recorded_by=conversation.recorded_by,
    )


def _balance_view(kept: KeptBalance | None) -> BalanceView:
    if kept is None:
        return BalanceView(version=conversations.NOTHING_YET, weighed_at=None, weighed_by=None)
    cells = kept.balance
    return BalanceView(
        good_about_staying=cells.good_about_staying,
        less_good_about_staying=cells.less_good_about_staying,
        good_about_changing=cells.good_about_changing,
        less_good_about_changing=cells.less_good_about_changing,
        version=kept.version,
        weighed_at=kept.weighed_at,
        weighed_by=kept.weighed_by,
    )
