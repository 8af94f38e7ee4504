"""A desk beside navigation, for the pages that change the directory; and a copy that cannot reach it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from re import findall
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
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
    wire: Wire
    """The line between the two, for who wants it to break in the middle."""

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


class Wire:
    """A line to navigation for one copy of the desk: dead, unless a test opens it, and then it may break."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        self._host, self._port = str(url.hostname), int(url.port or 0)
        self._left: int | None = 0

    @contextmanager
    def open(self, *, until: int | None = None) -> Iterator[None]:
        """Let requests through; with `until` the line breaks after so many bytes of them."""
        self._left = until
        try:
            yield
        finally:
            self._left = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Be there; gives the address."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._left == 0:
            writer.close()
            return
        there, back = await asyncio.open_connection(self._host, self._port)
        answering = asyncio.create_task(_copy(there, writer))
        with suppress(OSError):
            while (data := await reader.read(65536)) and self._takes(len(data)):
                back.write(data)
                await back.drain()
        answering.cancel()
        back.close()
        writer.close()

    def _takes(self, count: int) -> bool:
        if self._left is not None:
            self._left = max(0, self._left - count)
        return self._left != 0


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


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

        wire = Wire(navigation.url)
        alone = House(await desk(await stack.enter_async_context(wire.listening())), bus, clock)
        yield Library(await desk(navigation.url), bus, clock, navigation, alone, wire)


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
