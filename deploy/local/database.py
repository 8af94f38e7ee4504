"""Make Foothold's database: the database itself, its roles and schemas, and their passwords."""

from collections.abc import Mapping
from pathlib import Path

import asyncpg

from deploy.local.servers import DatabaseServer
from deploy.local.services import OWNER

ROLES = Path(__file__).parents[1] / "postgres" / "roles.sql"

_EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
_CREATE = "SELECT format('CREATE DATABASE %I', $1::text)"
_OWN = "SELECT format('ALTER DATABASE %I OWNER TO %I', $1::text, $2::text)"
_PASSWORD = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)"  # noqa: S105 - a statement


async def prepare(server: DatabaseServer, database: str, passwords: Mapping[str, str]) -> None:
    """Create the database unless it is there, apply roles.sql, and set the passwords by role.

    Can be run again at any time: it then only restores what roles.sql says.
    """
    connection = await asyncpg.connect(server.url())
    try:
        if not await connection.fetchval(_EXISTS, database):
            await connection.execute(await connection.fetchval(_CREATE, database))
    finally:
        await connection.close()
    connection = await asyncpg.connect(server.url(database=database))
    try:
        async with connection.transaction():
            await connection.execute(ROLES.read_text())
            for role, password in passwords.items():
                await connection.execute(await connection.fetchval(_PASSWORD, role, password))
            await connection.execute(await connection.fetchval(_OWN, database, OWNER))
    finally:
        await connection.close()
