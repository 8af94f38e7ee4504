"""Imports over HTTP: the file in pieces, how far each has come, and what became of every row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from services.navigation.model.uploads import RowOutcome, Upload, UploadKind, UploadRow, UploadState
from services.navigation.store.directory_import import LONG
from shared.db import Connection, Record

ROWS_AT_ONCE = 5_000

TRY_LOCK = """
select pg_try_advisory_lock(hashtext(current_schema() || '/directory-import'), 0)
"""


async def try_lock(conn: Connection) -> bool:
    """Become the only one who imports, until this connection closes; False when another one is."""
    return bool(await conn.fetchval(TRY_LOCK))


IS_FREE = """
select not exists (
    select from pg_locks
    where locktype = 'advisory' and objsubid = 2 and objid = 0
      and classid = hashtext(current_schema() || '/directory-import')::oid
      and database = (select oid from pg_database where datname = current_database()))
"""


async def is_free(conn: Connection) -> bool:
    """Whether nobody imports at this moment."""
    return bool(await conn.fetchval(IS_FREE))


BEGIN = """
insert into directory_upload (id, source, state, begun_by, begun_at)
values ($1, $2, 'empty', $3, $4)
on conflict do nothing
returning id
"""


async def begin(conn: Connection, upload_id: UUID, *, source: str, by: UUID, now: datetime) -> bool:
    """Begin an import; False when another one is under way."""
    return await conn.fetchval(BEGIN, upload_id, source, by, now) is not None


UPLOAD = """
select id, source, state, kind, bytes, bytes_read, bytes_to_read, doing, tries, problem, preview, report,
       begun_by, begun_at, run_by, ended_at
from directory_upload where id = $1
"""


async def upload(conn: Connection, upload_id: UUID) -> Upload | None:
    """One import; None when there is no such import."""
    row = await conn.fetchrow(UPLOAD, upload_id)
    return None if row is None else _upload(row)


UNDER_WAY = """
select id, source, state, kind, bytes, bytes_read, bytes_to_read, doing, tries, problem, preview, report,
       begun_by, begun_at, run_by, ended_at
from directory_upload where state in ('empty', 'uploaded', 'previewing', 'previewed', 'to_run', 'running')
"""


async def under_way(conn: Connection) -> Upload | None:
    """The import that is under way, if any."""
    row = await conn.fetchrow(UNDER_WAY)
    return None if row is None else _upload(row)


UPLOADS = """
select id, source, state, kind, bytes, bytes_read, bytes_to_read, doing, tries, problem, preview, report,
       begun_by, begun_at, run_by, ended_at
from directory_upload where $1::uuid is null or id < $1 order by id desc limit $2
"""


async def uploads(conn: Connection, *, after: UUID | None, limit: int) -> list[Upload]:
    """Imports, the latest first."""
    return [_upload(row) for row in await conn.fetch(UPLOADS, after, limit)]


def _upload(row: Record) -> Upload:
    return _UPLOAD.validate_python(dict(row))


_UPLOAD = TypeAdapter(Upload)

FORGET_PARTS = """
delete from directory_upload_part where upload_id = $1
"""


async def forget_parts(conn: Connection, upload_id: UUID) -> None:
    """Let the file go."""
    await conn.execute(FORGET_PARTS, upload_id)


RECEIVE = """
update directory_upload
set state = 'empty', receiving = $2, kind = null, bytes = 0, preview = null, problem = null, tries = 0
where id = $1 and state in ('empty', 'uploaded', 'previewed')
returning id
"""


async def receive(conn: Connection, upload_id: UUID, receiving: UUID) -> bool:
    """Make ready for a file, in the place of any before; False where it is too late for that."""
    async with conn.transaction():
        if await conn.fetchval(RECEIVE, upload_id, receiving) is None:
            return False
        await forget_parts(conn, upload_id)
        return True


ADD_PART = """
insert into directory_upload_part (upload_id, number, content)
select id, $3, $4 from directory_upload where id = $1 and receiving = $2
returning number
"""


async def add_part(
    conn: Connection, upload_id: UUID, receiving: UUID, *, number: int, content: bytes
) -> bool:
    """Keep the next piece; False when another file is being received by now."""
    return await conn.fetchval(ADD_PART, upload_id, receiving, number, content) is not None


RECEIVED = """
update directory_upload set state = 'uploaded', receiving = null, kind = $3, bytes = $4
where id = $1 and receiving = $2 and state = 'empty'
returning id
"""


async def received(
    conn: Connection, upload_id: UUID, receiving: UUID, *, kind: UploadKind, count: int
) -> bool:
    """Remember that the file is here, whole; False when another file is being received by now."""
    return await conn.fetchval(RECEIVED, upload_id, receiving, kind.value, count) is not None


PART = """
select content from directory_upload_part where upload_id = $1 and number = $2
"""


async def parts(conn: Connection, upload_id: UUID) -> AsyncIterator[bytes]:
    """The file, piece by piece."""
    number = 0
    while (content := await conn.fetchval(PART, upload_id, number, timeout=LONG)) is not None:
        yield content
        number += 1


MOVE = """
update directory_upload
set state = $3, run_by = coalesce($4, run_by), ended_at = case when $3 = 'stopped' then $5::timestamptz end,
    tries = 0
where id = $1 and state = any($2::text[])
returning id
"""


async def move(
    conn: Connection,
    upload_id: UUID,
    *,
    before: Collection[UploadState],
    to: UploadState,
    by: UUID | None,
    now: datetime,
) -> bool:
    """Let an import that stands at one of these go on to another state; False when it stands elsewhere."""
    states = [state.value for state in before]
    return await conn.fetchval(MOVE, upload_id, states, to.value, by, now) is not None


WORK = """
update directory_upload
set state = case when state in ('uploaded', 'previewing') then 'previewing' else 'running' end,
    tries = tries + 1, bytes_read = 0, bytes_to_read = null, doing = 'unpacking'
where id = $1 and state in ('uploaded', 'previewing', 'to_run', 'running')
returning id, source, state, kind, bytes, bytes_read, bytes_to_read, doing, tries, problem, preview, report,
          begun_by, begun_at, run_by, ended_at
"""


async def work_on(conn: Connection, upload_id: UUID) -> Upload | None:
    """Take up the work on an import, also after somebody who died over it; None when there is none to do."""
    row = await conn.fetchrow(WORK, upload_id)
    return None if row is None else _upload(row)


TELL = """
update directory_upload set bytes_read = $2, bytes_to_read = $3, doing = $4 where id = $1
"""


async def tell(conn: Connection, upload_id: UUID, *, read: int, to_read: int, doing: str) -> None:
    """Say how far it is."""
    await conn.execute(TELL, upload_id, read, to_read, doing)


PREVIEWED = """
update directory_upload set state = 'previewed', preview = $2, doing = null
where id = $1 and state = 'previewing'
returning id
"""


async def previewed(conn: Connection, upload_id: UUID, summary: Mapping[str, object]) -> bool:
    """Keep what it would do; False when it was stopped meanwhile."""
    return await conn.fetchval(PREVIEWED, upload_id, summary) is not None


DONE = """
update directory_upload set state = 'done', report = $2, doing = null, ended_at = $3
where id = $1 and state = 'running'
"""


async def done(conn: Connection, upload_id: UUID, summary: Mapping[str, object], now: datetime) -> None:
    """Keep what it did, and let the file go."""
    await conn.execute(DONE, upload_id, summary, now)
    await forget_parts(conn, upload_id)


BROKEN = """
update directory_upload set state = 'broken', problem = $2, doing = null, ended_at = $3
where id = $1 and state in ('previewing', 'running')
"""


async def broken(conn: Connection, upload_id: UUID, problem: str, now: datetime) -> None:
    """Keep why it cannot be used, and let the file go."""
    await conn.execute(BROKEN, upload_id, problem, now)
    await forget_parts(conn, upload_id)


FORGET_ROWS = """
delete from directory_upload_row where upload_id = $1
"""


async def forget_rows(conn: Connection, upload_id: UUID) -> None:
    """Let go what was said of each row."""
    await conn.execute(FORGET_ROWS, upload_id, timeout=LONG)


ADD_ROWS = """
insert into directory_upload_row (upload_id, number, outcome, file, line, kind, record, service_id, name,
                                  field, reason, value, changes)
select $1, number, outcome, file, line, kind, record, service_id, name, field, reason, value, changes
from jsonb_to_recordset($2::jsonb) as r (
    number integer, outcome text, file text, line integer, kind text, record text, service_id uuid, name text,
    field text, reason text, value text, changes jsonb)
"""


async def keep_rows(conn: Connection, upload_id: UUID, rows: Sequence[UploadRow]) -> None:
    """Keep what becomes of each row, in the place of what was said before."""
    await forget_rows(conn, upload_id)
    for first in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[first : first + ROWS_AT_ONCE]
        told = [{name: getattr(row, name) for name in UploadRow.__slots__} for row in some]
        await conn.execute(ADD_ROWS, upload_id, told, timeout=LONG)


ROWS = """
select number, outcome, file, line, kind, record, service_id, name, field, reason, value, changes
from directory_upload_row
where upload_id = $1 and number > $2
order by number
limit $3
"""
ROWS_WITH_OUTCOME = """
select number, outcome, file, line, kind, record, service_id, name, field, reason, value, changes
from directory_upload_row
where upload_id = $1 and outcome = $4 and number > $2
order by number
limit $3
"""


async def rows(
    conn: Connection, upload_id: UUID, *, outcome: RowOutcome | None, after: int, limit: int
) -> list[UploadRow]:
    """Lines of the report, in the order of the files, after that number."""
    statement, more = (ROWS, []) if outcome is None else (ROWS_WITH_OUTCOME, [outcome.value])
    found = await conn.fetch(statement, upload_id, after, limit, *more)
    return [_ROW.validate_python(dict(row)) for row in found]


_ROW = TypeAdapter(UploadRow)

LEFT = """
update directory_upload set state = 'stopped', ended_at = $2
where begun_at < $1 and state in ('empty', 'previewed')
returning id
"""


async def stop_what_was_left(conn: Connection, before: datetime, now: datetime) -> list[UUID]:
    """Stop what was begun before then and nobody went on with."""
    return [row["id"] for row in await conn.fetch(LEFT, before, now)]


FORGET_OLD_PARTS = """
delete from directory_upload_part p using directory_upload u
where u.id = p.upload_id and u.state in ('done', 'broken', 'stopped')
"""
FORGET_OLD_ROWS = """
delete from directory_upload_row r using directory_upload u
where u.id = r.upload_id and u.ended_at < $1
"""


async def forget(conn: Connection, before: datetime) -> None:
    """Remove files that nobody needs any more, and the rows of imports that ended before then."""
    await conn.execute(FORGET_OLD_PARTS)
    await conn.execute(FORGET_OLD_ROWS, before)
