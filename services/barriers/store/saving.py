"""Write clients' cases back: what differs, with one statement per table for any number of clients."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar
from uuid import UUID

from pydantic_core import to_json

from services.barriers.model import Barrier, Caseload, Need, Plan, Referral, Setback, Task
from services.barriers.store import answers, steps
from shared.db import Connection

T = TypeVar("T")


async def save(conn: Connection, changes: Iterable[tuple[Caseload, Caseload]]) -> None:
    """Write what differs between the cases as they were loaded and as they are now, one statement a table."""
    pairs = list(changes)
    barriers = _changed((before.barriers, after.barriers) for before, after in pairs)
    plans = _changed((before.plans, after.plans) for before, after in pairs)
    tasks = _changed((before.tasks, after.tasks) for before, after in pairs)
    referrals = _changed((before.referrals, after.referrals) for before, after in pairs)
    setbacks = _changed((before.setbacks, after.setbacks) for before, after in pairs)
    if barriers:
        await save_barriers(conn, barriers)
    if plans:
        await save_plans(conn, plans)
    if tasks:
        await save_tasks(conn, tasks)
    if referrals:
        await save_referrals(conn, referrals)
    if setbacks:
        await save_setbacks(conn, setbacks)
    await _save_what_is_new(conn, pairs)


async def _save_what_is_new(conn: Connection, pairs: list[tuple[Caseload, Caseload]]) -> None:
    small_steps = _changed((before.steps, after.steps) for before, after in pairs)
    progress = _changed((before.progress, after.progress) for before, after in pairs)
    wins = _changed((before.wins, after.wins) for before, after in pairs)
    given = _changed((before.answers, after.answers) for before, after in pairs)
    if given:
        await answers.save_answers(conn, given)
    if small_steps:
        await steps.save_steps(conn, small_steps)
    if progress:
        await steps.save_progress(conn, progress)
    if wins:
        await steps.save_wins(conn, wins)


def _changed(pairs: Iterable[tuple[Mapping[UUID, T], Mapping[UUID, T]]]) -> list[T]:
    """Give what is new, or no longer the very thing that was loaded."""
    return [one for before, after in pairs for key, one in after.items() if before.get(key) is not one]


SAVE_BARRIERS = """
insert into barrier (
    id, client_id, category, status, version, words, strength, own_idea, goal_words, wish, wish_version,
    stated_at, stated_by, rule, playbook_version, reason, importance, confidence, help_asked, help_round,
    plan_id, answered_at, moved_at, caused_by, correlation_id
)
select u.id, u.client_id, u.category, u.status, u.version, u.words, u.strength, u.own_idea, u.goal_words,
       u.wish, u.wish_version, u.stated_at, u.stated_by, u.rule, u.playbook_version, u.reason, u.importance,
       u.confidence, u.help_asked, u.help_round, u.plan_id, u.answered_at, u.moved_at, u.caused_by,
       u.correlation_id
from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::smallint[], $8::text[],
    $9::text[], $10::text[], $11::integer[], $12::timestamptz[], $13::uuid[], $14::text[], $15::text[],
    $16::text[], $17::smallint[], $18::smallint[], $19::boolean[], $20::integer[], $21::uuid[],
    $22::timestamptz[], $23::timestamptz[], $24::uuid[], $25::uuid[]
) as u (
    id, client_id, category, status, version, words, strength, own_idea, goal_words, wish, wish_version,
    stated_at, stated_by, rule, playbook_version, reason, importance, confidence, help_asked, help_round,
    plan_id, answered_at, moved_at, caused_by, correlation_id
)
on conflict (id) do update set
    category = excluded.category, status = excluded.status, version = excluded.version, wish = excluded.wish,
    wish_version = excluded.wish_version, rule = excluded.rule, playbook_version = excluded.playbook_version,
    reason = excluded.reason, importance = excluded.importance, confidence = excluded.confidence,
    help_asked = excluded.help_asked, help_round = excluded.help_round, plan_id = excluded.plan_id,
    moved_at = excluded.moved_at
"""


async def save_barriers(conn: Connection, barriers: Collection[Barrier]) -> None:
    """Write barriers, new or moved. What was said and when never changes."""
    await conn.execute(
        SAVE_BARRIERS,
        *_columns(
            (
                one.id,
                one.client_id,
                one.category.value,
                one.status.value,
                one.version,
                one.words,
                int(one.strength),
                one.own_idea,
                one.goal_words,
                one.wish.value,
                one.wish_version,
                one.stated_at,
                one.stated_by,
                one.rule,
                one.playbook_version,
                one.reason,
                one.importance,
                one.confidence,
                one.help_asked,
                one.help_round,
                one.plan_id,
                one.answered_at,
                one.moved_at,
                one.cause.event_id,
                one.cause.correlation_id,
            )
            for one in barriers
        ),
    )


SAVE_PLANS = """
insert into plan (
    id, client_id, barrier_id, status, version, if_words, then_words, from_own_idea, serves,
    cue_hours_before, drafted_at, moved_at, caused_by, correlation_id
)
select u.id, u.client_id, u.barrier_id, u.status, u.version, u.if_words, u.then_words, u.from_own_idea,
       u.serves, u.cue_hours_before, u.drafted_at, u.moved_at, u.caused_by, u.correlation_id
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::boolean[],
    $9::text[], $10::smallint[], $11::timestamptz[], $12::timestamptz[], $13::uuid[], $14::uuid[]
) as u (
    id, client_id, barrier_id, status, version, if_words, then_words, from_own_idea, serves,
    cue_hours_before, drafted_at, moved_at, caused_by, correlation_id
)
on conflict (id) do update set
    status = excluded.status, version = excluded.version, if_words = excluded.if_words,
    then_words = excluded.then_words, from_own_idea = excluded.from_own_idea,
    cue_hours_before = excluded.cue_hours_before, moved_at = excluded.moved_at
"""


async def save_plans(conn: Connection, plans: Collection[Plan]) -> None:
    """Write plans, new or moved."""
    await conn.execute(
        SAVE_PLANS,
        *_columns(
            (
                one.id,
                one.client_id,
                one.barrier_id,
                one.status.value,
                one.version,
                one.if_words,
                one.then_words,
                one.from_own_idea,
                one.serves,
                one.cue_hours_before,
                one.drafted_at,
                one.moved_at,
                one.cause.event_id,
                one.cause.correlation_id,
            )
            for one in plans
        ),
    )


SAVE_TASKS = """
insert into task (
    id, client_id, kind, status, version, title, needs, about, priority, priority_reason, due_from, due_by,
    opened_at, moved_at, assignee, outcome, caused_by, correlation_id
)
select u.id, u.client_id, u.kind, u.status, u.version, u.title, u.needs::jsonb,
       array(
           select distinct (need ->> 'barrier_id')::uuid
           from jsonb_array_elements(u.needs::jsonb) as need
           where need ->> 'barrier_id' is not null
       ),
       u.priority, u.priority_reason, u.due_from, u.due_by, u.opened_at, u.moved_at, u.assignee, u.outcome,
       u.caused_by, u.correlation_id
from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::uuid[],
    $15::text[], $16::uuid[], $17::uuid[]
) as u (
    id, client_id, kind, status, version, title, needs, priority, priority_reason, due_from, due_by,
    opened_at, moved_at, assignee, outcome, caused_by, correlation_id
)
on conflict (id) do update set
    status = excluded.status, version = excluded.version, needs = excluded.needs, about = excluded.about,
    priority = excluded.priority, priority_reason = excluded.priority_reason, due_from = excluded.due_from,
    due_by = excluded.due_by, moved_at = excluded.moved_at, assignee = excluded.assignee,
    outcome = excluded.outcome
"""


async def save_tasks(conn: Connection, tasks: Collection[Task]) -> None:
    """Write tasks, new or moved. Whether a task was escalated is not touched."""
    await conn.execute(
        SAVE_TASKS,
        *_columns(
            (
                one.id,
                one.client_id,
                one.kind.value,
                one.status.value,
                one.version,
                one.title,
                to_json([_need_as_json(need) for need in one.needs]).decode(),
                one.priority.value,
                one.priority_reason,
                one.due_from,
                one.due_by,
                one.opened_at,
                one.moved_at,
                one.assignee,
                one.outcome,
                one.cause.event_id,
                one.cause.correlation_id,
            )
            for one in tasks
        ),
    )


SAVE_REFERRALS = """
insert into referral as r (id, client_id, barrier_id, version, status, service_name)
select u.id, u.client_id, u.barrier_id, u.version, u.status, u.service_name
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::text[], $6::text[])
    as u (id, client_id, barrier_id, version, status, service_name)
on conflict (id) do update set
    version = excluded.version, status = excluded.status, service_name = excluded.service_name
where excluded.version > r.version
"""


async def save_referrals(conn: Connection, referrals: Collection[Referral]) -> None:
    """Write where referrals are; a lower version than the one known changes nothing."""
    await conn.execute(
        SAVE_REFERRALS,
        *_columns(
            (one.id, one.client_id, one.barrier_id, one.version, one.status.value, one.service_name)
            for one in referrals
        ),
    )


SAVE_SETBACKS = """
insert into setback (
    id, client_id, barrier_id, task_id, referral_id, what_happened, question, smaller_step, recorded_at
)
select u.id, u.client_id, u.barrier_id, u.task_id, u.referral_id, u.what_happened, u.question, u.smaller_step,
       u.recorded_at
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[]
) as u (id, client_id, barrier_id, task_id, referral_id, what_happened, question, smaller_step, recorded_at)
"""


async def save_setbacks(conn: Connection, setbacks: Collection[Setback]) -> None:
    """Write new setbacks."""
    await conn.execute(
        SAVE_SETBACKS,
        *_columns(
            (
                one.id,
                one.client_id,
                one.barrier_id,
                one.task_id,
                one.referral_id,
                one.what_happened,
                one.question,
                one.smaller_step,
                one.recorded_at,
            )
            for one in setbacks
        ),
    )


def _need_as_json(need: Need) -> dict[str, object]:
    return {
        "kind": need.kind.value,
        "subject_id": str(need.subject_id),
        "barrier_id": None if need.barrier_id is None else str(need.barrier_id),
        "referral_id": None if need.referral_id is None else str(need.referral_id),
        "why": need.why,
        "answered": need.answered,
    }


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """Turn rows into the columns that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]
