"""The versions of the playbook, as barriers stated them."""

from __future__ import annotations

from collections.abc import Sequence

from services.desk.model.pictures import Picture
from services.desk.model.playbook import PlaybookPicture, VersionLine
from shared.db import Connection, Record

SAVE_PLAYBOOKS = """
insert into playbook_version as v (id, number, stated_at, picture)
select u.id, u.number, u.stated_at, u.picture::json
from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[]) as u (id, number, stated_at, picture)
on conflict (id) do update
set number = excluded.number, stated_at = excluded.stated_at, picture = excluded.picture
where v.stated_at <= excluded.stated_at
"""


async def save(conn: Connection, playbooks: Sequence[Picture]) -> None:
    """Write how these versions stand; one that was stated again meanwhile stays as it was stated last."""
    found = [one for one in playbooks if isinstance(one, PlaybookPicture)]
    await conn.execute(
        SAVE_PLAYBOOKS,
        [one.id for one in found],
        [one.number for one in found],
        [one.stated_at for one in found],
        [one.model_dump_json() for one in found],
    )


NEWEST = """
select number, stated_at from playbook_version order by number desc limit 1
"""


async def newest(conn: Connection) -> tuple[int, object] | None:
    """The number in force, and what changes when it is stated again; None while none has arrived."""
    row = await conn.fetchrow(NEWEST)
    return None if row is None else (row["number"], row["stated_at"])


VERSION = """
select picture::text as picture from playbook_version where number = $1
"""


async def version(conn: Connection, number: int) -> PlaybookPicture | None:
    """One version, whole."""
    found = await conn.fetchval(VERSION, number)
    return None if found is None else PlaybookPicture.model_validate_json(found)


NUMBER_BEFORE = """
select max(number) as number from playbook_version where number < $1
"""


async def number_before(conn: Connection, number: int) -> int | None:
    """The version before this one, of those that have arrived; None before the first."""
    found: int | None = await conn.fetchval(NUMBER_BEFORE, number)
    return found


VERSIONS = """
select v.number, v.picture ->> 'version' as version, v.picture ->> 'why' as why,
       (v.picture ->> 'published_by')::uuid as published_by, s.name as published_by_name,
       (v.picture ->> 'published_at')::timestamptz as published_at,
       (v.picture ->> 'restores')::integer as restores
from playbook_version v
left join staff s on s.id = (v.picture ->> 'published_by')::uuid
where v.number < $1
order by v.number desc
limit $2
"""


async def versions(conn: Connection, *, before: int, limit: int) -> list[VersionLine]:
    """The versions from below a number on, the latest first."""
    return [_line(row) for row in await conn.fetch(VERSIONS, before, limit)]


def _line(row: Record) -> VersionLine:
    return VersionLine(
        number=row["number"],
        version=row["version"],
        why=row["why"],
        published_by=row["published_by"],
        published_by_name=row["published_by_name"],
        published_at=row["published_at"],
        restores=row["restores"],
    )
