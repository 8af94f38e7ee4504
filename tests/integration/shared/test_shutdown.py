"""SIGTERM to a real process in the middle of its work: it finishes or hands back, within its grace period."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from deploy.local.settings import ROOT
from shared.ids import new_id
from shared.run import Running, running
from shared.settings import ServiceSettings
from tests.integration.shared.parcels import DEPOT, Hub, ParcelPacked, hub_service
from tests.integration.shared.system import create_counted, weights_in
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import PUBLIC_KEY, settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER

GRACE = 3
PATIENT = 20
"""A grace period that a busy machine does not use up."""
Process = asyncio.subprocess.Process


@pytest.fixture
async def depot(database: Database, nats: MessageServer, bus: Client) -> AsyncIterator[Running]:
    await create_counted(database)
    settings = settings_for(ServiceSettings, "intake", database=database, nats=nats)
    async with running(DEPOT, settings) as depot:
        yield depot


@asynccontextmanager
async def hub_process(
    database: Database, nats: MessageServer, hold: Path, *, grace: float = GRACE
) -> AsyncIterator[Process]:
    """The hub as a process that ends with the block at the latest."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.shared.hub_process", "serve"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "HOLD": str(hold),
            "FOOTHOLD_DATABASE_URL": database.url("barriers"),
            "FOOTHOLD_NATS_URL": nats.url,
            "FOOTHOLD_NATS_USER": NATS_USER,
            "FOOTHOLD_NATS_PASSWORD": NATS_PASSWORD,
            "FOOTHOLD_TOKEN_PUBLIC_KEY": PUBLIC_KEY,
            "FOOTHOLD_SHUTDOWN_GRACE_SECONDS": str(grace),
        },
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def pack(depot: Running, first: int, last: int) -> None:
    async with depot.database.transaction() as tx:
        for weight in range(first, last):
            tx.publish(ParcelPacked(parcel_id=new_id(), weight=weight))


async def next_line(process: Process) -> str:
    """What the process says next."""
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()


async def said(process: Process) -> str:
    """What it has logged, once it has ended."""
    assert process.stderr is not None
    return (await process.stderr.read()).decode()


async def unsettled(bus: Client) -> tuple[int | None, int | None]:
    info = await bus.jetstream().consumer_info("INTAKE", "barriers-parcel-packed")
    return info.num_pending, info.num_ack_pending


async def test_it_finishes_the_batch_in_hand_and_hands_back_the_rest_to_another_copy(
    depot: Running,
    database: Database,
    nats: MessageServer,
    bus: Client,
    admin: asyncpg.Connection[asyncpg.Record],
    tmp_path: Path,
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    async with hub_process(database, nats, hold, grace=PATIENT) as process:
        await pack(depot, 100, 101)
        assert await next_line(process) == "begun 1"
        await pack(depot, 101, 150)
        await eventually(lambda: unsettled(bus), (0, 50))

        process.send_signal(signal.SIGTERM)
        other = Hub()
        settings = settings_for(ServiceSettings, "barriers", database=database, nats=nats)
        async with running(hub_service(other), settings):
            assert await next_line(process) == "stopping"
            hold.unlink()
            assert await asyncio.wait_for(process.wait(), PATIENT + 5) == 0
            # Far sooner than the 30 s after which the server gives up on a copy.
            await eventually(lambda: weights_in(admin), list(range(100, 150)), within=20)
            await eventually(lambda: unsettled(bus), (0, 0))

        assert sum(other.batches) == 49
        assert "Traceback" not in await said(process)


async def test_it_ends_within_the_grace_period_when_a_batch_does_not(
    depot: Running,
    database: Database,
    nats: MessageServer,
    admin: asyncpg.Connection[asyncpg.Record],
    tmp_path: Path,
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    async with hub_process(database, nats, hold) as process:
        await pack(depot, 100, 101)
        assert await next_line(process) == "begun 1"

        process.send_signal(signal.SIGTERM)

        assert (
            await asyncio.wait_for(process.wait(), GRACE + 2.5) == 0
        )  # one grace period for all that is stopped in turn
        assert "pump_stopped_in_the_middle" in await said(process)
    assert await weights_in(admin) == []


async def test_without_work_it_stops_at_once(
    depot: Running, database: Database, nats: MessageServer, tmp_path: Path
) -> None:
    async with hub_process(database, nats, tmp_path / "never") as process:
        await pack(depot, 100, 101)
        assert await next_line(process) == "begun 1"
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), GRACE + 3) == 0
        log = await said(process)
    assert '"event": "service_ready"' in log
    assert '"event": "service_stopping"' in log
