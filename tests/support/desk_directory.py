"""A desk beside navigation, for the pages that change the directory; and a copy that cannot reach it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from re import findall
from tempfile import TemporaryDirectory
from uuid import UUID

import nats as nats_client

from contracts.registry import streams
from deploy.local.servers import MessageServer
from services.desk.__main__ import SERVICE as DESK
from services.desk.settings import DeskSettings
from services.navigation.__main__ import SERVICE as NAVIGATION
from services.navigation.directory.importing import import_directory
from services.navigation.settings import NavigationSettings
from shared.ids import new_id
from shared.run import Running, running
from tests.support.clock import ManualClock
from tests.support.database import Database, cloned
from tests.support.desk import SETTINGS, House
from tests.support.running import settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams, remove_streams

NOBODY_LISTENS = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Library(House):
    """A desk beside navigation."""

    navigation: Running
    alone: House
    """Another copy of the same desk, which cannot reach navigation."""

    async def added(self, **more: object) -> UUID:
        """Put one more service into the directory, in a directory of its own; gives its id."""
        service_id = new_id()
        document = published(service_id, **more)
        await self.brought([document], source=f"of {service_id}")
        return service_id

    async def brought(self, documents: list[Mapping[str, object]], *, source: str) -> None:
        """Import a whole directory, as its publisher sends it."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "directory.json"
            path.write_text(json.dumps(documents))
            async with self.navigation.database.transaction() as tx:
                await import_directory(tx.conn, path, now=tx.now, source=source)


def published(service_id: UUID, **more: object) -> dict[str, object]:
    """A service as a directory publishes it."""
    return {
        "id": str(service_id),
        "name": "Rides to appointments",
        "description": "We drive you there and back.",
        "status": "active",
        "minimum_age": 18,
        "phones": [{"id": "p", "number": "0113 496 0000"}],
        "organization": {"id": str(new_id()), "name": "Aire Valley Wheels"},
        "attributes": [{"id": "a", "taxonomy_term": {"code": "105-02-01", "name": "Rides"}}],
        **more,
    }


@asynccontextmanager
async def library_on(template: Database, nats: MessageServer) -> AsyncIterator[Library]:
    """Run it for as long as the block lasts, on a database of its own."""
    clock = ManualClock()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(cloned(template))
        bus = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
        stack.push_async_callback(bus.close)
        await provide_streams(bus, streams())
        stack.push_async_callback(remove_streams, bus)
        own = settings_for(NavigationSettings, "navigation", database=database, nats=nats)
        assert isinstance(own, NavigationSettings)
        navigation = await stack.enter_async_context(running(NAVIGATION, own, clock))

        async def desk(address: str) -> Running:
            there = {f"{name}_url": NOBODY_LISTENS for name in ("intake", "barriers", "reminders")}
            given = {**SETTINGS, **there, "navigation_url": address}
            settings = settings_for(DeskSettings, "desk", database=database, nats=nats, **given)
            assert isinstance(settings, DeskSettings)
            return await stack.enter_async_context(running(DESK, settings, clock))

        alone = House(await desk(NOBODY_LISTENS), bus, clock)
        yield Library(await desk(navigation.url), bus, clock, navigation, alone)


def form_in(text: str, *, action: str) -> dict[str, str]:
    """What the form of a page that is sent to this address holds, as a browser would send it."""
    form = next(part for part in text.split("<form")[1:] if f'action="{action}"' in part).split("</form>")[0]
    held = dict(findall(r'<input type="hidden" name="([\w_]+)" value="([^"]*)">', form))
    for tag in findall(r"<input class=[^>]*>", form):
        attributes = dict(findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes["type"] not in {"radio", "checkbox"} or tag.endswith(" checked>") or " checked " in tag:
            held[attributes["name"]] = attributes.get("value", "")
    held |= dict(findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n?([^<]*)</textarea>', form))
    return {name: unescape(value) for name, value in held.items()}
