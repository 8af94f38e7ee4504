"""The embedded PostgreSQL on machines of every kind, after every kind of end."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local import identity, process
from deploy.local.errors import FolderInUseError, LocalError, PortTakenError
from deploy.local.ports import LOOPBACK
from deploy.local.postgres import EmbeddedPostgres
from tests.integration.deploy.conftest import Start
from tests.support.eventually import eventually
from tests.support.processes import mentioning

PASSWORD = "s e:c/r@t%"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", password=PASSWORD)
    await server.start()
    yield server
    await server.stop()


async def test_listens_on_loopback_only_and_keeps_commits_on_disk(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        shown = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("listen_addresses", "fsync", "synchronous_commit", "timezone")
        }
    finally:
        await connection.close()

    assert shown == {
        "listen_addresses": "127.0.0.1",
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
    }


async def test_answers_on_its_private_socket_too() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder, password=PASSWORD)
        await server.start()
        connection = await asyncpg.connect(
            host=str(folder / "socket"), port=server.port, user="postgres", password=PASSWORD
        )
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        await server.stop()


async def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("deep" * 25) / "postgres", password=PASSWORD)
    await server.start()
    connection = await asyncpg.connect(server.url())
    assert await connection.fetchval("SHOW unix_socket_directories") == ""
    await connection.close()
    await server.stop()


async def test_is_never_root(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url())
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    await connection.close()

    assert backend is not None
    assert os.geteuid() != 0 or (server_folder(server).stat().st_uid != 0)


async def test_stops_within_three_seconds_with_clients_connected(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.url())
    asleep = asyncio.create_task(connection.execute("SELECT pg_sleep(60)"))
    begin = time.monotonic()

    await server.stop()

    assert time.monotonic() - begin < 3
    with pytest.raises((asyncpg.PostgresError, ConnectionError, asyncpg.InterfaceError)):
        await asleep


async def test_says_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            await EmbeddedPostgres(tmp_path / "postgres", password=PASSWORD, port=port).start()


async def test_says_that_its_folder_is_in_use(server: EmbeddedPostgres, tmp_path: Path) -> None:
    with pytest.raises(FolderInUseError, match=str(os.getpid())):
        await EmbeddedPostgres(tmp_path / "postgres", password=PASSWORD).start()

    connection = await asyncpg.connect(server.url())
    await connection.close()


async def test_a_pid_file_that_now_names_another_program_is_no_obstacle(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    await server.kill()
    file = tmp_path / "postgres" / "cluster" / "postmaster.pid"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    await server.start()

    connection = await asyncpg.connect(server.url())
    await connection.close()


async def test_a_first_start_that_was_cut_short_is_begun_anew(tmp_path: Path) -> None:
    half_made = tmp_path / "postgres" / "cluster.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    server = EmbeddedPostgres(tmp_path / "postgres", password=PASSWORD)
    await server.start()
    await server.stop()

    assert not half_made.exists()


async def test_dies_with_the_program_that_started_it_and_starts_again_at_once(
    start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "postgres"
    program = start(
        "-c",
        "import asyncio, os, pathlib, signal, sys\n"
        "from deploy.local.postgres import EmbeddedPostgres\n"
        f"server = EmbeddedPostgres(pathlib.Path({str(folder)!r}), password={PASSWORD!r})\n"
        "asyncio.run(server.start())\n"
        "print('started', flush=True)\n"
        "signal.pause()",
    )
    assert program.stdout is not None
    assert await asyncio.to_thread(program.stdout.readline) == "started\n"
    assert process.working_in(folder / "cluster")

    program.kill()
    server = EmbeddedPostgres(folder, password=PASSWORD)
    await server.start()
    connection = await asyncpg.connect(server.url())
    await connection.close()
    await server.stop()

    await eventually(lambda: mentioning(str(folder)), [])


async def test_kill_leaves_no_process_behind(server: EmbeddedPostgres, tmp_path: Path) -> None:
    connection = await asyncpg.connect(server.url())

    await server.kill()

    assert mentioning(str(tmp_path / "postgres")) == []
    connection.terminate()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets folders that are closed to its helpers")
class TestAsRoot:
    @pytest.fixture
    def closed(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
            folder = Path(name)
            folder.chmod(0o700)
            yield folder

    async def test_works_below_a_closed_folder_and_leaves_its_permissions_alone(self, closed: Path) -> None:
        server = EmbeddedPostgres(closed / "deep" / "postgres", password=PASSWORD)
        await server.start()
        connection = await asyncpg.connect(server.url())
        await connection.execute("CREATE TABLE kept AS SELECT 1")
        await connection.close()
        await server.restart()
        await server.stop()

        assert closed.stat().st_mode & 0o777 == 0o700
        assert closed.stat().st_uid == 0

    @pytest.mark.parametrize("number", range(4))
    async def test_every_way_to_run_it_works_where_it_applies(
        self, closed: Path, number: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if number == 0:
            # `nobody` without further rights needs folders that are open to everyone.
            closed.chmod(0o755)
            if not _reachable_for_nobody():
                pytest.skip("this checkout is closed to other users")
        way = list(identity.candidates())[number]
        monkeypatch.setattr(identity, "candidates", lambda: iter([way]))
        server = EmbeddedPostgres(closed / "postgres", password=PASSWORD)

        try:
            await server.start()
        except LocalError as error:
            if way.uid == 0:
                pytest.skip(f"no user namespaces here: {error}")
            raise
        connection = await asyncpg.connect(server.url())
        await connection.close()
        await server.stop()

    async def test_programs_below_a_closed_folder_can_be_run(self, closed: Path) -> None:
        program = closed / "program"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        folder = closed / "data"
        folder.mkdir()

        chosen = identity.choose(program, folder)

        assert chosen.prefix
        assert closed.stat().st_mode & 0o777 == 0o700

    async def test_a_folder_once_run_by_root_without_rights_is_handed_over(self, closed: Path) -> None:
        server = EmbeddedPostgres(closed / "postgres", password=PASSWORD)
        await server.start()
        await server.stop()
        subprocess.run(["chown", "-R", "0:0", str(closed)], check=True)

        await server.start()
        await server.stop()

    async def test_works_for_a_normal_user(self, closed: Path) -> None:
        closed.chmod(0o777)
        if not _reachable_for_nobody():
            pytest.skip("this checkout is closed to other users")
        result = subprocess.run(
            [
                *("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all"),
                *("/usr/bin/python3", "-c", _AS_NORMAL_USER, str(closed / "postgres"), *sys.path),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )

        assert result.returncode == 0, result.stderr
        assert result.stdout == "started and stopped\n"


_AS_NORMAL_USER = """
import asyncio, pathlib, sys
sys.path += [path for path in sys.argv[2:] if path]
from deploy.local.postgres import EmbeddedPostgres
async def main():
    server = EmbeddedPostgres(pathlib.Path(sys.argv[1]), password="x")
    await server.start()
    await server.stop()
    print("started and stopped")
asyncio.run(main())
"""


def _reachable_for_nobody() -> bool:
    check = ["setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps=-all", "/usr/bin/python3", "-c"]
    code = f"open({__file__!r})"
    return subprocess.run([*check, code], capture_output=True, check=False, cwd="/").returncode == 0


def server_folder(server: EmbeddedPostgres) -> Path:
    return server._cluster
