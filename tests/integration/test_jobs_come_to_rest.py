"""A job that did something is run again at once; so one that always says that it did never rests."""

from contextlib import AsyncExitStack
from importlib import import_module

import nats as nats_client
import pytest

from contracts.registry import streams
from deploy.local.servers import MessageServer
from deploy.local.services import SERVICES
from shared.db import create_pool
from shared.jobs import Job
from shared.run import Kit, Service, close_pool
from shared.settings import ServiceSettings
from shared.unit_of_work import Database as Work
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.running import settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams, remove_streams

RUNS = 5
"""More than any job needs for what a system that nobody used yet has to do."""


@pytest.mark.parametrize("name", SERVICES)
async def test_with_nothing_to_do_every_job_comes_to_rest(
    name: str, database: Database, nats: MessageServer
) -> None:
    service: Service[ServiceSettings] = import_module(f"services.{name}.__main__").SERVICE
    settings = settings_for(service.settings, name, database=database, nats=nats)
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        bus = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
        stack.push_async_callback(bus.close)
        await provide_streams(bus, streams())
        stack.push_async_callback(remove_streams, bus)
        pool = await create_pool(database.url(name), schema=name, size=4, application="at-rest")
        stack.push_async_callback(close_pool, pool)
        work = Work(pool, hand_over=lambda _: None, clock=clock)
        parts = await service.build(Kit(settings, work, clock, bus))
        for resource in parts.resources:
            await stack.enter_async_context(resource)
        restless = {job.name for job in parts.jobs if not await comes_to_rest(job)}

    assert parts.jobs
    assert restless == set()


async def comes_to_rest(job: Job) -> bool:
    """Whether it says within some runs that there was nothing to do."""
    for _ in range(RUNS):
        if not await job.run():
            return True
    return False
