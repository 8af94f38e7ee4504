"""Files of clients that were uploaded, how far each is, and its rows as they are reported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from services.intake.model.importing import (
    Decided,
    FileRow,
    Import,
    ImportState,
    Outcome,
    Progress,
    RawRow,
    ReadingRules,
    Shown,
)
from shared.db import Connection, Record

_SHOWN = TypeAdapter(tuple[Shown, ...])
_RULES = TypeAdapter(ReadingRules)

ADD_IMPORT = """
insert into client_import (
    id, source, content_hash, state, settings, columns_read, columns_ignored, rows_total, uploaded_at,
    uploaded_by
) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def add_import(conn: Connection, one: Import) -> None:
    """Write a file down that was uploaded."""
    await conn.execute(
        ADD_IMPORT,
        one.id,
        one.source,
        one.content,
        one.state,
        asdict(one.rules),
        list(one.columns_read),
        list(one.columns_ignored),
        one.rows_total,
        one.uploaded_at,
        one.uploaded_by,
    )


ADD_ROWS = """
insert into client_import_row (import_id, line, cells)
select $1, u.line, u.cells::jsonb from unnest($2::integer[], $3::text[]) as u (line, cells)
"""


async def add_rows(conn: Connection, import_id: UUID, rows: Sequence[RawRow]) -> None:
    """Write the rows of a file down as they stand in it."""
    cells = [json.dumps(row.cells) for row in rows]
    await conn.execute(ADD_ROWS, import_id, [row.line for row in rows], cells)


SET_TOTAL = "update client_import set rows_total = $2 where id = $1"


async def set_total(conn: Connection, import_id: UUID, total: int) -> None:
    """Write down how many rows a file has, once all of them were seen."""
    await conn.execute(SET_TOTAL, import_id, total)


IMPORT_OF = """
select
    id, source, content_hash, state, settings::text as settings, columns_read, columns_ignored, rows_total,
    uploaded_at, uploaded_by, run_by, finished_at
from client_import
where id = $1
"""


async def import_of(conn: Connection, import_id: UUID) -> Import | None:
    """Read an import."""
    row = await conn.fetchrow(IMPORT_OF, import_id)
    return _import(row) if row else None


IMPORTS = """
select
    id, source, content_hash, state, settings::text as settings, columns_read, columns_ignored, rows_total,
    uploaded_at, uploaded_by, run_by, finished_at
from client_import
where id < $1
order by id desc
limit $2
"""


async def imports(conn: Connection, *, before: UUID, limit: int) -> list[Import]:
    """Read imports, the latest first."""
    return [_import(row) for row in await conn.fetch(IMPORTS, before, limit)]


UNFINISHED = """
select id from client_import
where content_hash = $1 and source = $2 and state <> 'done'
order by id desc
limit 1
"""


async def unfinished(conn: Connection, *, content: bytes, source: str) -> UUID | None:
    """Find an import of the very same file that is not done yet."""
    found: UUID | None = await conn.fetchval(UNFINISHED, content, source)
    return found


CLAIM_IMPORT = """
select
    id, source, content_hash, state, settings::text as settings, columns_read, columns_ignored, rows_total,
    uploaded_at, uploaded_by, run_by, finished_at
from client_import
where state in ('reading', 'planning', 'running') and ($1::uuid is null or id = $1)
order by uploaded_at, id
limit 1
for update skip locked
"""


async def claim_import(conn: Connection, import_id: UUID | None) -> Import | None:
    """Claim an import that goes on by itself, this one or the oldest, until the transaction ends."""
    row = await conn.fetchrow(CLAIM_IMPORT, import_id)
    return _import(row) if row else None


LOCK_IMPORT = "select state from client_import where id = $1 for update"


async def lock_import(conn: Connection, import_id: UUID) -> ImportState | None:
    """Read how far an import is and keep others from moving it."""
    state: str | None = await conn.fetchval(LOCK_IMPORT, import_id)
    return ImportState(state) if state else None


MOVE_IMPORT = """
update client_import
set state = $2, run_by = coalesce($3, run_by), finished_at = case when $2 = 'done' then $4::timestamptz end
where id = $1
"""


async def move_import(
    conn: Connection, import_id: UUID, state: ImportState, *, now: datetime, run_by: UUID | None = None
) -> None:
    """Write down how far an import is."""
    await conn.execute(MOVE_IMPORT, import_id, state, run_by, now)


FORGET_WHAT_IS_DONE = """
with forgotten as (
    delete from client_import_key where import_id = $1
)
update client_import_row set cells = null
where import_id = $1 and outcome in ('created', 'unchanged', 'repeated', 'same_person', 'left_out')
"""


async def forget_what_is_done(conn: Connection, import_id: UUID) -> None:
    """Keep no second copy of what is on file now, and no keys that nobody looks under any more."""
    await conn.execute(FORGET_WHAT_IS_DONE, import_id)


PROGRESS = """
select planned, outcome, count(*) as rows, count(content_hash) as read
from client_import_row
where import_id = $1
group by planned, outcome
"""


async def progress(conn: Connection, import_id: UUID) -> Progress:
    """Count what would become, and what became, of the rows."""
    planned: dict[Outcome, int] = {}
    outcome: dict[Outcome, int] = {}
    read = 0
    for row in await conn.fetch(PROGRESS, import_id):
        read += row["rows"] if row["planned"] == Outcome.REJECTED else row["read"]
        for counts, name in ((planned, row["planned"]), (outcome, row["outcome"])):
            if name:
                counts[Outcome(name)] = counts.get(Outcome(name), 0) + row["rows"]
    return Progress(planned=planned, outcome=outcome, read=read)


ROWS = """
select
    line, cells, planned, outcome, reason, candidates::text as candidates, client_id, decided_by, decided_at
from client_import_row
where import_id = $1 and line > $2 and ($3::text is null or coalesce(outcome, planned) = $3)
order by line
limit $4
"""


async def rows(
    conn: Connection, import_id: UUID, *, after: int, outcome: Outcome | None, limit: int
) -> list[FileRow]:
    """Read rows in their order, all of them or those that came to one thing."""
    return [_row(row) for row in await conn.fetch(ROWS, import_id, after, outcome, limit)]


ROW_TO_DECIDE = """
select
    line, cells, planned, outcome, reason, candidates::text as candidates, client_id, decided_by, decided_at
from client_import_row
where import_id = $1 and line = $2
for update
"""


async def row_to_decide(conn: Connection, import_id: UUID, line: int) -> FileRow | None:
    """Read a row and keep others from deciding about it."""
    row = await conn.fetchrow(ROW_TO_DECIDE, import_id, line)
    return _row(row) if row else None


DECIDE_ROW = """
update client_import_row
set outcome = $3, client_id = coalesce($4, client_id), decided_by = $5, decided_at = $6, cells = null
where import_id = $1 and line = $2
"""


async def decide_row(conn: Connection, import_id: UUID, decided: Decided, *, by: UUID, at: datetime) -> None:
    """Write down what a person made of a row."""
    await conn.execute(DECIDE_ROW, import_id, decided.line, decided.outcome, decided.client_id, by, at)


def _import(row: Record) -> Import:
    return Import(
        id=row["id"],
        source=row["source"],
        content=row["content_hash"],
        state=ImportState(row["state"]),
        rules=_RULES.validate_json(row["settings"]),
        columns_read=tuple(row["columns_read"]),
        columns_ignored=tuple(row["columns_ignored"]),
        rows_total=row["rows_total"],
        uploaded_at=row["uploaded_at"],
        uploaded_by=row["uploaded_by"],
        run_by=row["run_by"],
        finished_at=row["finished_at"],
    )


def _row(row: Record) -> FileRow:
    return FileRow(
        line=row["line"],
        cells=row["cells"],
        planned=Outcome(row["planned"]) if row["planned"] else None,
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=row["reason"],
        shown=_SHOWN.validate_json(row["candidates"]),
        client_id=row["client_id"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )
