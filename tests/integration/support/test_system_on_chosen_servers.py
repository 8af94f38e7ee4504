"""The whole system on the servers that this run is about; the services are stand-ins."""

import asyncio
from pathlib import Path

import asyncpg
import httpx
import nats as nats_client

from deploy.local.credentials import OPERATOR
from deploy.local.servers import Servers
from deploy.local.system import LocalSystem, Plan
from tests.support.stand_in_up import stand_in_of


async def test_runs_and_survives_the_death_of_both_servers(servers: Servers, tmp_path: Path) -> None:
    plan = Plan(serve=("intake",), command=stand_in_of)
    async with LocalSystem(tmp_path / "home", plan, servers=servers) as system:
        async with httpx.AsyncClient(trust_env=False) as client:
            environment = (await client.get(system.service_url("intake") + "/environment")).json()
        await asyncio.gather(system.postgres.kill(), system.nats.kill())
        await asyncio.gather(system.postgres.start(), system.nats.start())

        connection = await asyncpg.connect(environment["FOOTHOLD_DATABASE_URL"])
        assert await connection.fetchval("SELECT count(*) FROM intake.event") == 0
        await connection.close()
        operator = await nats_client.connect(
            environment["FOOTHOLD_NATS_URL"], user=OPERATOR, password=system.credentials.nats[OPERATOR]
        )
        await operator.jetstream().account_info()
        await operator.close()
