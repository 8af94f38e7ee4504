"""What the API reads: lists by cursor, one barrier or task with what belongs to it, and why it exists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.barriers.model import TASK_LIVE, Barrier, Plan, Task
from services.barriers.store.cases import barrier_from, plan_from, task_from
from shared.db import Connection

LIVE = frozenset(status.value for status in TASK_LIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks; None leaves a thing open."""

    statuses: Collection[str]
    client_id: UUID | None = None
    assignee: UUID | None = None
    kinds: Collection[str] | None = None
    barrier_id: UUID | None = None
    due_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTask:
    """A task and when it was escalated, if it was."""

    task: Task
    escalated_at: datetime | None


LIVE_TASKS = """
select id, client_id, kind, status, version, title, needs, priority, priority_reason, due_from, due_by,
       opened_at, moved_at, assignee, outcome, escalated_at, caused_by, correlation_id
from task
where status in ('open', 'claimed', 'in_progress')
  and status = any($1::text[])
  and ($2::uuid is null or client_id = $2)
  and ($3::uuid is null or assignee = $3)
  and ($4::text[] is null or kind = any($4))
  and ($5::uuid is null or $5 = any(about))
  and ($6::timestamptz is null or due_by < $6)
  and ($7::timestamptz is null or (due_by, id) > ($7, $8::uuid))
order by due_by, id
limit $9
"""

TASKS = """
select id, client_id, kind, status, version, title, needs, priority, priority_reason, due_from, due_by,
       opened_at, moved_at, assignee, outcome, escalated_at, caused_by, correlation_id
from task
where status = any($1::text[])
  and ($2::uuid is null or client_id = $2)
  and ($3::uuid is null or assignee = $3)
  and ($4::text[] is null or kind = any($4))
  and ($5::uuid is null or $5 = any(about))
  and ($6::timestamptz is null or due_by < $6)
  and ($7::timestamptz is null or (due_by, id) > ($7, $8::uuid))
order by due_by, id
limit $9
"""


async def tasks(
    conn: Connection, which: TaskFilter, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[ListedTask]:
    """Give tasks in the order in which they are due, from after the cursor on.

    Live ones alone come from an index of their own, however many are closed.
    """
    due_by, task_id = after or (None, None)
    rows = await conn.fetch(
        LIVE_TASKS if LIVE.issuperset(which.statuses) else TASKS,
        list(which.statuses),
        which.client_id,
        which.assignee,
        None if which.kinds is None else list(which.kinds),
        which.barrier_id,
        which.due_before,
        due_by,
        task_id,
        limit,
    )
    return [ListedTask(task=task_from(row), escalated_at=row["escalated_at"]) for row in rows]


TASK = """
select id, client_id, kind, status, version, title, needs, priority, priority_reason, due_from, due_by,
       opened_at, moved_at, assignee, outcome, escalated_at, caused_by, correlation_id
from task
where id = $1
"""


async def task(conn: Connection, task_id: UUID) -> ListedTask | None:
    """Give one task."""
    row = await conn.fetchrow(TASK, task_id)
    return None if row is None else ListedTask(task=task_from(row), escalated_at=row["escalated_at"])


BARRIERS = """
select id, client_id, category, status, version, words, strength, own_idea, goal_words, wish, wish_version,
       stated_at, stated_by, rule, playbook_version, reason, importance, confidence, help_asked, help_round,
       plan_id, answered_at, moved_at, caused_by, correlation_id
from barrier
where status = any($1::text[])
  and ($2::uuid is null or client_id = $2)
  and ($3::text is null or category = $3)
  and ($4::timestamptz is null or (answered_at, id) < ($4, $5::uuid))
order by answered_at desc, id desc
limit $6
"""


async def barriers(
    conn: Connection,
    *,
    statuses: Collection[str],
    client_id: UUID | None,
    category: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Barrier]:
    """Give barriers, the last answered first, from after the cursor on."""
    answered_at, barrier_id = after or (None, None)
    rows = await conn.fetch(BARRIERS, list(statuses), client_id, category, answered_at, barrier_id, limit)
    return [barrier_from(row) for row in rows]


BARRIER = """
select id, client_id, category, status, version, words, strength, own_idea, goal_words, wish, wish_version,
       stated_at, stated_by, rule, playbook_version, reason, importance, confidence, help_asked, help_round,
       plan_id, answered_at, moved_at, caused_by, correlation_id
from barrier
where id = $1
"""


async def barrier(conn: Connection, barrier_id: UUID) -> Barrier | None:
    """Give one barrier."""
    row = await conn.fetchrow(BARRIER, barrier_id)
    return None if row is None else barrier_from(row)


PLAN = """
select id, client_id, barrier_id, status, version, if_words, then_words, from_own_idea, serves,
       cue_hours_before, drafted_at, moved_at, caused_by, correlation_id
from plan
where id = $1
"""


async def plan(conn: Connection, plan_id: UUID) -> Plan | None:
    """Give one plan."""
    row = await conn.fetchrow(PLAN, plan_id)
    return None if row is None else plan_from(row)


PLANS_ABOUT = """
select id, client_id, barrier_id, status, version, if_words, then_words, from_own_idea, serves,
       cue_hours_before, drafted_at, moved_at, caused_by, correlation_id
from plan
where barrier_id = $1 or id = $2
order by drafted_at, id
"""


async def plans_about(conn: Connection, about: Barrier) -> list[Plan]:
    """Give the plans made for a barrier, and the one it shares with another of its kind."""
    return [plan_from(row) for row in await conn.fetch(PLANS_ABOUT, about.id, about.plan_id)]


CHAIN = """
select id, type, about, causation_id, occurred_at
from event
where correlation_id = $1 and about = $2
order by occurred_at, id
limit 500
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One event that this service stated in the same conversation, and what caused it."""

    event_id: UUID
    type: str
    caused_by: UUID | None
    at: datetime


async def chain(conn: Connection, *, correlation_id: UUID, client_id: UUID) -> list[Link]:
    """Give what this service stated about a client in one conversation, in order; the first 500."""
    return [
        Link(event_id=row["id"], type=row["type"], caused_by=row["causation_id"], at=row["occurred_at"])
        for row in await conn.fetch(CHAIN, correlation_id, client_id)
    ]
