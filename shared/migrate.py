"""Forward-only SQL migrations, one folder per service, applied by the owner of the schema.

Safe to run from any number of processes at once (one advisory lock per schema) and again and again. A
statement that cannot get its lock within five seconds gives up rather than queueing everyone behind it.
An applied file never changes: a different checksum is an error. Service roles have no part in this.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from shared.db import Connection

NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")
KIT = Path(__file__).parent / "migrations"

CREATE_LEDGER = """
create table if not exists schema_migration (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""
APPLIED = "select name, checksum from schema_migration"
RECORD = "insert into schema_migration (name, checksum) values ($1, $2)"


class MigrationError(Exception):
    """The schema cannot be brought up to date; the message says which file and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name (`kit/0001_kit`), its text and the checksum that pins it."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_in(folder: Path, prefix: str) -> list[Migration]:
    """The folder's migrations in order; a file with any other name is an error."""
    files = sorted(folder.glob("*.sql"))
    for file in files:
        if not NAME.match(file.name):
            message = f"{file}: a migration is named NNNN_what_it_does.sql"
            raise MigrationError(message)
    return [Migration(f"{prefix}/{file.stem}", file.read_text()) for file in files]


def all_migrations(schema: str, folder: Path) -> list[Migration]:
    """The kit's migrations, then the service's own."""
    return [*migrations_in(KIT, "kit"), *migrations_in(folder, schema)]


async def migrate(owner_url: str, *, schema: str, folder: Path) -> list[str]:
    """Apply what is missing, each file in its own transaction; return the names that were applied."""
    connection = await asyncpg.connect(owner_url, server_settings={"search_path": schema})
    try:
        await connection.execute("select pg_advisory_lock(hashtext($1))", f"migrate/{schema}")
        await connection.execute(CREATE_LEDGER)
        applied = {row["name"]: row["checksum"] for row in await connection.fetch(APPLIED)}
        return [
            migration.name
            for migration in all_migrations(schema, folder)
            if await _apply(connection, migration, applied)
        ]
    finally:
        await connection.close()


async def _apply(
    connection: asyncpg.Connection[asyncpg.Record], migration: Migration, applied: dict[str, str]
) -> bool:
    """Apply one migration unless it was applied before; say whether it was applied now."""
    if migration.name in applied:
        if applied[migration.name] != migration.checksum:
            message = f"{migration.name} was changed after it was applied; add a new migration instead"
            raise MigrationError(message)
        return False
    async with connection.transaction():
        await connection.execute("set local lock_timeout = '5s'")
        await connection.execute(migration.sql)
        await connection.execute(RECORD, migration.name, migration.checksum)
    return True


async def missing(connection: Connection, *, schema: str, folder: Path) -> list[str]:
    """The migrations that this code expects and the schema does not have."""
    applied = {row["name"] for row in await connection.fetch(APPLIED)}
    return [m.name for m in all_migrations(schema, folder) if m.name not in applied]
