"""Open copies of the playbook: one for each supervisor, read by nobody else. Times are real."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from contracts.playbook import PlaybookContent
from contracts.terms import BarrierCategory
from services.desk.model.playbook import CopiedFile, Difference, OpenCopy, Trial
from shared.db import Connection

LOCK_COPY = "select pg_advisory_xact_lock(hashtextextended('playbook copy of ' || $1::uuid, 0))"


async def lock(conn: Connection, staff_id: UUID) -> None:
    """Let one change of somebody's copy be written at a time, until the transaction ends."""
    await conn.execute(LOCK_COPY, staff_id)


READ_COPY = """
select c.based_on, c.version, c.saved_at, c.content::text as content, c.read_over, c.trial::text as trial
from playbook_copy c
where c.staff_id = $1
"""


async def read(conn: Connection, staff_id: UUID) -> OpenCopy | None:
    """Somebody's open copy; None where they have none."""
    row = await conn.fetchrow(READ_COPY, staff_id)
    if row is None:
        return None
    return OpenCopy(
        based_on=row["based_on"],
        version=row["version"],
        saved_at=row["saved_at"],
        files=await _files(conn, staff_id),
        content=PlaybookContent.model_validate_json(row["content"]) if row["content"] else None,
        read_over=row["read_over"],
        trial=Trial.model_validate_json(row["trial"]) if row["trial"] else None,
    )


FILES_OF_COPY = """
select name, text, written_from from playbook_copy_file where staff_id = $1 order by name
"""


async def _files(conn: Connection, staff_id: UUID) -> dict[str, CopiedFile]:
    return {
        row["name"]: CopiedFile(text=row["text"], written_from=row["written_from"])
        for row in await conn.fetch(FILES_OF_COPY, staff_id)
    }


TOUCH_COPY = """
insert into playbook_copy as c (staff_id, based_on, version, saved_at) values ($1, $2, 1, $3)
on conflict (staff_id) do update
set based_on = excluded.based_on, version = c.version + 1, saved_at = excluded.saved_at,
    content = null, read_over = null, trial = null
returning version
"""


async def touch(conn: Connection, staff_id: UUID, *, based_on: int, now: datetime) -> int:
    """Begin a copy, or write down that it changes; what was read of it and tried holds no more."""
    await _forget_differences(conn, staff_id)
    return int(await conn.fetchval(TOUCH_COPY, staff_id, based_on, now))


SAVE_FILE = """
insert into playbook_copy_file (staff_id, name, text, written_from) values ($1, $2, $3, $4)
on conflict (staff_id, name) do update set text = excluded.text, written_from = excluded.written_from
"""


async def save_file(conn: Connection, staff_id: UUID, name: str, file: CopiedFile) -> None:
    """Write a text of a copy that was touched."""
    await conn.execute(SAVE_FILE, staff_id, name, file.text, file.written_from)


FORGET_FILES = """
delete from playbook_copy_file where staff_id = $1 and name = any($2::text[])
"""


async def forget_files(conn: Connection, staff_id: UUID, names: Collection[str]) -> None:
    """Take texts out of a copy."""
    await conn.execute(FORGET_FILES, staff_id, list(names))


FORGET_COPY = """
delete from playbook_copy where staff_id = $1
"""


async def forget(conn: Connection, staff_id: UUID) -> None:
    """Throw a copy away, with all that is in it."""
    await conn.execute(FORGET_COPY, staff_id)


KEEP_READ = """
update playbook_copy set content = $3::text::json, read_over = $4 where staff_id = $1 and version = $2
"""


async def keep_read(
    conn: Connection, staff_id: UUID, version: int, *, content: PlaybookContent, over: int
) -> None:
    """Write down how a copy is read, unless it has changed since."""
    await conn.execute(KEEP_READ, staff_id, version, content.model_dump_json(), over)


KEEP_TRIAL = """
update playbook_copy set trial = $3::text::json
where staff_id = $1 and version = $2 and content is not null
returning true
"""


async def keep_trial(
    conn: Connection, staff_id: UUID, version: int, *, trial: Trial, differences: Sequence[Difference]
) -> None:
    """Write down what a trial came to, unless the copy has changed since."""
    if await conn.fetchval(KEEP_TRIAL, staff_id, version, trial.model_dump_json()):
        await _forget_differences(conn, staff_id)
        await _keep_differences(conn, staff_id, differences)


KEEP_DIFFERENCES = """
insert into playbook_copy_difference (staff_id, position, category, difference)
select $1, u.position, u.category, u.difference::json
from unnest($2::integer[], $3::text[], $4::text[]) as u (position, category, difference)
"""


async def _keep_differences(conn: Connection, staff_id: UUID, differences: Sequence[Difference]) -> None:
    await conn.execute(
        KEEP_DIFFERENCES,
        staff_id,
        list(range(len(differences))),
        [one.category.value for one in differences],
        [one.model_dump_json() for one in differences],
    )


FORGET_DIFFERENCES = """
delete from playbook_copy_difference where staff_id = $1
"""


async def _forget_differences(conn: Connection, staff_id: UUID) -> None:
    await conn.execute(FORGET_DIFFERENCES, staff_id)


DIFFERENCES = """
select difference::text as difference
from playbook_copy_difference
where staff_id = $1 and ($2::text is null or category = $2)
order by position
offset $3
limit $4
"""


async def differences(
    conn: Connection, staff_id: UUID, *, category: BarrierCategory | None, after: int, limit: int
) -> list[Difference]:
    """What the last trial would have answered differently, from a place on; of one kind, or of all."""
    rows = await conn.fetch(DIFFERENCES, staff_id, category.value if category else None, after, limit)
    return [Difference.model_validate_json(row["difference"]) for row in rows]
