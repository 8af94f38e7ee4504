"""Servers and databases for every test: one PostgreSQL and one NATS per worker, a database per test."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from deploy.local.nats import ANYTHING_GOES
from deploy.local.servers import DatabaseServer, MessageServer, Servers
from tests.support.database import Database, cloned, template_database
from tests.support.servers import NATS_PASSWORDS, PASSWORD, chosen_servers

# How long an example takes says more about what else the machine does than about our code.
settings.register_profile("foothold", deadline=None)
settings.load_profile("foothold")


@pytest.fixture(scope="session")
def servers() -> Servers:
    """The kind of servers that this run is about, for tests that need some of their own."""
    return chosen_servers()


@pytest.fixture(scope="session")
async def postgres(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DatabaseServer]:
    """A PostgreSQL shared by the tests of this worker; who kills it must start it again."""
    server = servers.postgres(tmp_path_factory.mktemp("postgres"), password=PASSWORD)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def nats(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MessageServer]:
    """A NATS server shared by the tests of this worker; who kills it must start it again.

    One user may do everything: NATS_USER and NATS_PASSWORD of tests/support/servers.py. Streams outlive a
    test unless it removes them.
    """
    server = servers.nats(
        tmp_path_factory.mktemp("nats"), authorization=ANYTHING_GOES, passwords=NATS_PASSWORDS
    )
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def migrated(postgres: DatabaseServer) -> Database:
    """The template database, with every migration applied; never connect to it, clone it."""
    return await template_database(postgres)


@pytest.fixture
async def database(migrated: Database) -> AsyncIterator[Database]:
    """A fresh database with every migration applied, for this test alone."""
    async with cloned(migrated) as database:
        yield database
