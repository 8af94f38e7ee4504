"""The barriers service on real servers, its neighbours played by the test, and a look at what it keeps."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import asyncpg
import httpx
import nats as nats_client
import pytest
from nats.aio.client import Client

from contracts.event import Event
from contracts.events.base import ClientEvent
from contracts.streams import stream_of
from deploy.local.servers import MessageServer
from services.barriers.__main__ import SERVICE
from services.barriers.catalogue import Catalogue, Edition
from services.barriers.handlers import Handlers
from services.barriers.settings import BarriersSettings
from shared.bus import Delivery, Receiver, receivers
from shared.db import create_pool
from shared.ids import new_id
from shared.outbox import Outgoing
from shared.run import Running, close_pool, running
from shared.unit_of_work import Database
from tests.support.builders_barriers import envelope, playbook
from tests.support.clock import ManualClock
from tests.support.database import Database as Clone
from tests.support.running import bearer, settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams

E = TypeVar("E", bound=Event)

NEIGHBOURS = ("intake", "navigation", "reminders")


@dataclass
class Core:
    """The handlers on a real database with no broker: what is committed, and what was stated."""

    database: Database
    clock: ManualClock
    receivers: Mapping[type[Event], Receiver]

    async def handle(self, *deliveries: Delivery[ClientEvent]) -> None:
        """Hand over one batch, of one kind of event, as the pump would."""
        await self.receivers[type(deliveries[0].event)].commit(deliveries)  # type: ignore[arg-type]

    async def told(self, kind: type[E]) -> list[E]:
        """Every event of this type that was ever stated, in order."""
        async with self.database.reading() as conn:
            rows = await conn.fetch(
                "select data::text as data from event where type = $1 order by id", kind.subject
            )
        return [kind.model_validate_json(row["data"]) for row in rows]

    async def types(self) -> list[str]:
        """The type of every event that was ever stated, sorted."""
        async with self.database.reading() as conn:
            return [row["type"] for row in await conn.fetch("select type from event order by type, id")]

    async def rows(self, table: str, columns: str = "*") -> list[tuple[object, ...]]:
        """What is in a table, in a stable order."""
        async with self.database.reading() as conn:
            return sorted(
                (tuple(row) for row in await conn.fetch(f"select {columns} from {table}")), key=repr
            )


@asynccontextmanager
async def core_on(clone: Clone, clock: ManualClock) -> AsyncIterator[Core]:
    pool = await create_pool(clone.url("barriers"), schema="barriers", size=6, application="test")
    database = Database(pool, hand_over=_keep, clock=clock)
    found = receivers(Handlers(Catalogue(Edition(playbook()))), database)
    by_event = {event: receiver for receiver in found for event in receiver.consumer.events}
    try:
        yield Core(database, clock, by_event)
    finally:
        await close_pool(pool)


def _keep(_: Sequence[Outgoing]) -> None:
    """What would be published stays in the outbox."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def core(database: Clone, clock: ManualClock) -> AsyncIterator[Core]:
    async with core_on(database, clock) as core:
        yield core


@pytest.fixture
async def bus(nats: MessageServer) -> AsyncIterator[Client]:
    """A connection that may do everything; the neighbours' streams are there and empty."""
    connection = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
    await provide_streams(connection, map(stream_of, NEIGHBOURS))
    yield connection
    await connection.close()


@dataclass
class Barriers:
    """The whole service, running: somebody to call it as, and its neighbours' voices."""

    service: Running
    http: httpx.AsyncClient
    bus: Client
    roles: tuple[str, ...] = ("case_manager",)
    subject: UUID = field(default_factory=new_id)

    def as_(self, *roles: str, subject: UUID | None = None) -> "Barriers":
        """The same service, seen by somebody else."""
        return Barriers(self.service, self.http, self.bus, roles, subject or new_id())

    async def hears(self, event: ClientEvent, **fields: object) -> None:
        """A neighbour states an event."""
        attributes = envelope(event, **fields)
        await self.bus.jetstream().publish(
            event.subject, event.model_dump_json().encode(), headers=attributes.headers()
        )

    async def get(self, path: str, **params: object) -> httpx.Response:
        return await self.http.get(path, params=params, headers=self._bearer())  # type: ignore[arg-type]

    async def post(self, path: str, body: Mapping[str, object], key: str | None = None) -> httpx.Response:
        headers = self._bearer() | {"Idempotency-Key": key or str(new_id())}
        return await self.http.post(path, json=dict(body), headers=headers)

    async def told(self, kind: type[E]) -> list[E]:
        """Every event of this type that was ever stated, in order."""
        async with self.service.database.reading() as conn:
            rows = await conn.fetch(
                "select data::text as data from event where type = $1 order by id", kind.subject
            )
        return [kind.model_validate_json(row["data"]) for row in rows]

    def _bearer(self) -> dict[str, str]:
        return bearer(*self.roles, subject=self.subject)


@asynccontextmanager
async def started(
    database: Clone, nats: MessageServer, clock: ManualClock, bus: Client
) -> AsyncIterator[Barriers]:
    settings = settings_for(BarriersSettings, "barriers", database=database, nats=nats)
    assert isinstance(settings, BarriersSettings)
    async with (
        running(SERVICE, settings, clock) as service,
        httpx.AsyncClient(base_url=service.url) as http,
    ):
        yield Barriers(service, http, bus)


@pytest.fixture
async def barriers(
    database: Clone, nats: MessageServer, clock: ManualClock, bus: Client
) -> AsyncIterator[Barriers]:
    async with started(database, nats, clock, bus) as service:
        yield service


@pytest.fixture
async def admin(database: Clone) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that sees every schema of the test's database."""
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()
