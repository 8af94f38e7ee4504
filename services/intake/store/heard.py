"""What was heard in conversations, and the four cells of a balance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from contracts.values import HeardStatement
from services.intake.model.conversations import Balance, Conversation, KeptBalance, TalkCount
from services.intake.store.clients import LAST_ID
from shared.db import Connection

_STATEMENTS = TypeAdapter(tuple[HeardStatement, ...])

NOT_THEIRS = """
with person as (
    select coalesce(survivor_id, id) as id from client where id = $1
), theirs as (
    select c.id from client c join person p on p.id = c.id
    union all
    select c.id from client c join person p on p.id = c.survivor_id
)
select 'barrier' as what, u.id
from unnest($2::uuid[]) as u (id)
where not exists (select from barrier b where b.id = u.id and b.client_id in (select t.id from theirs t))
union all
select 'goal', u.id
from unnest($3::uuid[]) as u (id)
where not exists (select from goal g where g.id = u.id and g.client_id in (select t.id from theirs t))
"""


async def not_theirs(
    conn: Connection, client_id: UUID, *, barriers: Iterable[UUID], goals: Iterable[UUID]
) -> list[tuple[str, UUID]]:
    """Which of these barriers and goals are not this person's, each with what it was said to be."""
    rows = await conn.fetch(NOT_THEIRS, client_id, list(barriers), list(goals))
    return [(row["what"], row["id"]) for row in rows]


RECORD_CONVERSATION = """
with kept as (
    insert into conversation (id, client_id, held_at, next_steps, recorded_at, recorded_by)
    select $1, c.id, $3, $4, $5, $6 from client c where c.id = $2
    returning id
), said as (
    insert into heard (conversation_id, place, id, words, talk, past_success, barrier_id, goal_id)
    select k.id, u.place, u.id, u.words, u.talk, u.past_success, u.barrier_id, u.goal_id
    from kept k
    cross join jsonb_to_recordset($7::jsonb) as u (
        place smallint, id uuid, words text, talk text, past_success boolean, barrier_id uuid, goal_id uuid
    )
)
select id from kept
"""


async def record_conversation(conn: Connection, client_id: UUID, *, conversation: Conversation) -> bool:
    """Write a conversation down; say whether there is such a client."""
    said = [
        {"place": place} | each.model_dump(mode="json")
        for place, each in enumerate(conversation.statements, start=1)
    ]
    kept = await conn.fetchval(
        RECORD_CONVERSATION,
        conversation.id,
        client_id,
        conversation.held_at,
        list(conversation.next_steps),
        conversation.recorded_at,
        conversation.recorded_by,
        said,
    )
    return kept is not None


CONVERSATIONS = """
select
    c.id, c.held_at, c.next_steps, c.recorded_at, c.recorded_by,
    (
        select coalesce(json_agg(json_build_object(
            'id', h.id, 'words', h.words, 'talk', h.talk, 'past_success', h.past_success,
            'barrier_id', h.barrier_id, 'goal_id', h.goal_id
        ) order by h.place), '[]')::text
        from heard h
        where h.conversation_id = c.id
    ) as statements
from conversation c
where c.client_id = $1 and (c.held_at, c.id) < (coalesce($2::timestamptz, 'infinity'), $3::uuid)
order by c.held_at desc, c.id desc
limit $4
"""


async def conversations(
    conn: Connection, client_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Conversation]:
    """Read what was heard, the latest first; `after` is the moment and id of the one before."""
    moment, conversation_id = after or (None, LAST_ID)
    rows = await conn.fetch(CONVERSATIONS, client_id, moment, conversation_id, limit)
    return [
        Conversation(
            id=row["id"],
            held_at=row["held_at"],
            statements=_STATEMENTS.validate_json(row["statements"]),
            next_steps=tuple(row["next_steps"]),
            recorded_at=row["recorded_at"],
            recorded_by=row["recorded_by"],
        )
        for row in rows
    ]


TALK_OVER_TIME = """
select t.id, t.held_at, t.change, t.sustain
from (
    select
        c.id, c.held_at,
        count(h.talk) filter (where h.talk <> 'sustain') as change,
        count(h.talk) filter (where h.talk = 'sustain') as sustain
    from conversation c
    left join heard h on h.conversation_id = c.id
    where c.client_id = $1
    group by c.id, c.held_at
    order by c.held_at desc, c.id desc
    limit $2
) as t
order by t.held_at, t.id
"""


async def talk_over_time(conn: Connection, client_id: UUID, *, limit: int) -> list[TalkCount]:
    """Count change and sustain talk in the latest conversations, in the order in which they were held."""
    return [
        TalkCount(
            conversation_id=row["id"], held_at=row["held_at"], change=row["change"], sustain=row["sustain"]
        )
        for row in await conn.fetch(TALK_OVER_TIME, client_id, limit)
    ]


BALANCE_OF = """
select
    good_about_staying, less_good_about_staying, good_about_changing, less_good_about_changing, version,
    weighed_at, weighed_by
from balance
where client_id = $1
"""


async def balance_of(conn: Connection, client_id: UUID) -> KeptBalance | None:
    """Read the four cells as the client sees them now."""
    row = await conn.fetchrow(BALANCE_OF, client_id)
    if row is None:
        return None
    return KeptBalance(
        balance=Balance(
            good_about_staying=tuple(row["good_about_staying"]),
            less_good_about_staying=tuple(row["less_good_about_staying"]),
            good_about_changing=tuple(row["good_about_changing"]),
            less_good_about_changing=tuple(row["less_good_about_changing"]),
        ),
        version=row["version"],
        weighed_at=row["weighed_at"],
        weighed_by=row["weighed_by"],
    )


SET_BALANCE = """
insert into balance (
    client_id, version, good_about_staying, less_good_about_staying, good_about_changing,
    less_good_about_changing, weighed_at, weighed_by
) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (client_id) do update
set version = excluded.version,
    good_about_staying = excluded.good_about_staying,
    less_good_about_staying = excluded.less_good_about_staying,
    good_about_changing = excluded.good_about_changing,
    less_good_about_changing = excluded.less_good_about_changing,
    weighed_at = excluded.weighed_at,
    weighed_by = excluded.weighed_by
"""


async def set_balance(conn: Connection, client_id: UUID, *, kept: KeptBalance) -> None:
    """Write the four cells down. Expects the client to be held by `clients.client_to_change`."""
    cells = kept.balance
    await conn.execute(
        SET_BALANCE,
        client_id,
        kept.version,
        list(cells.good_about_staying),
        list(cells.less_good_about_staying),
        list(cells.good_about_changing),
        list(cells.less_good_about_changing),
        kept.weighed_at,
        kept.weighed_by,
    )
