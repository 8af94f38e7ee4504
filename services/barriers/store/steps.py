"""Clients' small steps, how they go, and what went well."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from contracts.terms import StepStatus, WinKind
from services.barriers.model import Cause, Progress, SmallStep, Win
from shared.db import Connection, Record

Place = tuple[datetime, UUID]
"""Where a page begins: after the row with this moment and id."""

STEPS = """
select id, client_id, barrier_id, status, version, words, times, counted, times_done, begins_on, ends_on,
       serves, smaller_of, offered_at, moved_at, caused_by, correlation_id
from step
where id = any($1::uuid[])
"""


async def steps(conn: Connection, step_ids: Collection[UUID]) -> list[SmallStep]:
    """Give these steps, as far as there are such."""
    return [_step(row) for row in await conn.fetch(STEPS, list(step_ids))]


LIST_STEPS = """
select id, client_id, barrier_id, status, version, words, times, counted, times_done, begins_on, ends_on,
       serves, smaller_of, offered_at, moved_at, caused_by, correlation_id
from step
where client_id = $1
  and ($2::uuid is null or barrier_id = $2)
  and status = any($3::text[])
  and ($4::timestamptz is null or (offered_at, id) < ($4, $5::uuid))
order by offered_at desc, id desc
limit $6
"""


async def list_steps(
    conn: Connection,
    *,
    client_id: UUID,
    barrier_id: UUID | None,
    statuses: Collection[StepStatus],
    after: Place | None,
    limit: int,
) -> list[SmallStep]:
    """Give a client's steps, the last offered first, from after the place on."""
    offered_at, step_id = after or (None, None)
    chosen = [status.value for status in statuses]
    rows = await conn.fetch(LIST_STEPS, client_id, barrier_id, chosen, offered_at, step_id, limit)
    return [_step(row) for row in rows]


STEPS_ABOUT = """
select id, client_id, barrier_id, status, version, words, times, counted, times_done, begins_on, ends_on,
       serves, smaller_of, offered_at, moved_at, caused_by, correlation_id
from step
where barrier_id = $1
order by offered_at desc, id desc
limit $2
"""


async def steps_about(conn: Connection, barrier_id: UUID, *, limit: int) -> list[SmallStep]:
    """Give the steps about a barrier, the last offered first."""
    return [_step(row) for row in await conn.fetch(STEPS_ABOUT, barrier_id, limit)]


PROGRESS_OF = """
select id, client_id, step_id, version, more_times, note, noted_at
from step_progress
where step_id = any($1::uuid[])
order by step_id, version
"""


async def progress_of(conn: Connection, step_ids: Collection[UUID]) -> list[Progress]:
    """Give how steps went, in the order in which it was told."""
    return [
        Progress(
            id=row["id"],
            client_id=row["client_id"],
            step_id=row["step_id"],
            version=row["version"],
            more_times=row["more_times"],
            note=row["note"],
            noted_at=row["noted_at"],
        )
        for row in await conn.fetch(PROGRESS_OF, list(step_ids))
    ]


WINS_OF = """
select id, client_id, barrier_id, kind, subject_id, words, affirmation, noticed_at
from win
where barrier_id = any($1::uuid[])
order by noticed_at desc, id desc
"""


async def wins_of(conn: Connection, barrier_ids: Collection[UUID]) -> list[Win]:
    """Give what went well about these barriers, the latest first."""
    return [_win(row) for row in await conn.fetch(WINS_OF, list(barrier_ids))]


LIST_WINS = """
select id, client_id, barrier_id, kind, subject_id, words, affirmation, noticed_at
from win
where client_id = $1
  and ($2::timestamptz is null or (noticed_at, id) < ($2, $3::uuid))
order by noticed_at desc, id desc
limit $4
"""


async def list_wins(conn: Connection, client_id: UUID, *, after: Place | None, limit: int) -> list[Win]:
    """Give what went well for a client, the latest first, from after the place on."""
    noticed_at, win_id = after or (None, None)
    return [_win(row) for row in await conn.fetch(LIST_WINS, client_id, noticed_at, win_id, limit)]


SAVE_STEPS = """
insert into step (
    id, client_id, barrier_id, status, version, words, times, counted, times_done, begins_on, ends_on,
    serves, smaller_of, offered_at, moved_at, caused_by, correlation_id
)
select u.id, u.client_id, u.barrier_id, u.status, u.version, u.words, u.times, u.counted, u.times_done,
       u.begins_on, u.ends_on, u.serves, u.smaller_of, u.offered_at, u.moved_at, u.caused_by, u.correlation_id
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::integer[], $8::text[],
    $9::integer[], $10::date[], $11::date[], $12::text[], $13::uuid[], $14::timestamptz[], $15::timestamptz[],
    $16::uuid[], $17::uuid[]
) as u (
    id, client_id, barrier_id, status, version, words, times, counted, times_done, begins_on, ends_on,
    serves, smaller_of, offered_at, moved_at, caused_by, correlation_id
)
on conflict (id) do update set
    status = excluded.status, version = excluded.version, words = excluded.words, times = excluded.times,
    counted = excluded.counted, times_done = excluded.times_done, begins_on = excluded.begins_on,
    ends_on = excluded.ends_on, serves = excluded.serves, moved_at = excluded.moved_at
"""


async def save_steps(conn: Connection, changed: Collection[SmallStep]) -> None:
    """Write steps, new or moved."""
    await conn.execute(
        SAVE_STEPS,
        *_columns(
            (
                one.id,
                one.client_id,
                one.barrier_id,
                one.status.value,
                one.version,
                one.words,
                one.times,
                one.counted,
                one.times_done,
                one.begins_on,
                one.ends_on,
                one.serves,
                one.smaller_of,
                one.offered_at,
                one.moved_at,
                one.cause.event_id,
                one.cause.correlation_id,
            )
            for one in changed
        ),
    )


SAVE_PROGRESS = """
insert into step_progress (id, client_id, step_id, version, more_times, note, noted_at)
select u.id, u.client_id, u.step_id, u.version, u.more_times, u.note, u.noted_at
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::integer[], $6::text[], $7::timestamptz[])
    as u (id, client_id, step_id, version, more_times, note, noted_at)
"""


async def save_progress(conn: Connection, progress: Collection[Progress]) -> None:
    """Write how steps went; what was told is never changed."""
    await conn.execute(
        SAVE_PROGRESS,
        *_columns(
            (one.id, one.client_id, one.step_id, one.version, one.more_times, one.note, one.noted_at)
            for one in progress
        ),
    )


SAVE_WINS = """
insert into win (id, client_id, barrier_id, kind, subject_id, words, affirmation, noticed_at)
select u.id, u.client_id, u.barrier_id, u.kind, u.subject_id, u.words, u.affirmation, u.noticed_at
from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::timestamptz[]
) as u (id, client_id, barrier_id, kind, subject_id, words, affirmation, noticed_at)
"""


async def save_wins(conn: Connection, wins: Collection[Win]) -> None:
    """Write what went well."""
    await conn.execute(
        SAVE_WINS,
        *_columns(
            (
                one.id,
                one.client_id,
                one.barrier_id,
                one.kind.value,
                one.subject_id,
                one.words,
                one.affirmation,
                one.noticed_at,
            )
            for one in wins
        ),
    )


def _step(row: Record) -> SmallStep:
    return SmallStep(
        id=row["id"],
        client_id=row["client_id"],
        barrier_id=row["barrier_id"],
        status=StepStatus(row["status"]),
        version=row["version"],
        words=row["words"],
        times=row["times"],
        counted=row["counted"],
        times_done=row["times_done"],
        begins_on=row["begins_on"],
        ends_on=row["ends_on"],
        serves=row["serves"],
        smaller_of=row["smaller_of"],
        offered_at=row["offered_at"],
        moved_at=row["moved_at"],
        cause=Cause(event_id=row["caused_by"], correlation_id=row["correlation_id"]),
    )


def _win(row: Record) -> Win:
    return Win(
        id=row["id"],
        client_id=row["client_id"],
        barrier_id=row["barrier_id"],
        kind=WinKind(row["kind"]),
        subject_id=row["subject_id"],
        words=row["words"],
        affirmation=row["affirmation"],
        noticed_at=row["noticed_at"],
    )


def _columns(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """Turn rows into the columns that `unnest` takes."""
    return [list(column) for column in zip(*rows, strict=True)]
