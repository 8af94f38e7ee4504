"""Playbooks that were published: kept whole, numbered, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from shared.db import Connection, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One published version: what is known of it beside its texts. `restores` is the one it brought back."""

    number: int
    edition: str
    why: str
    published_by: UUID
    published_at: datetime
    restores: int | None


NEWEST_NUMBER = """
select max(number) as number from playbook_version
"""


async def newest_number(conn: Connection) -> int | None:
    """Give the number of the version in force; None while none was published."""
    row = await conn.fetchrow(NEWEST_NUMBER)
    return None if row is None else row["number"]


VERSIONS = """
select number, edition, why, published_by, published_at, restores
from playbook_version
where number < $1
order by number desc
limit $2
"""


async def versions(conn: Connection, *, before: int, limit: int) -> list[Published]:
    """Give published versions, the latest first, from below a number on."""
    return [_published(row) for row in await conn.fetch(VERSIONS, before, limit)]


VERSION = """
select number, edition, why, published_by, published_at, restores, files
from playbook_version
where number = $1
"""


async def version(conn: Connection, number: int) -> tuple[Published, dict[str, str]] | None:
    """Give one published version with its texts, by file."""
    row = await conn.fetchrow(VERSION, number)
    return None if row is None else (_published(row), dict(row["files"]))


PUBLISH = """
insert into playbook_version (number, edition, files, why, published_by, published_at, restores)
values ($1, $2, $3::text::jsonb, $4, $5, $6, $7)
"""


async def publish(conn: Connection, published: Published, files: Mapping[str, str]) -> None:
    """Put a version in force; a number that is taken already is an error of the database's."""
    await conn.execute(
        PUBLISH,
        published.number,
        published.edition,
        to_json(dict(files)).decode(),
        published.why,
        published.published_by,
        published.published_at,
        published.restores,
    )


NOT_STATED = """
select v.number, v.edition, v.why, v.published_by, v.published_at, v.restores, v.files
from playbook_version v
where v.number > $1 and not exists (select from playbook_stated s where s.number = v.number)
order by v.number
limit 1
"""


async def not_stated(conn: Connection, *, after: int) -> tuple[Published, dict[str, str]] | None:
    """Give the first version published after a number of which nobody has been told; None at the end."""
    row = await conn.fetchrow(NOT_STATED, after)
    return None if row is None else (_published(row), dict(row["files"]))


KEEP_STATED = """
insert into playbook_stated as s (number, edition) values ($1, $2)
on conflict (number) do update set edition = excluded.edition where s.edition <> excluded.edition
returning true
"""


async def keep_stated(conn: Connection, number: int, edition: str) -> bool:
    """Write down that this edition of a number is being stated; False where it has been already.

    Another copy of the service that is at it is waited for.
    """
    return bool(await conn.fetchval(KEEP_STATED, number, edition))


def _published(row: Record) -> Published:
    return Published(
        number=row["number"],
        edition=row["edition"],
        why=row["why"],
        published_by=row["published_by"],
        published_at=row["published_at"],
        restores=row["restores"],
    )
