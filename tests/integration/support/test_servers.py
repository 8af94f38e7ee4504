"""The servers that tests get: the same behaviour whether embedded or in containers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import nats as nats_client
import pytest
from nats.js.errors import NotFoundError

from deploy.local.nats import ANYTHING_GOES
from deploy.local.servers import DatabaseServer, MessageServer, Servers
from tests.support.servers import NATS_PASSWORD, NATS_PASSWORDS, NATS_USER, PASSWORD


@pytest.fixture
async def own_postgres(servers: Servers, tmp_path: Path) -> AsyncIterator[DatabaseServer]:
    server = servers.postgres(tmp_path / "postgres", password=PASSWORD)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def own_nats(servers: Servers, tmp_path: Path) -> AsyncIterator[MessageServer]:
    server = servers.nats(tmp_path / "nats", authorization=ANYTHING_GOES, passwords=NATS_PASSWORDS)
    await server.start()
    yield server
    await server.stop()


@pytest.mark.parametrize("interruption", ["kill", "restart"])
async def test_what_was_committed_survives(own_postgres: DatabaseServer, interruption: str) -> None:
    url = own_postgres.url()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS value")

    await _interrupt(own_postgres, interruption)

    assert own_postgres.url() == url
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT value FROM kept") == 7
    await connection.close()


@pytest.mark.parametrize("interruption", ["kill", "restart"])
async def test_what_was_acknowledged_survives(own_nats: MessageServer, interruption: str) -> None:
    url = own_nats.url
    client = await nats_client.connect(url, user=NATS_USER, password=NATS_PASSWORD)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
    await client.jetstream().publish("kept.one", b"7")
    await client.close()

    await _interrupt(own_nats, interruption)

    assert own_nats.url == url
    client = await nats_client.connect(url, user=NATS_USER, password=NATS_PASSWORD)
    assert (await client.jetstream().get_msg("KEPT", seq=1)).data == b"7"
    await client.close()


async def test_nobody_connects_without_a_password(own_postgres: DatabaseServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(own_postgres.url(password="guessed"))


async def test_the_end_of_a_server_is_noticed(own_nats: MessageServer) -> None:
    ended = asyncio.create_task(own_nats.ended())
    await asyncio.sleep(0)
    assert not ended.done()

    await own_nats.kill()

    async with asyncio.timeout(5):
        await ended


async def test_the_shared_servers_answer(postgres: DatabaseServer, nats: MessageServer) -> None:
    connection = await asyncpg.connect(postgres.url())
    assert await connection.fetchval("SHOW synchronous_commit") == "on"
    await connection.close()

    client = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
    with pytest.raises(NotFoundError):
        await client.jetstream().stream_info("NEVER_MADE")
    await client.close()


async def _interrupt(server: DatabaseServer | MessageServer, interruption: str) -> None:
    if interruption == "restart":
        await server.restart()
    else:
        await server.kill()
        await server.start()
