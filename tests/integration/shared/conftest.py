"""A clean NATS for every test here, a look into the test's database, and the parcel system."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import nats as nats_client
import pytest
import structlog
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from shared.logging import hide_personal_data, say_where
from tests.integration.shared.system import System, parcel_system
from tests.support.database import Database
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import remove_streams


@pytest.fixture(scope="session", autouse=True)
def short_logs() -> Iterator[None]:
    """Log as the processes do, for people: where an error came from, without a picture of every variable."""
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            say_where,
            hide_personal_data,
            structlog.dev.ConsoleRenderer(colors=False),
        ]
    )
    yield
    structlog.configure(**before)


@pytest.fixture
async def bus(nats: MessageServer) -> AsyncIterator[Client]:
    """A connection that may do everything, to a server without streams; it outlives a restart of it."""
    connection = await nats_client.connect(
        nats.url,
        user=NATS_USER,
        password=NATS_PASSWORD,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.05,
        error_cb=_ignore,
    )
    await remove_streams(connection)
    yield connection
    await remove_streams(connection)
    await connection.close()


async def _ignore(_: Exception) -> None:
    """Servers are killed on purpose here."""


@pytest.fixture
async def admin(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that sees every schema of the test's database."""
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
async def system(
    database: Database, nats: MessageServer, admin: "asyncpg.Connection[asyncpg.Record]", bus: Client
) -> AsyncIterator[System]:
    """Depot and hub, running in this process."""
    async with parcel_system(database, nats, admin, bus) as system:
        yield system
