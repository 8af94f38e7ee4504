"""The parcel system as tests see it: depot and hub in this process, a way in, a look at everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg
import httpx
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from shared.ids import new_id
from shared.run import Running, running
from shared.settings import ServiceSettings
from tests.integration.shared.parcels import CREATE_COUNTED, DEPOT, Hub, ParcelPacked, hub_service
from tests.support.database import Database
from tests.support.running import bearer, settings_for


@dataclass
class System:
    """Both services running, and the test's own connections past them."""

    depot: Running
    hub: Hub
    client: httpx.AsyncClient
    admin: asyncpg.Connection[asyncpg.Record]
    bus: Client
    hub_settings: ServiceSettings

    async def pack(self, weight: int, key: str | None = None) -> httpx.Response:
        headers = bearer("packer") | {"Idempotency-Key": key or f"parcel-{weight}"}
        return await self.client.post("/parcels", json={"weight": weight}, headers=headers)

    async def pack_at_once(self, weights: Sequence[int]) -> None:
        async with self.depot.database.transaction() as tx:
            for weight in weights:
                tx.publish(ParcelPacked(parcel_id=new_id(), weight=weight))

    async def count(self, table: str) -> int:
        return int(await self.admin.fetchval(f"select count(*) from {table}"))

    async def weights(self) -> list[int]:
        return await weights_in(self.admin)


async def weights_in(admin: asyncpg.Connection[asyncpg.Record]) -> list[int]:
    return [r["weight"] for r in await admin.fetch("select weight from barriers.counted order by weight")]


async def create_counted(database: Database) -> None:
    owner = await asyncpg.connect(database.owner_url, server_settings={"search_path": "barriers"})
    await owner.execute(CREATE_COUNTED)
    await owner.close()


@asynccontextmanager
async def parcel_system(
    database: Database, nats: MessageServer, admin: asyncpg.Connection[asyncpg.Record], bus: Client
) -> AsyncIterator[System]:
    async with AsyncExitStack() as stack:
        await create_counted(database)
        hub = Hub()
        depot_settings = settings_for(ServiceSettings, "intake", database=database, nats=nats)
        depot = await stack.enter_async_context(running(DEPOT, depot_settings))
        hub_settings = settings_for(ServiceSettings, "barriers", database=database, nats=nats)
        await stack.enter_async_context(running(hub_service(hub), hub_settings))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=depot.url, timeout=10))
        yield System(depot, hub, client, admin, bus, hub_settings)
