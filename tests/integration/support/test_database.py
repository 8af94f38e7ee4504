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


async def test_a_service_changes_rows_and_neither_truncates_nor_drops(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_url)
    connection = await asyncpg.connect(database.url("barriers"))
    try:
        await owner.execute("CREATE TABLE barriers.mine (id int)")
        await connection.execute("INSERT INTO mine VALUES (1)")
        await connection.execute("UPDATE mine SET id = 2")
        await connection.execute("DELETE FROM mine")
        for statement in ("TRUNCATE mine", "DROP TABLE mine", "ALTER TABLE mine ADD COLUMN more int"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
        await owner.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_history_is_append_only_for_the_service_that_writes_it(
    database: Database, service: str
) -> None:
    connection = await asyncpg.connect(database.url(service))
    try:
        await connection.execute("SELECT id FROM event")
        for statement in ("UPDATE event SET type = ''", "DELETE FROM event", "TRUNCATE event"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


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
