"""One running world for the tests of a file: starting it takes longer than most of them."""

from collections.abc import AsyncIterator

import pytest

from deploy.local.servers import MessageServer
from tests.integration.access.world import World, world_on
from tests.support.clock import ManualClock
from tests.support.database import Database, cloned


@pytest.fixture(scope="module")
async def world(migrated: Database, nats: MessageServer) -> AsyncIterator[World]:
    async with cloned(migrated) as database, world_on(database, nats, ManualClock()) as world:
        yield world
