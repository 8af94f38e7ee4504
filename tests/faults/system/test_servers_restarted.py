"""NATS and PostgreSQL go away under load and come back; nothing is lost and nothing happens twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from tests.bench.chain import intake_writer
from tests.faults.system.load import clients_with_barriers, reckon, state, system_on

CLIENTS = 20


@pytest.mark.timeout(240)
@pytest.mark.parametrize("which", ["nats", "postgres"])
async def test_a_server_killed_under_load_costs_time_and_nothing_else(
    servers: Servers, tmp_path: Path, which: str
) -> None:
    async with system_on(servers, tmp_path) as system:
        statements = await clients_with_barriers(system, CLIENTS)
        server = system.nats if which == "nats" else system.postgres
        async with intake_writer(system) as intake:
            stating = asyncio.create_task(state(intake, statements, pause=0.05))
            await asyncio.sleep(1.0)
            await server.kill()
            await asyncio.sleep(1.0)
            await server.start()
            await stating
            await reckon(system, barriers=len(statements), clients=CLIENTS)
