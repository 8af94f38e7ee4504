"""Migrations: from any number of processes at once, in order, never changed, never queueing everyone up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from deploy.local.servers import MessageServer
from shared.migrate import MigrationError, all_migrations, migrate, missing
from shared.run import running
from shared.settings import ServiceSettings
from tests.integration.shared.parcels import DEPOT
from tests.support.database import Database
from tests.support.running import settings_for


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations of a service of its own; the first takes long enough for others to come along."""
    (tmp_path / "0001_create_shelf.sql").write_text(
        "create table shelf (id integer primary key); insert into shelf values (1); select pg_sleep(0.1);"
    )
    (tmp_path / "0002_name_shelves.sql").write_text(
        "alter table shelf add column label text; update shelf set label = 'A';"
    )
    return tmp_path


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """The owner, in the schema that these migrations are for."""
    connection = await asyncpg.connect(database.owner_url, server_settings={"search_path": "intake"})
    yield connection
    await connection.close()


async def names(owner: asyncpg.Connection[asyncpg.Record]) -> list[str]:
    rows = await owner.fetch(
        "select name from schema_migration where name like 'intake/%shel%' order by name"
    )
    return [row["name"] for row in rows]


async def test_many_processes_at_once_apply_each_migration_once(
    database: Database, folder: Path, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    applied = await asyncio.gather(
        *(migrate(database.owner_url, schema="intake", folder=folder) for _ in range(5))
    )

    assert sorted(name for each in applied for name in each) == [
        "intake/0001_create_shelf",
        "intake/0002_name_shelves",
    ]
    assert await names(owner) == ["intake/0001_create_shelf", "intake/0002_name_shelves"]
    assert [tuple(row) for row in await owner.fetch("select id, label from shelf")] == [(1, "A")]


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused_by_name(
    database: Database, folder: Path, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    await migrate(database.owner_url, schema="intake", folder=folder)
    (folder / "0001_create_shelf.sql").write_text("create table shelf (id bigint primary key)")
    (folder / "0003_more_shelves.sql").write_text("insert into shelf values (2, 'B')")

    with pytest.raises(MigrationError, match="intake/0001_create_shelf was changed"):
        await migrate(database.owner_url, schema="intake", folder=folder)
    assert await owner.fetchval("select count(*) from shelf") == 1


async def test_a_migration_that_does_not_work_leaves_nothing_of_itself(
    database: Database, folder: Path, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    (folder / "0003_more_shelves.sql").write_text("insert into shelf values (2, 'B'); select 1 / 0;")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database.owner_url, schema="intake", folder=folder)
    assert await names(owner) == ["intake/0001_create_shelf", "intake/0002_name_shelves"]
    assert await owner.fetchval("select count(*) from shelf") == 1

    (folder / "0003_more_shelves.sql").write_text("insert into shelf values (2, 'B');")
    assert await migrate(database.owner_url, schema="intake", folder=folder) == ["intake/0003_more_shelves"]


async def test_a_lock_that_cannot_be_had_is_given_up_soon(
    database: Database, folder: Path, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    await migrate(database.owner_url, schema="intake", folder=folder)
    (folder / "0003_colour_shelves.sql").write_text("alter table shelf add column colour text")

    async with owner.transaction():
        await owner.execute("select label from shelf")
        with pytest.raises(asyncpg.LockNotAvailableError):
            # The kit's own limit is five seconds; without one this would wait for as long as the other.
            await asyncio.wait_for(migrate(database.owner_url, schema="intake", folder=folder), 15)

    assert await migrate(database.owner_url, schema="intake", folder=folder) == ["intake/0003_colour_shelves"]


@pytest.mark.parametrize(
    "name", ["1_short.sql", "0003-dashes.sql", "0003_Capitals.sql", "notes.sql", "0003_.sql"]
)
def test_a_file_that_is_not_named_like_a_migration_stops_everything(folder: Path, name: str) -> None:
    (folder / name).write_text("select 1")

    with pytest.raises(MigrationError, match="NNNN_what_it_does"):
        all_migrations("intake", folder)


async def test_a_service_does_not_start_on_a_schema_that_is_behind(
    database: Database, folder: Path, nats: MessageServer, owner: asyncpg.Connection[asyncpg.Record]
) -> None:
    (folder / "migrations").mkdir()
    (folder / "migrations" / "0001_create_shelf.sql").write_text(
        "create table shelf (id integer primary key)"
    )
    depot = replace(DEPOT, folder=folder)
    settings = settings_for(ServiceSettings, "intake", database=database, nats=nats)

    assert await missing(owner, schema="intake", folder=folder / "migrations") == ["intake/0001_create_shelf"]
    with pytest.raises(SystemExit, match=r"lacks intake/0001_create_shelf; run `make migrate`"):
        async with running(depot, settings):
            pass

    await migrate(database.owner_url, schema="intake", folder=folder / "migrations")
    assert await missing(owner, schema="intake", folder=folder / "migrations") == []
    async with running(depot, settings) as service:
        assert service.url


async def test_a_service_cannot_migrate_with_its_own_role(database: Database, folder: Path) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await migrate(database.url("intake"), schema="intake", folder=folder)
