"""From a command to its effects in another service, on real servers, with everything that can go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg
import httpx
import nats as nats_client
import pytest
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from shared.ids import new_id
from shared.run import Running, running
from shared.settings import ServiceSettings
from tests.integration.shared.parcels import CREATE_COUNTED, DEPOT, Hub, ParcelPacked, hub_service
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import bearer, settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER


@dataclass
class System:
    depot: Running
    hub: Hub
    client: httpx.AsyncClient
    admin: asyncpg.Connection[asyncpg.Record]
    bus: Client

    async def pack(self, weight: int, key: str | None = None) -> httpx.Response:
        headers = bearer("packer") | {"Idempotency-Key": key or f"parcel-{weight}"}
        return await self.client.post("/parcels", json={"weight": weight}, headers=headers)

    async def count(self, table: str) -> int:
        return int(await self.admin.fetchval(f"select count(*) from {table}"))

    async def weights(self) -> list[int]:
        return [
            r["weight"] for r in await self.admin.fetch("select weight from barriers.counted order by weight")
        ]


@pytest.fixture
async def system(database: Database, nats: MessageServer) -> AsyncIterator[System]:
    async with AsyncExitStack() as stack:
        owner = await asyncpg.connect(database.owner_url, server_settings={"search_path": "barriers"})
        await owner.execute(CREATE_COUNTED)
        await owner.close()
        admin = await asyncpg.connect(database.superuser_url)
        stack.push_async_callback(admin.close)
        bus = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
        stack.push_async_callback(bus.close)
        stack.push_async_callback(_remove_streams, bus)
        hub = Hub()
        depot_settings = settings_for(ServiceSettings, "intake", database=database, nats=nats)
        depot = await stack.enter_async_context(running(DEPOT, depot_settings))
        hub_settings = settings_for(ServiceSettings, "barriers", database=database, nats=nats)
        await stack.enter_async_context(running(hub_service(hub), hub_settings))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=depot.url))
        yield System(depot, hub, client, admin, bus)


async def _remove_streams(bus: Client) -> None:
    stream = bus.jetstream()
    for info in await stream.streams_info():
        await stream.delete_stream(str(info.config.name))


async def test_a_command_takes_effect_in_the_other_service(system: System) -> None:
    answer = await system.pack(5)

    assert answer.status_code == 201
    await eventually(system.weights, [5])
    await eventually(lambda: system.count("intake.outbox"), 0)
    assert await system.count("intake.publication") == 1


async def test_many_commands_at_once_arrive_exactly_once_each_in_batches(system: System) -> None:
    async with system.depot.database.transaction() as tx:
        for weight in range(1000, 1500):
            tx.publish(ParcelPacked(parcel_id=new_id(), weight=weight))

    await eventually(system.weights, list(range(1000, 1500)))
    assert max(system.hub.batches) > 10


async def test_a_repeated_command_repeats_its_answer_and_not_its_effect(system: System) -> None:
    first = await system.pack(5, key="one")
    again = await system.pack(5, key="one")
    other = await system.pack(6, key="one")

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 422
    await eventually(system.weights, [5])


async def test_one_bad_message_does_not_stop_the_good_ones_around_it(system: System) -> None:
    async with system.depot.database.transaction() as tx:
        for weight in (1, -1, 2):
            tx.publish(ParcelPacked(parcel_id=new_id(), weight=weight))

    await eventually(system.weights, [1, 2])
    await eventually(lambda: system.count("barriers.dead_letter"), 1)
    reason = await system.admin.fetchval("select reason from barriers.dead_letter")
    assert "cannot weigh less than nothing" in reason


async def test_an_unreadable_message_becomes_a_dead_letter_with_the_reason(system: System) -> None:
    await system.bus.jetstream().publish(ParcelPacked.subject, b"not json", headers={"ce-id": "x"})
    await system.pack(7)

    await eventually(system.weights, [7])
    await eventually(lambda: system.count("barriers.dead_letter"), 1)


async def test_a_message_whose_time_has_not_come_is_tried_again(system: System) -> None:
    await system.pack(13)
    await system.pack(14)
    await eventually(system.weights, [14])

    system.hub.unlucky = False

    await eventually(system.weights, [13, 14], within=10)


async def test_nobody_gets_in_without_a_role(system: System) -> None:
    assert (await system.client.post("/parcels", json={"weight": 1})).status_code == 401
    stranger = await system.client.post("/parcels", json={"weight": 1}, headers=bearer("stranger"))
    assert stranger.status_code == 403
    assert stranger.headers["content-type"] == "application/problem+json"


async def test_a_command_without_a_key_is_told_what_is_missing(system: System) -> None:
    answer = await system.client.post("/parcels", json={"weight": 1}, headers=bearer("packer"))
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_the_service_says_that_it_is_ready(system: System) -> None:
    answer = await system.client.get("/readyz")
    assert (answer.status_code, set(answer.json().values())) == (200, {"ok"})
    assert (await system.client.get("/livez")).status_code == 200
    assert "foothold_events_published_total" in (await system.client.get("/metrics")).text
