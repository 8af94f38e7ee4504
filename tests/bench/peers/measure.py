"""Runs one peer on the given server and says how many barriers a second it answers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping

import asyncpg

from deploy.local.servers import DatabaseServer
from deploy.local.settings import ROOT
from shared.ids import new_id
from tests.bench.peers.by_pgqueuer import Pgqueuer
from tests.bench.peers.by_procrastinate import Procrastinate
from tests.bench.peers.job import CREATE_TABLES, DONE, Peer, rate
from tests.support.eventually import eventually

PEERS: Mapping[str, Callable[[], Peer]] = {"procrastinate": Procrastinate, "pgqueuer": Pgqueuer}
WARM_UP = 50


async def measure(server: DatabaseServer, name: str, *, barriers: int) -> float:
    """Answer barriers while they are being stated, in a database of the peer's own; give the rate."""
    database = f"peer_{name}"
    admin = await asyncpg.connect(server.url())
    await admin.execute(f"drop database if exists {database} with (force)")
    await admin.execute(f"create database {database}")
    await admin.close()
    url = server.url(database=database)
    peer = PEERS[name]()
    await peer.install(url)
    connection = await asyncpg.connect(url)
    await connection.execute(CREATE_TABLES)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.peers", name, url, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _answered(connection, peer, url, WARM_UP)
        await connection.execute("truncate barrier, referral, task")
        await _answered(connection, peer, url, barriers)
        return await rate(connection)
    finally:
        worker.kill()
        await worker.wait()
        await connection.close()


async def _answered(
    connection: asyncpg.Connection[asyncpg.Record], peer: Peer, url: str, barriers: int
) -> None:
    await peer.state(url, [new_id() for _ in range(barriers)])
    await eventually(lambda: connection.fetchval(DONE), barriers, within=300)
