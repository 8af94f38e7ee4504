"""The rows of a file while it is imported, and which record of which source a client is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from services.intake.model.importing import Decided, Import, Origin, RawRow, ReadRow, RejectedRow, Shown
from services.intake.store.people import MOST_UNDER_ONE_KEY
from shared.db import Connection, Record

_SHOWN = TypeAdapter(tuple[Shown, ...])

ROWS_TO_READ = """
select line, cells from client_import_row
where import_id = $1 and planned is null and content_hash is null
order by line
limit $2
"""


async def rows_to_read(conn: Connection, import_id: UUID, limit: int) -> list[RawRow]:
    """The next rows that nobody has made anything of yet."""
    return [_raw(row) for row in await conn.fetch(ROWS_TO_READ, import_id, limit)]


ROWS_TO_PLAN = """
select line, cells from client_import_row
where import_id = $1 and planned is null
order by line
limit $2
"""


async def rows_to_plan(conn: Connection, import_id: UUID, limit: int) -> list[RawRow]:
    """The next rows of which it is not known yet what would become of them."""
    return [_raw(row) for row in await conn.fetch(ROWS_TO_PLAN, import_id, limit)]


ROWS_TO_RUN = """
select line, cells from client_import_row
where import_id = $1 and outcome is null
order by line
limit $2
"""


async def rows_to_run(conn: Connection, import_id: UUID, limit: int) -> list[RawRow]:
    """The next rows that are to be carried out."""
    return [_raw(row) for row in await conn.fetch(ROWS_TO_RUN, import_id, limit)]


KEEP_READ = """
with read as (
    update client_import_row r
    set record_id = u.record_id, content_hash = u.content
    from unnest($2::integer[], $3::text[], $4::bytea[]) as u (line, record_id, content)
    where r.import_id = $1 and r.line = u.line
)
insert into client_import_key (import_id, key, line)
select $1, u.key, u.line from unnest($5::integer[], $6::text[]) as u (line, key)
"""


async def keep_read(
    conn: Connection, import_id: UUID, rows: Sequence[ReadRow], keys: Mapping[int, Iterable[str]]
) -> None:
    """Write down what rows say, and under which keys other rows of the file find them."""
    pairs = [(line, key) for line, own in keys.items() for key in sorted(own)]
    await conn.execute(
        KEEP_READ,
        import_id,
        [row.line for row in rows],
        [row.record_id for row in rows],
        [row.content for row in rows],
        [line for line, _ in pairs],
        [key for _, key in pairs],
    )


KEEP_REJECTED = """
update client_import_row r
set planned = 'rejected', reason = u.reason
from unnest($2::integer[], $3::text[]) as u (line, reason)
where r.import_id = $1 and r.line = u.line
"""


async def keep_rejected(conn: Connection, import_id: UUID, rows: Sequence[RejectedRow]) -> None:
    """Write down which rows cannot be clients, and why."""
    await conn.execute(KEEP_REJECTED, import_id, [row.line for row in rows], [row.reason for row in rows])


KEEP_PLANNED = """
update client_import_row r
set planned = u.outcome, reason = u.reason, client_id = u.client_id, candidates = u.shown::jsonb
from unnest($2::integer[], $3::text[], $4::text[], $5::uuid[], $6::text[])
    as u (line, outcome, reason, client_id, shown)
where r.import_id = $1 and r.line = u.line
"""


async def keep_planned(conn: Connection, import_id: UUID, decided: Sequence[Decided]) -> None:
    """Write down what would become of rows; nothing else is written."""
    await conn.execute(KEEP_PLANNED, import_id, *_columns(decided))


KEEP_OUTCOMES = """
update client_import_row r
set outcome = u.outcome, reason = u.reason, client_id = u.client_id, candidates = u.shown::jsonb
from unnest($2::integer[], $3::text[], $4::text[], $5::uuid[], $6::text[])
    as u (line, outcome, reason, client_id, shown)
where r.import_id = $1 and r.line = u.line
"""


async def keep_outcomes(conn: Connection, import_id: UUID, decided: Sequence[Decided]) -> None:
    """Write down what became of rows."""
    await conn.execute(KEEP_OUTCOMES, import_id, *_columns(decided))


REJECT_THE_REST = """
update client_import_row set outcome = 'rejected'
where import_id = $1 and outcome is null and planned = 'rejected' and content_hash is null
"""


async def reject_the_rest(conn: Connection, import_id: UUID) -> None:
    """Rows that cannot be clients come to nothing, whatever else is on file."""
    await conn.execute(REJECT_THE_REST, import_id)


SAME_RECORDS = """
select line, record_id, content_hash
from client_import_row
where import_id = $1 and record_id = any ($2::text[])
"""


async def same_records(
    conn: Connection, import_id: UUID, record_ids: Iterable[str]
) -> dict[str, list[tuple[int, bytes]]]:
    """The lines of a file by their record id, and what they say."""
    found: dict[str, list[tuple[int, bytes]]] = {}
    for row in await conn.fetch(SAME_RECORDS, import_id, list(record_ids)):
        found.setdefault(row["record_id"], []).append((row["line"], row["content_hash"]))
    return found


ORIGINS = """
select record_id, content_hash, client_id from client_origin
where source = $1 and record_id = any ($2::text[])
"""


async def origins(conn: Connection, source: str, record_ids: Iterable[str]) -> dict[str, Origin]:
    """Which of these records of a source are on file already."""
    return {
        row["record_id"]: Origin(
            record_id=row["record_id"], content=row["content_hash"], client_id=row["client_id"]
        )
        for row in await conn.fetch(ORIGINS, source, list(record_ids))
    }


ADD_ORIGINS = """
insert into client_origin (source, record_id, content_hash, client_id, import_id, kept_at)
select $1, u.record_id, u.content, u.client_id, $2, $3
from unnest($4::text[], $5::bytea[], $6::uuid[]) as u (record_id, content, client_id)
on conflict (source, record_id) do update
set content_hash = excluded.content_hash, client_id = excluded.client_id, import_id = excluded.import_id,
    kept_at = excluded.kept_at
"""


async def add_origins(conn: Connection, one: Import, kept: Sequence[Origin], *, at: datetime) -> None:
    """Write down which clients records of a source are."""
    await conn.execute(
        ADD_ORIGINS,
        one.source,
        one.id,
        at,
        [each.record_id for each in kept],
        [each.content for each in kept],
        [each.client_id for each in kept],
    )


CREATED_BY = """
select client_id from client_import_row
where import_id = $1 and client_id = any ($2::uuid[]) and outcome = 'created'
"""


async def created_by(conn: Connection, import_id: UUID, client_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Which of these clients this import made."""
    rows = await conn.fetch(CREATED_BY, import_id, list(client_ids))
    return frozenset(row["client_id"] for row in rows)


FIND_LINES_UNDER_KEYS = """
with found as (
    select distinct asked.line as number, kept.line
    from unnest($2::integer[], $3::text[]) as asked (line, key)
    cross join lateral (
        select k.line from client_import_key k
        where k.import_id = $1 and k.key = asked.key
        order by k.line
        limit $4
    ) as kept
    where kept.line <> asked.line
)
select f.number, r.line, r.cells
from found f
join client_import_row r on r.import_id = $1 and r.line = f.line
"""


async def find_lines_under_keys(
    conn: Connection, import_id: UUID, keys: Mapping[int, Iterable[str]]
) -> dict[int, list[RawRow]]:
    """Find, for each line, the other lines of the file that are kept under any of its keys."""
    pairs = [(line, key) for line, asked in keys.items() for key in sorted(asked)]
    rows = await conn.fetch(
        FIND_LINES_UNDER_KEYS,
        import_id,
        [line for line, _ in pairs],
        [key for _, key in pairs],
        MOST_UNDER_ONE_KEY,
    )
    found: dict[int, list[RawRow]] = {line: [] for line in keys}
    for row in rows:
        found[row["number"]].append(_raw(row))
    return found


def _columns(decided: Sequence[Decided]) -> tuple[list[object], ...]:
    return (
        [each.line for each in decided],
        [each.outcome for each in decided],
        [each.reason for each in decided],
        [each.client_id for each in decided],
        [_SHOWN.dump_json(each.shown).decode() for each in decided],
    )


def _raw(row: Record) -> RawRow:
    return RawRow(line=row["line"], cells=row["cells"])
