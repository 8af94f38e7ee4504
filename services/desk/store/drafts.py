"""Drafts: what is typed while somebody is registered. Times are real; only who writes a draft reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter

from services.desk.model.drafts import Draft, Part, Step, StepStatus, Typed, Writing
from shared.db import Connection, Record

_TYPED: TypeAdapter[dict[str, tuple[str, ...]]] = TypeAdapter(dict[str, tuple[str, ...]])
_BODY: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_FAULTS: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])

INSERT_DRAFT = """
insert into draft (id, staff_id, begun_at, saved_at) values ($1, $2, $3, $3)
"""


async def insert(conn: Connection, draft_id: UUID, staff_id: UUID, *, now: datetime) -> None:
    """Begin a draft."""
    await conn.execute(INSERT_DRAFT, draft_id, staff_id, now)


EMPTY_DRAFT_OF = """
select d.id from draft d
where d.staff_id = $1 and d.finishing_at is null
  and not exists (select from draft_part p where p.draft_id = d.id)
order by d.saved_at desc
limit 1
"""


async def empty_one(conn: Connection, staff_id: UUID) -> UUID | None:
    """A draft of somebody's in which nothing has been written yet."""
    found: UUID | None = await conn.fetchval(EMPTY_DRAFT_OF, staff_id)
    return found


LOCK_WRITER = "select pg_advisory_xact_lock(hashtextextended('desk drafts of ' || $1::uuid, 0))"


async def lock_writer(conn: Connection, staff_id: UUID) -> None:
    """Let the same person begin one draft at a time, however often they press."""
    await conn.execute(LOCK_WRITER, staff_id)


OPEN_DRAFTS_OF = """
select d.id, d.staff_id, d.begun_at, d.saved_at, d.client_id, d.finishing_at, d.finished_at,
       w.fields::text as fields
from draft d
left join draft_part w on w.draft_id = d.id and w.name = 'who'
where d.staff_id = $1 and d.finished_at is null and exists (select from draft_part p where p.draft_id = d.id)
order by d.saved_at desc
limit 50
"""


async def open_ones(conn: Connection, staff_id: UUID) -> list[tuple[Draft, Typed]]:
    """Somebody's drafts that are not finished, the latest first, each with who it is about so far."""
    rows = await conn.fetch(OPEN_DRAFTS_OF, staff_id)
    return [(_draft(row), _TYPED.validate_json(row["fields"]) if row["fields"] else {}) for row in rows]


READ_DRAFT = """
select id, staff_id, begun_at, saved_at, client_id, finishing_at, finished_at
from draft
where id = $1 and staff_id = $2
"""


async def read(conn: Connection, draft_id: UUID, staff_id: UUID) -> Draft | None:
    """A draft as it stands, for who writes it; None for everybody else."""
    row = await conn.fetchrow(READ_DRAFT, draft_id, staff_id)
    return await _whole(conn, row) if row is not None else None


LOCK_DRAFT = """
select id, staff_id, begun_at, saved_at, client_id, finishing_at, finished_at
from draft
where id = $1 and staff_id = $2
for update
"""


async def read_locked(conn: Connection, draft_id: UUID, staff_id: UUID) -> Draft | None:
    """A draft as it stands; nobody else writes in it until the transaction ends."""
    row = await conn.fetchrow(LOCK_DRAFT, draft_id, staff_id)
    return await _whole(conn, row) if row is not None else None


async def _whole(conn: Connection, row: Record) -> Draft:
    return _draft(row, parts=await _parts(conn, row["id"]), steps=await _steps(conn, row["id"]))


DRAFT_PARTS = """
select name, version, fields::text as fields, written_from, written_turn, saved_at
from draft_part
where draft_id = $1
"""


async def _parts(conn: Connection, draft_id: UUID) -> dict[str, Part]:
    return {
        row["name"]: Part(
            name=row["name"],
            version=row["version"],
            fields=_TYPED.validate_json(row["fields"]),
            written_from=row["written_from"],
            written_turn=row["written_turn"],
            saved_at=row["saved_at"],
        )
        for row in await conn.fetch(DRAFT_PARTS, draft_id)
    }


DRAFT_STEPS = """
select name, position, path, body::text as body, status, answer, faults::text as faults
from draft_step
where draft_id = $1
order by position
"""


async def _steps(conn: Connection, draft_id: UUID) -> list[Step]:
    return [
        Step(
            name=row["name"],
            position=row["position"],
            path=row["path"],
            body=_BODY.validate_json(row["body"]),
            status=StepStatus(row["status"]),
            answer=row["answer"],
            faults=_FAULTS.validate_json(row["faults"]),
        )
        for row in await conn.fetch(DRAFT_STEPS, draft_id)
    ]


SAVE_PART = """
with touched as (update draft set saved_at = $7 where id = $1)
insert into draft_part (draft_id, name, version, fields, written_from, written_turn, saved_at)
values ($1, $2, $3, $4::text::json, $5, $6, $7)
on conflict (draft_id, name) do update
set version = excluded.version, fields = excluded.fields, written_from = excluded.written_from,
    written_turn = excluded.written_turn, saved_at = excluded.saved_at
"""


async def save_part(  # noqa: PLR0913 - what a part is made of
    conn: Connection,
    draft_id: UUID,
    name: str,
    typed: Typed,
    *,
    version: int,
    writing: Writing,
    now: datetime,
) -> None:
    """Keep what was typed on a page as this version."""
    await conn.execute(
        SAVE_PART, draft_id, name, version, json.dumps(dict(typed)), writing.page, writing.turn, now
    )


SAVE_STEPS = """
insert into draft_step (draft_id, name, position, path, body, status)
select $1, u.name, u.position, u.path, u.body::json, 'sent'
from unnest($2::text[], $3::smallint[], $4::text[], $5::text[]) as u (name, position, path, body)
on conflict (draft_id, name) do update
set position = excluded.position, path = excluded.path, body = excluded.body, status = 'sent', faults = '{}'
where draft_step.status = 'turned_back'
"""


async def save_steps(conn: Connection, draft_id: UUID, steps: Sequence[Step]) -> None:
    """Write down what goes out from now on; what went out, and was not turned back, stays as it is."""
    await conn.execute(
        SAVE_STEPS,
        draft_id,
        [step.name for step in steps],
        [step.position for step in steps],
        [step.path for step in steps],
        [json.dumps(dict(step.body)) for step in steps],
    )


FORGET_STEPS = """
delete from draft_step where draft_id = $1 and status = 'turned_back' and name <> all($2::text[])
"""


async def forget_steps(conn: Connection, draft_id: UUID, *, but: Sequence[str]) -> None:
    """Let go of what was turned back and is not wanted any more."""
    await conn.execute(FORGET_STEPS, draft_id, list(but))


FORGET_FAULTS = """
update draft_step set faults = '{}' where draft_id = $1 and name = any($2::text[]) and status = 'turned_back'
"""


async def forget_faults(conn: Connection, draft_id: UUID, names: Sequence[str]) -> None:
    """Say no more why these were turned back: what they rest on has been written anew."""
    await conn.execute(FORGET_FAULTS, draft_id, list(names))


BEGIN_FINISHING = "update draft set finishing_at = coalesce(finishing_at, $2), saved_at = $2 where id = $1"


async def begin_finishing(conn: Connection, draft_id: UUID, *, now: datetime) -> None:
    """Say that a draft is being handed over."""
    await conn.execute(BEGIN_FINISHING, draft_id, now)


SETTLE_STEP = """
with known as (
    update draft set client_id = coalesce($5, client_id) where id = $1
)
update draft_step
set status = $3, answer = $4, faults = $6::text::json
where draft_id = $1 and name = $2 and status = 'sent'
"""


async def settle_step(  # noqa: PLR0913 - what became of it
    conn: Connection,
    draft_id: UUID,
    name: str,
    status: StepStatus,
    *,
    answer: UUID | None = None,
    client_id: UUID | None = None,
    faults: Mapping[str, str] | None = None,
) -> None:
    """Write down what became of a request; the first word about it counts."""
    await conn.execute(
        SETTLE_STEP, draft_id, name, status.value, answer, client_id, json.dumps(dict(faults or {}))
    )


TURN_BACK_REST = """
update draft_step set status = 'turned_back', faults = '{}' where draft_id = $1 and status = 'sent'
"""


async def turn_back_rest(conn: Connection, draft_id: UUID) -> None:
    """Say that nothing else has gone out: all of it rests on what was turned back."""
    await conn.execute(TURN_BACK_REST, draft_id)


FINISH_DRAFT = """
with emptied as (delete from draft_part where draft_id = $1),
     bare as (update draft_step set body = '{}' where draft_id = $1)
update draft set finished_at = $3, saved_at = $3, client_id = $2 where id = $1 and finished_at is null
"""


async def finish(conn: Connection, draft_id: UUID, client_id: UUID, *, now: datetime) -> None:
    """Say that everything is on record, and keep nothing of what was typed."""
    await conn.execute(FINISH_DRAFT, draft_id, client_id, now)


DELETE_DRAFT = "delete from draft where id = $1 and staff_id = $2 and finishing_at is null"


async def delete(conn: Connection, draft_id: UUID, staff_id: UUID) -> bool:
    """Throw a draft away of which nothing has been handed over; whether it was there."""
    deleted = await conn.execute(DELETE_DRAFT, draft_id, staff_id)
    return str(deleted).endswith(" 1")


DELETE_OLD_DRAFTS = """
delete from draft
where id in (
    select id from draft where saved_at < $1::timestamptz - $2::interval order by saved_at limit $3
    for update skip locked
)
"""


async def delete_old(conn: Connection, *, now: datetime, kept: timedelta, limit: int) -> int:
    """Throw away what nobody has written in for so long; how many there were."""
    deleted = await conn.execute(DELETE_OLD_DRAFTS, now, kept, limit)
    return int(str(deleted).rpartition(" ")[2])


ARRIVED_OF = """
select count(*) from entry
where correlation_id = $1
  and (type like 'care.intake.%' or type like 'care.desk.%' or type = 'care.barriers.barrier.answered.v1')
"""


async def arrived(conn: Connection, draft_id: UUID) -> int:
    """How much of what a draft led to stands in the desk's picture."""
    return int(await conn.fetchval(ARRIVED_OF, draft_id))


def _draft(row: Record, *, parts: Mapping[str, Part] | None = None, steps: Sequence[Step] = ()) -> Draft:
    return Draft(
        id=row["id"],
        staff_id=row["staff_id"],
        begun_at=row["begun_at"],
        saved_at=row["saved_at"],
        client_id=row["client_id"],
        finishing_at=row["finishing_at"],
        finished_at=row["finished_at"],
        parts=parts or {},
        steps=steps,
    )
