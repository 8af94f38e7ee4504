"""A running desk; alone, with the streams of the others to speak for them, or with all the others."""

from __future__ import annotations

from collections.abc import AsyncIterator

import nats as nats_client
import pytest
from nats.aio.client import Client

from contracts.registry import streams
from deploy.local.servers import MessageServer
from services.desk.__main__ import SERVICE
from services.desk.settings import DeskSettings
from shared.run import running
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import SETTINGS, House
from tests.support.running import settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams, remove_streams
from tests.support.town import Town, town_on


@pytest.fixture
def clock() -> ManualClock:
    """A clock that tests move."""
    return ManualClock()


@pytest.fixture
async def bus(nats: MessageServer) -> AsyncIterator[Client]:
    """A connection that may do everything, to a server with empty streams of all services."""
    connection = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
    await provide_streams(connection, streams())
    yield connection
    await remove_streams(connection)
    await connection.close()


@pytest.fixture
async def house(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[House]:
    """The desk alone: what other services state is told by the test."""
    settings = settings_for(DeskSettings, "desk", database=database, nats=nats, **SETTINGS)
    assert isinstance(settings, DeskSettings)
    async with running(SERVICE, settings, clock) as service:
        yield House(service, bus, clock)


@pytest.fixture
async def town(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[Town]:
    """The desk with all the services that it speaks to."""
    async with town_on(database, nats, bus, clock) as town:
        yield town
