"""Processes die in the middle of their work, again and again; every barrier is answered exactly once."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from deploy.local.services import SERVICES
from tests.bench.chain import intake_writer
from tests.faults.system.load import clients_with_barriers, reckon, state, system_on

CLIENTS = 20


@pytest.mark.timeout(240)
async def test_every_service_killed_again_and_again_answers_each_barrier_once(
    servers: Servers, tmp_path: Path
) -> None:
    chance = random.Random(20261123)
    async with system_on(servers, tmp_path) as system:
        statements = await clients_with_barriers(system, CLIENTS)
        async with intake_writer(system) as intake:
            stating = asyncio.create_task(state(intake, statements, pause=0.15))
            for name in [*SERVICES, *chance.sample(SERVICES, 4)]:
                await asyncio.sleep(chance.uniform(0.2, 0.8))
                await system.processes[name].kill()
            await stating
            await reckon(system, barriers=len(statements), clients=CLIENTS)


@pytest.mark.timeout(240)
async def test_two_copies_of_everything_share_the_work_and_do_it_once(
    servers: Servers, tmp_path: Path
) -> None:
    async with system_on(servers, tmp_path, copies=2) as system:
        statements = await clients_with_barriers(system, CLIENTS)
        async with intake_writer(system) as intake:
            halves = (statements[::2], statements[1::2])
            await asyncio.gather(*(state(intake, half, pause=0.0) for half in halves))
            await reckon(system, barriers=len(statements), clients=CLIENTS)
