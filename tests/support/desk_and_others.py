"""A desk beside the services that own what it changes, all in the test's own process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module

from nats.aio.client import Client

from deploy.local.servers import MessageServer
from services.desk.__main__ import SERVICE
from services.desk.settings import DeskSettings
from shared.clock import Clock
from shared.run import Service, running
from shared.settings import ServiceSettings
from tests.support.database import Database
from tests.support.desk import SETTINGS, House
from tests.support.running import settings_for


@asynccontextmanager
async def desk_beside(
    *others: str, database: Database, nats: MessageServer, bus: Client, clock: Clock
) -> AsyncIterator[House]:
    """A desk that speaks to these services, such as "intake"; the rest does not answer."""
    async with AsyncExitStack() as stack:
        addresses: dict[str, object] = {
            f"{name}_url": "http://127.0.0.1:9" for name in ("intake", "barriers", "navigation", "reminders")
        }
        for name in others:
            service: Service[ServiceSettings] = import_module(f"services.{name}.__main__").SERVICE
            own = settings_for(service.settings, name, database=database, nats=nats)
            addresses[f"{name}_url"] = (await stack.enter_async_context(running(service, own, clock))).url
        settings = settings_for(
            DeskSettings, "desk", database=database, nats=nats, **{**SETTINGS, **addresses}
        )
        assert isinstance(settings, DeskSettings)
        desk = await stack.enter_async_context(running(SERVICE, settings, clock))
        yield House(desk, bus, clock)
