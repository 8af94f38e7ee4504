"""The embedded NATS server."""

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import nats as nats_client
import pytest

from deploy.local.errors import FolderInUseError, PortTakenError, StartFailedError
from deploy.local.nats import ANYTHING_GOES, EmbeddedNats
from deploy.local.ports import LOOPBACK
from tests.integration.deploy.conftest import Start
from tests.support.connecting import is_let_in
from tests.support.eventually import eventually
from tests.support.processes import mentioning
from tests.support.servers import NATS_PASSWORD, NATS_PASSWORDS, NATS_USER


def described(folder: Path, *, authorization: str | Path = ANYTHING_GOES, port: int = 0) -> EmbeddedNats:
    return EmbeddedNats(folder, authorization=authorization, passwords=NATS_PASSWORDS, port=port)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    server = described(tmp_path / "nats")
    await server.start()
    yield server
    await server.stop()


async def test_a_message_is_on_disk_before_it_is_acknowledged(server: EmbeddedNats, tmp_path: Path) -> None:
    client = await nats_client.connect(server.url, user=NATS_USER, password=NATS_PASSWORD)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
    for number in range(20):
        await client.jetstream().publish("kept.one", str(number).encode())
    await client.close()
    await server.kill()

    assert "sync_interval: always" in (tmp_path / "nats" / "nats.conf").read_text()
    await server.start()
    client = await nats_client.connect(server.url, user=NATS_USER, password=NATS_PASSWORD)
    assert (await client.jetstream().stream_info("KEPT")).state.messages == 20
    await client.close()


async def test_nobody_connects_without_a_password(server: EmbeddedNats) -> None:
    assert not await is_let_in(server.url)


async def test_its_configuration_holds_no_password_and_is_private(
    server: EmbeddedNats, tmp_path: Path
) -> None:
    file = tmp_path / "nats" / "nats.conf"

    assert NATS_PASSWORD not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_rights_can_come_from_a_file(tmp_path: Path) -> None:
    rights = tmp_path / "rights.conf"
    rights.write_text(
        'authorization { users: [ { user: "reader", password: $FOOTHOLD_NATS_PASSWORD, '
        'permissions: { publish: { deny: ">" } } } ] }'
    )
    server = described(tmp_path / "nats", authorization=rights)
    await server.start()
    refused: list[Exception] = []

    async def note(error: Exception) -> None:
        refused.append(error)

    client = await nats_client.connect(server.url, user="reader", password=NATS_PASSWORD, error_cb=note)
    await client.publish("anything", b"")
    await client.flush()
    await eventually(lambda: len(refused), 1)
    await client.close()
    await server.stop()


async def test_what_an_older_version_kept_is_still_there_when_the_services_get_an_account(
    server: EmbeddedNats, tmp_path: Path
) -> None:
    client = await nats_client.connect(server.url, user=NATS_USER, password=NATS_PASSWORD)
    await client.jetstream().add_stream(name="KEPT", subjects=["kept.>"])
    await client.jetstream().publish("kept.one", b"1")
    await client.close()
    await server.stop()

    users = '{ user: "foothold", password: $FOOTHOLD_NATS_PASSWORD }'
    now = described(
        tmp_path / "nats",
        authorization=f"accounts {{ FOOTHOLD {{ jetstream: enabled, users: [ {users} ] }} }}",
    )
    await now.start()
    client = await nats_client.connect(now.url, user=NATS_USER, password=NATS_PASSWORD)
    assert (await client.jetstream().stream_info("KEPT")).state.messages == 1
    await client.close()
    await now.stop()


async def test_says_what_is_wrong_with_its_configuration(tmp_path: Path) -> None:
    with pytest.raises(StartFailedError, match="Parse error"):
        await described(tmp_path / "nats", authorization="authorization { users: [ ").start()


async def test_says_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            await described(tmp_path / "nats", port=port).start()


async def test_says_that_its_folder_is_in_use(server: EmbeddedNats, tmp_path: Path) -> None:
    with pytest.raises(FolderInUseError, match=str(os.getpid())):
        await described(tmp_path / "nats").start()


async def test_dies_with_the_program_that_started_it(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "nats"
    program = start(
        "-c",
        "import asyncio, pathlib, signal\n"
        "from deploy.local.nats import EmbeddedNats, ANYTHING_GOES\n"
        f"server = EmbeddedNats(pathlib.Path({str(folder)!r}), passwords={NATS_PASSWORDS!r})\n"
        "asyncio.run(server.start())\n"
        "print('started', flush=True)\n"
        "signal.pause()",
    )
    assert program.stdout is not None
    assert await asyncio.to_thread(program.stdout.readline) == "started\n"
    assert len(mentioning(str(folder))) == 2  # the program, whose text names it, and the server

    program.kill()

    await eventually(lambda: mentioning(str(folder)), [])
