"""What the client says: goals and values, barriers and what they want done about them."""

from __future__ import annotations

from functools import partial
from typing import Annotated, assert_never
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from contracts.events.intake import GoalStated, WishChanged
from contracts.terms import BarrierCategory, GoalKind, Strength, Wish
from services.intake import policy, store
from services.intake.api.base import (
    LAST_VERSION,
    READERS,
    WRITERS,
    Body,
    Said,
    known_client,
    no_such_client,
)
from services.intake.model import Goal, Missing, Standing, StatedBarrier, Statement, WishHeard
from shared.errors import Conflict, NotFound
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["conversation"])


class NewGoal(Body):
    """A goal or a value, in the client's words."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"words": "I want to be awake for breakfast with my daughter."}]}
    )

    kind: GoalKind = GoalKind.GOAL
    """Something they want, or something they hold dear."""
    words: Said
    """What the client said, word for word."""


class GoalKept(Body):
    """The goal was written down."""

    goal_id: UUID


class GoalView(NewGoal):
    """A goal or a value, as the client put it."""

    goal_id: UUID
    stated_at: AwareDatetime
    stated_to: UUID
    """The staff member who wrote it down."""


class NewBarrier(Body):
    """What stands in the way, as the client states it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "words": "The last bus is gone by the time I finish work.",
                    "category": "transport",
                    "strength": 2,
                    "own_idea": "My neighbour drives that way on Thursdays.",
                    "wish": "go_ahead",
                }
            ]
        }
    )

    words: Said
    """What the client said, word for word."""
    category: BarrierCategory = BarrierCategory.OTHER
    """How staff read it; `other` where nothing fits, and a person looks at it."""
    strength: Strength
    """How much it stands in the way, for the client: 0 not at all, 1 a little, 2 quite a lot, 3 a lot."""
    own_idea: Said | None = None
    """The client's own idea for a way round; it goes first."""
    wish: Wish
    """What the client wants done about it."""
    goal_id: UUID | None = None
    """The goal or value of theirs that it stands before."""


class BarrierKept(Body):
    """The barrier was written down; help is being looked for as the client wished."""

    barrier_id: UUID


class BarrierView(NewBarrier):
    """A barrier as it was stated; `wish` is what the client wants now."""

    barrier_id: UUID
    stated_at: AwareDatetime
    stated_by: UUID
    """The staff member who wrote it down."""
    wish_version: Annotated[int, Field(ge=1)]
    """1 for the first wish, and one more with every change of mind."""
    wish_changed_at: AwareDatetime


class NewWish(Body):
    """What the client wants done about a barrier now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"wish": "just_listen"}]})

    wish: Wish
    version: Annotated[int, Field(ge=1, le=LAST_VERSION)] | None = None
    """The version on screen. Leave it out where the client's word now goes before whatever was there."""


class WishKept(Body):
    """What the client wants now."""

    barrier_id: UUID
    wish: Wish
    version: int


@routes.post("/clients/{client_id}/goals", allow=WRITERS, status_code=201, summary="Write a goal down")
async def state_goal(client_id: UUID, body: NewGoal, command: Command) -> GoalKept:
    """Keep a goal or a value in the client's words. States `GoalStated`."""
    return await command.once(partial(_state_goal, client_id, body, stated_to=command.caller.subject))


@routes.get("/clients/{client_id}/goals", allow=READERS, summary="List a client's goals and values")
async def list_goals(client_id: UUID, query: Query, after: After = None, limit: Limit = 20) -> Page[GoalView]:
    """Every goal and value that a client stated, the newest first."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        await known_client(conn, client_id)
        goals = await store.conversation.goals(
            conn, client_id, after=cursor[0] if cursor else None, limit=limit + 1
        )
    views = [_goal_view(goal) for goal in goals]
    return page_of(views, limit, cursor_of(goals[limit - 1].id) if len(goals) > limit else None)


@routes.post(
    "/clients/{client_id}/barriers",
    allow=WRITERS,
    status_code=201,
    summary="Write down what stands in the way",
)
async def add_barrier(client_id: UUID, body: NewBarrier, command: Command) -> BarrierKept:
    """Keep a barrier in the client's words. States `BarrierStated`, from which everything else follows."""
    return await command.once(partial(_state, client_id, body, stated_by=command.caller.subject))


@routes.get("/clients/{client_id}/barriers", allow=READERS, summary="List the barriers a client stated")
async def list_barriers(
    client_id: UUID, query: Query, after: After = None, limit: Limit = 20
) -> Page[BarrierView]:
    """Every barrier as it was stated, the newest first, with what the client wants now."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        await known_client(conn, client_id)
        stated = await store.conversation.barriers(
            conn, client_id, after=cursor[0] if cursor else None, limit=limit + 1
        )
    following = cursor_of(stated[limit - 1].statement.barrier_id) if len(stated) > limit else None
    return page_of([_barrier_view(barrier) for barrier in stated], limit, following)


@routes.post(
    "/clients/{client_id}/barriers/{barrier_id}/wish",
    allow=WRITERS,
    summary="Change what the client wants done",
)
async def change_wish(client_id: UUID, barrier_id: UUID, body: NewWish, command: Command) -> WishKept:
    """Write down that the client changed their mind. States `WishChanged`; it is obeyed at once."""
    return await command.once(
        partial(_change_wish, client_id, barrier_id, body, heard_by=command.caller.subject)
    )


async def state_barrier(
    tx: Transaction, client_id: UUID, body: NewBarrier, *, stated_by: UUID
) -> BarrierKept:
    """Keep a barrier and state it with all that stands at this moment: the command itself, without HTTP.

    One statement, and the event that leaves with the commit. Raises `NotFound` where the client, or the
    goal among theirs, is not there; then nothing was written.
    """
    statement = Statement(
        barrier_id=new_id(),
        words=body.words,
        category=body.category,
        strength=body.strength,
        own_idea=body.own_idea,
        wish=body.wish,
        goal_id=body.goal_id,
        stated_by=stated_by,
    )
    found = await store.conversation.state_barrier(tx.conn, client_id, statement=statement, now=tx.now)
    match found:
        case Standing():
            tx.publish(policy.barrier_stated(client_id, statement, found, now=tx.now))
            return BarrierKept(barrier_id=statement.barrier_id)
        case Missing.CLIENT:
            raise no_such_client()
        case Missing.GOAL:
            raise NotFound("This client has no goal with this id.")
        case _:
            assert_never(found)


async def _state(client_id: UUID, body: NewBarrier, tx: Transaction, *, stated_by: UUID) -> BarrierKept:
    return await state_barrier(tx, client_id, body, stated_by=stated_by)


async def _state_goal(client_id: UUID, body: NewGoal, tx: Transaction, *, stated_to: UUID) -> GoalKept:
    goal = Goal(id=new_id(), kind=body.kind, words=body.words, stated_at=tx.now, stated_to=stated_to)
    if not await store.conversation.add_goal(tx.conn, client_id, goal=goal):
        raise no_such_client()
    tx.publish(
        GoalStated(
            client_id=client_id,
            goal_id=goal.id,
            kind=goal.kind,
            words=goal.words,
            stated_at=tx.now,
            by=stated_to,
        )
    )
    return GoalKept(goal_id=goal.id)


async def _change_wish(
    client_id: UUID, barrier_id: UUID, body: NewWish, tx: Transaction, *, heard_by: UUID
) -> WishKept:
    heard = WishHeard(
        barrier_id=barrier_id, wish=body.wish, heard_at=tx.now, heard_by=heard_by, seen=body.version
    )
    version = await store.conversation.change_wish(tx.conn, client_id, heard=heard)
    if version is None:
        return await _wish_as_it_was(tx, client_id, heard)
    tx.publish(
        WishChanged(
            client_id=client_id,
            barrier_id=barrier_id,
            wish=body.wish,
            version=version,
            changed_at=tx.now,
            by=heard_by,
        )
    )
    return WishKept(barrier_id=barrier_id, wish=body.wish, version=version)


async def _wish_as_it_was(tx: Transaction, client_id: UUID, heard: WishHeard) -> WishKept:
    """Answer a change of mind that changed nothing: it is so already, or it was written on an older copy."""
    standing = await store.conversation.wish_now(tx.conn, client_id, barrier_id=heard.barrier_id)
    if standing is None:
        raise NotFound("This client has no barrier with this id.")
    wish, version = standing
    if wish is heard.wish or heard.seen is None:
        # Without a version it was so already when it was heard; what others heard since stands after it.
        return WishKept(barrier_id=heard.barrier_id, wish=wish, version=version)
    raise Conflict(
        f"The client changed their mind in the meantime: version {version} says {wish.value}, and this was"
        f" based on version {heard.seen}. Nothing was changed.",
        possible=["ask the client, and send what they want now with this version or without one"],
        version=version,
    )


def _goal_view(goal: Goal) -> GoalView:
    return GoalView(
        goal_id=goal.id,
        kind=goal.kind,
        words=goal.words,
        stated_at=goal.stated_at,
        stated_to=goal.stated_to,
    )


def _barrier_view(barrier: StatedBarrier) -> BarrierView:
    statement = barrier.statement
    return BarrierView(
        barrier_id=statement.barrier_id,
        words=statement.words,
        category=statement.category,
        strength=statement.strength,
        own_idea=statement.own_idea,
        wish=statement.wish,
        goal_id=statement.goal_id,
        stated_at=barrier.stated_at,
        stated_by=statement.stated_by,
        wish_version=barrier.wish_version,
        wish_changed_at=barrier.wish_changed_at,
    )
