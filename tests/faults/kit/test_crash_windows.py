"""A process that dies between any two steps: each parcel counted once, nothing lost, nothing stuck."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import asyncpg
import httpx
import pytest
from nats.aio.client import Client

from deploy.local.ports import free_port
from deploy.local.servers import MessageServer
from deploy.local.settings import ROOT
from tests.faults.kit.company import WINDOWS
from tests.integration.shared.parcels import ParcelCounted, ParcelPacked
from tests.integration.shared.system import create_counted, weights_in
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import PUBLIC_KEY, bearer
from tests.support.servers import NATS_PASSWORD, NATS_USER

PAUSE = 0.02
PARCELS = range(100, 120)


@dataclass
class Company:
    """The process that is killed, and those who bring parcels to it whatever happens."""

    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self, *, die_at: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.kit.company"],
            cwd=ROOT,
            env=os.environ | self.environment | {"DIE_AT": die_at, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def exit_code(self) -> int | None:
        return self.process.poll() if self.process else None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def bring(self, weights: Sequence[int]) -> None:
        """Bring each parcel until it has been taken, always under the same key."""
        url = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(base_url=url, headers=bearer("packer"), timeout=2) as client:
            await asyncio.gather(*(self._bring(client, weight) for weight in weights))

    async def _bring(self, client: httpx.AsyncClient, weight: int) -> None:
        headers = {"Idempotency-Key": f"parcel-{weight}"}
        while True:
            try:
                answer = await client.post("/parcels", json={"weight": weight}, headers=headers)
                if answer.status_code == 201:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(PAUSE)  # a client that tries again


@pytest.fixture
async def company(database: Database, nats: MessageServer, bus: Client) -> AsyncIterator[Company]:
    await create_counted(database)
    port = free_port()
    company = Company(
        {
            "DEPOT_URL": database.url("intake"),
            "HUB_URL": database.url("barriers"),
            "FOOTHOLD_NATS_URL": nats.url,
            "FOOTHOLD_NATS_USER": NATS_USER,
            "FOOTHOLD_NATS_PASSWORD": NATS_PASSWORD,
            "FOOTHOLD_TOKEN_PUBLIC_KEY": PUBLIC_KEY,
            "FOOTHOLD_HTTP_PORT": str(port),
        },
        port,
    )
    yield company
    company.kill()


async def reconciled(admin: asyncpg.Connection[asyncpg.Record], bus: Client) -> dict[str, int]:
    """Everything that must agree: what was stated, stored, handled, and what is left over."""
    counts: dict[str, int] = {}
    for service in ("intake", "barriers"):
        for table in ("event", "publication", "outbox"):
            counts[f"{service} {table}"] = await admin.fetchval(f"select count(*) from {service}.{table}")
    for table in ("counted", "inbox", "dead_letter", "unfinished"):
        counts[table] = await admin.fetchval(f"select count(*) from barriers.{table}")
    for event in (ParcelPacked, ParcelCounted):
        info = await bus.jetstream().stream_info(event.stream())
        counts[f"in {event.stream()}"] = info.state.messages
    consumer = await bus.jetstream().consumer_info("INTAKE", "barriers-parcel-packed")
    counts["unsettled"] = (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
    return counts


def all_is_well(parcels: int, *, dead: int = 0) -> dict[str, int]:
    alive = parcels - dead
    return {
        "intake event": parcels,
        "intake publication": parcels,
        "intake outbox": 0,
        "in INTAKE": parcels,
        "inbox": alive,
        "counted": alive,
        "barriers event": alive,
        "barriers publication": alive,
        "barriers outbox": 0,
        "in BARRIERS": alive,
        "dead_letter": dead,
        "unfinished": 0,
        "unsettled": 0,
    }


@pytest.mark.parametrize("window", WINDOWS)
async def test_each_parcel_is_counted_once_when_the_process_dies_at(
    window: str, company: Company, admin: asyncpg.Connection[asyncpg.Record], bus: Client
) -> None:
    company.start(die_at=window)
    bringing = asyncio.create_task(company.bring(PARCELS))
    await eventually(company.exit_code, -signal.SIGKILL, within=20)

    company.start()
    await asyncio.wait_for(bringing, 20)

    await eventually(lambda: weights_in(admin), list(PARCELS), within=15)
    await eventually(lambda: reconciled(admin, bus), all_is_well(len(PARCELS)), within=15)


async def test_a_parcel_that_kills_the_process_each_time_is_put_aside_and_the_others_are_counted(
    company: Company, admin: asyncpg.Connection[asyncpg.Record], bus: Client
) -> None:
    company.start()
    await company.bring([1, 2, 666, 3])
    deaths = 0

    async def put_aside() -> int:
        """Start the process again each time that it has died, as whatever runs it would."""
        nonlocal deaths
        if company.exit_code() is not None:
            assert company.exit_code() == 66
            deaths += 1
            company.start()
        found: int = await admin.fetchval("select count(*) from barriers.dead_letter")
        return found

    await eventually(put_aside, 1, within=50)

    assert deaths > 1
    await eventually(lambda: weights_in(admin), [1, 2, 3], within=15)
    assert "never finished" in await admin.fetchval("select reason from barriers.dead_letter")
    await eventually(lambda: reconciled(admin, bus), all_is_well(4, dead=1) | {"unfinished": 1}, within=15)
