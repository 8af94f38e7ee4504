"""Clients' cases, loaded for a whole batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    PlanStatus,
    Priority,
    ReferralStatus,
    Strength,
    TaskKind,
    TaskStatus,
    Wish,
)
from services.barriers.model import (
    Barrier,
    Caseload,
    Cause,
    Client,
    Need,
    Plan,
    Referral,
    Setback,
    SmallStep,
    Task,
    Win,
)
from services.barriers.store import steps
from shared.db import Connection, Record

WEEK = timedelta(days=7)

BARRIERS_OF = """
select id, client_id, category, status, version, words, strength, own_idea, goal_words, wish, wish_version,
       stated_at, stated_by, rule, playbook_version, reason, importance, confidence, help_asked, help_round,
       plan_id, answered_at, moved_at, caused_by, correlation_id
from barrier
where client_id = any($1::uuid[])
  and (status in ('stated', 'acknowledged', 'planned', 'persisting') or id = any($2::uuid[]))
"""


async def barriers_of(
    conn: Connection, client_ids: Collection[UUID], barrier_ids: Collection[UUID] = ()
) -> list[Barrier]:
    """Give the clients' open barriers, and these in particular whether open or not."""
    return [barrier_from(row) for row in await conn.fetch(BARRIERS_OF, list(client_ids), list(barrier_ids))]


TASKS_OF = """
select id, client_id, kind, status, version, title, needs, priority, priority_reason, due_from, due_by,
       opened_at, moved_at, assignee, outcome, caused_by, correlation_id
from task
where client_id = any($1::uuid[])
  and (status in ('open', 'claimed', 'in_progress') or opened_at > $2 or id = any($3::uuid[]))
"""


async def tasks_of(
    conn: Connection, client_ids: Collection[UUID], *, since: datetime, task_ids: Collection[UUID] = ()
) -> list[Task]:
    """Give the clients' live tasks, those opened after `since`, and these in particular."""
    rows = await conn.fetch(TASKS_OF, list(client_ids), since, list(task_ids))
    return [task_from(row) for row in rows]


PLANS_OF = """
select id, client_id, barrier_id, status, version, if_words, then_words, from_own_idea, serves,
       cue_hours_before, drafted_at, moved_at, caused_by, correlation_id
from plan
where client_id = any($1::uuid[])
"""


async def plans_of(conn: Connection, client_ids: Collection[UUID]) -> list[Plan]:
    """Give the clients' plans."""
    return [plan_from(row) for row in await conn.fetch(PLANS_OF, list(client_ids))]


REFERRALS_OF = """
select id, client_id, barrier_id, version, status, service_name
from referral
where barrier_id = any($1::uuid[])
"""


async def referrals_of(conn: Connection, barrier_ids: Collection[UUID]) -> list[Referral]:
    """Give what is known of the barriers' referrals."""
    return [
        Referral(
            id=row["id"],
            client_id=row["client_id"],
            barrier_id=row["barrier_id"],
            version=row["version"],
            status=ReferralStatus(row["status"]),
            service_name=row["service_name"],
        )
        for row in await conn.fetch(REFERRALS_OF, list(barrier_ids))
    ]


SETBACKS_OF = """
select id, client_id, barrier_id, task_id, referral_id, what_happened, question, smaller_step, recorded_at
from setback
where barrier_id = any($1::uuid[])
order by recorded_at, id
"""


async def setbacks_of(conn: Connection, barrier_ids: Collection[UUID]) -> list[Setback]:
    """Give the setbacks recorded for barriers, in the order in which they happened."""
    return [
        Setback(
            id=row["id"],
            client_id=row["client_id"],
            barrier_id=row["barrier_id"],
            task_id=row["task_id"],
            referral_id=row["referral_id"],
            what_happened=row["what_happened"],
            question=row["question"],
            smaller_step=row["smaller_step"],
            recorded_at=row["recorded_at"],
        )
        for row in await conn.fetch(SETBACKS_OF, list(barrier_ids))
    ]


async def load(  # noqa: PLR0913 - one keyword for each thing that may be in question
    conn: Connection,
    clients: Mapping[UUID, Client],
    *,
    now: datetime,
    barrier_ids: Collection[UUID] = (),
    task_ids: Collection[UUID] = (),
    step_ids: Collection[UUID] = (),
    deep: bool = False,
) -> dict[UUID, Caseload]:
    """Give the cases of clients that this transaction has locked, in two queries for any number of them.

    `deep` adds, in four more, the clients' plans and the referrals, setbacks and wins of `barrier_ids`;
    `step_ids` adds those steps.
    """
    barriers = _by_client(await barriers_of(conn, clients, barrier_ids))
    tasks = _by_client(await tasks_of(conn, clients, since=now - WEEK, task_ids=task_ids))
    plans: dict[UUID, dict[UUID, Plan]] = {}
    referrals: dict[UUID, dict[UUID, Referral]] = {}
    setbacks: dict[UUID, dict[UUID, Setback]] = {}
    wins: dict[UUID, dict[UUID, Win]] = {}
    tried = _by_client(await steps.steps(conn, step_ids)) if step_ids else {}
    if deep:
        plans = _by_client(await plans_of(conn, clients))
        referrals = _by_client(await referrals_of(conn, barrier_ids))
        setbacks = _by_client(await setbacks_of(conn, barrier_ids))
        wins = _by_client(await steps.wins_of(conn, barrier_ids))
    return {
        client_id: Caseload(
            client=client,
            barriers=barriers.get(client_id, {}),
            tasks=tasks.get(client_id, {}),
            plans=plans.get(client_id, {}),
            referrals=referrals.get(client_id, {}),
            setbacks=setbacks.get(client_id, {}),
            steps=tried.get(client_id, {}),
            wins=wins.get(client_id, {}),
        )
        for client_id, client in clients.items()
    }


def barrier_from(row: Record) -> Barrier:
    """Read a barrier from a row with its columns."""
    return Barrier(
        id=row["id"],
        client_id=row["client_id"],
        category=BarrierCategory(row["category"]),
        status=BarrierStatus(row["status"]),
        version=row["version"],
        words=row["words"],
        strength=Strength(row["strength"]),
        own_idea=row["own_idea"],
        goal_words=row["goal_words"],
        wish=Wish(row["wish"]),
        wish_version=row["wish_version"],
        stated_at=row["stated_at"],
        stated_by=row["stated_by"],
        rule=row["rule"],
        playbook_version=row["playbook_version"],
        reason=row["reason"],
        importance=row["importance"],
        confidence=row["confidence"],
        help_asked=row["help_asked"],
        help_round=row["help_round"],
        plan_id=row["plan_id"],
        answered_at=row["answered_at"],
        moved_at=row["moved_at"],
        cause=_cause(row),
    )


def task_from(row: Record) -> Task:
    """Read a task from a row with its columns."""
    return Task(
        id=row["id"],
        client_id=row["client_id"],
        kind=TaskKind(row["kind"]),
        status=TaskStatus(row["status"]),
        version=row["version"],
        title=row["title"],
        needs=tuple(_need_from_json(need) for need in row["needs"]),
        priority=Priority(row["priority"]),
        priority_reason=row["priority_reason"],
        due_from=row["due_from"],
        due_by=row["due_by"],
        opened_at=row["opened_at"],
        moved_at=row["moved_at"],
        assignee=row["assignee"],
        outcome=row["outcome"],
        cause=_cause(row),
    )


def plan_from(row: Record) -> Plan:
    """Read a plan from a row with its columns."""
    return Plan(
        id=row["id"],
        client_id=row["client_id"],
        barrier_id=row["barrier_id"],
        status=PlanStatus(row["status"]),
        version=row["version"],
        if_words=row["if_words"],
        then_words=row["then_words"],
        from_own_idea=row["from_own_idea"],
        serves=row["serves"],
        cue_hours_before=row["cue_hours_before"],
        drafted_at=row["drafted_at"],
        moved_at=row["moved_at"],
        cause=_cause(row),
    )


def _cause(row: Record) -> Cause:
    return Cause(event_id=row["caused_by"], correlation_id=row["correlation_id"])


def _need_from_json(value: Mapping[str, str | bool | None]) -> Need:
    barrier_id, referral_id = value["barrier_id"], value["referral_id"]
    return Need(
        kind=TaskKind(str(value["kind"])),
        subject_id=UUID(str(value["subject_id"])),
        barrier_id=None if barrier_id is None else UUID(str(barrier_id)),
        referral_id=None if referral_id is None else UUID(str(referral_id)),
        why=str(value["why"]),
        answered=bool(value["answered"]),
    )


Entity = TypeVar("Entity", Barrier, Task, Plan, Referral, Setback, SmallStep, Win)


def _by_client(entities: Iterable[Entity]) -> dict[UUID, dict[UUID, Entity]]:
    found: dict[UUID, dict[UUID, Entity]] = {}
    for entity in entities:
        found.setdefault(entity.client_id, {})[entity.id] = entity
    return found
