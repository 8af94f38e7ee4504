"""A service that starts while the message server is in trouble waits until it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import nats as nats_client
import pytest

from deploy.local.nats import ANYTHING_GOES, EmbeddedNats
from shared.errors import Transient
from shared.run import running
from shared.settings import ServiceSettings
from shared.streams import ensure_stream
from tests.integration.shared.parcels import DEPOT
from tests.integration.shared.system import create_counted
from tests.support.database import Database
from tests.support.running import settings_for
from tests.support.servers import NATS_PASSWORD, NATS_PASSWORDS, NATS_USER


@pytest.fixture
async def stuck(tmp_path: Path) -> AsyncIterator[tuple[EmbeddedNats, Path]]:
    """A server that cannot write the depot's stream, and what must go before it can."""
    server = EmbeddedNats(tmp_path / "nats", authorization=ANYTHING_GOES, passwords=NATS_PASSWORDS)
    await server.start()
    in_the_way = tmp_path / "nats" / "jetstream" / "jetstream" / "$G" / "streams" / DEPOT.stream.name
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_text("a file where the server wants a folder")
    yield server, in_the_way
    await server.stop()


async def test_a_server_that_cannot_write_a_stream_is_asked_again(
    stuck: tuple[EmbeddedNats, Path], database: Database
) -> None:
    server, in_the_way = stuck
    client = await nats_client.connect(server.url, user=NATS_USER, password=NATS_PASSWORD)
    with pytest.raises(Transient, match="cannot provide the stream"):
        await ensure_stream(client.jetstream(), DEPOT.stream)
    await client.close()

    await create_counted(database)
    asyncio.get_running_loop().call_later(0.5, in_the_way.unlink)
    settings = settings_for(ServiceSettings, "intake", database=database, nats=server)
    async with running(DEPOT, settings) as depot:
        assert depot.url
