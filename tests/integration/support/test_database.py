"""The databases that tests get."""

import asyncpg
import pytest

from deploy.local.services import SERVICES
from tests.support.database import Database


async def test_a_service_reaches_its_own_schema_only(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_url)
    for service in SERVICES:
        await owner.execute(f"CREATE TABLE {service}.mine (id int)")
    await owner.close()

    connection = await asyncpg.connect(database.url("intake"))
    try:
        await connection.execute("INSERT INTO mine VALUES (1)")
        assert await connection.fetchval("SELECT id FROM intake.mine") == 1
        for other in set(SERVICES) - {"intake"}:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"SELECT id FROM {other}.mine")
    finally:
        await connection.close()


async def test_a_table_is_append_only_until_a_migration_says_otherwise(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_url)
    connection = await asyncpg.connect(database.url("barriers"))
    try:
        await owner.execute("CREATE TABLE barriers.history (id int)")
        await connection.execute("INSERT INTO history VALUES (1)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE history SET id = 2")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM history")

        await owner.execute("GRANT UPDATE, DELETE ON barriers.history TO foothold_barriers")
        await connection.execute("UPDATE history SET id = 2")
    finally:
        await connection.close()
        await owner.close()


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE mine (id int)", "CREATE TABLE public.mine (id int)", "CREATE SCHEMA mine"],
)
async def test_a_service_creates_nothing(database: Database, statement: str) -> None:
    connection = await asyncpg.connect(database.url("reminders"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("copy", [1, 2])
async def test_every_test_gets_a_database_of_its_own(database: Database, copy: int) -> None:
    owner = await asyncpg.connect(database.owner_url)
    try:
        # The second would find the table of the first.
        await owner.execute("CREATE TABLE intake.mine AS SELECT $1::int AS copy", copy)
    finally:
        await owner.close()
