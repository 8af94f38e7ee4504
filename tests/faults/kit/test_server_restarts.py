"""Servers that die under load: every parcel that was taken is counted once, and everything adds up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
import httpx
import pytest

import shared.streams
from deploy.local.servers import DatabaseServer, MessageServer, Server
from tests.faults.kit.test_crash_windows import PAUSE, all_is_well, reconciled
from tests.integration.shared.system import System, weights_in
from tests.support.database import Database
from tests.support.eventually import eventually

PARCELS = range(1000, 1200)
CLERKS = 10


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was on its way to a dead connection comes again after one second, not after thirty."""
    monkeypatch.setattr(shared.streams, "ACK_WAIT_SECONDS", 1)


async def bring(system: System, weights: Sequence[int], taken: set[int]) -> None:
    """Bring each parcel until it has been taken, always under the same key."""
    for weight in weights:
        while weight not in taken:
            try:
                if (await system.pack(weight)).status_code == 201:
                    taken.add(weight)
            except httpx.TransportError:
                await asyncio.sleep(PAUSE)  # a client that tries again
            else:
                await asyncio.sleep(0)


async def restart_in_the_middle(system: System, server: Server, *, kill: bool) -> None:
    taken: set[int] = set()
    clerks = asyncio.gather(*(bring(system, PARCELS[n::CLERKS], taken) for n in range(CLERKS)))
    await eventually(lambda: len(taken) > len(PARCELS) // 4, within=20)
    if kill:
        await server.kill()
        await server.start()
    else:
        await server.restart()
    await asyncio.wait_for(clerks, 30)


async def everything_adds_up(system: System, database: Database) -> None:
    admin = await asyncpg.connect(database.superuser_url)
    try:
        await eventually(lambda: weights_in(admin), list(PARCELS), within=20)
        await eventually(lambda: reconciled(admin, system.bus), all_is_well(len(PARCELS)), within=15)
    finally:
        await admin.close()


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "restarted"])
async def test_nothing_is_lost_or_doubled_when_nats_is(
    kill: bool,  # noqa: FBT001 - a case
    system: System,
    database: Database,
    nats: MessageServer,
) -> None:
    await restart_in_the_middle(system, nats, kill=kill)
    await everything_adds_up(system, database)


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "restarted"])
async def test_nothing_is_lost_or_doubled_when_postgres_is(
    kill: bool,  # noqa: FBT001 - a case
    system: System,
    database: Database,
    postgres: DatabaseServer,
) -> None:
    await restart_in_the_middle(system, postgres, kill=kill)
    await everything_adds_up(system, database)
