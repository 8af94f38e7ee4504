"""Navigation on a real database for every test, and as a running service for those that need one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import httpx
import nats as nats_client
import pytest
from nats.aio.client import Client

from contracts.event import Event
from contracts.events.intake import ContactChanged
from contracts.streams import stream_of
from deploy.local.servers import MessageServer
from services.navigation.__main__ import SERVICE
from services.navigation.model.directory import Listing
from services.navigation.settings import NavigationSettings
from shared.bus import Delivery
from shared.clock import Clock
from shared.db import create_pool
from shared.ids import new_id
from shared.outbox import Outgoing
from shared.run import Running, running
from shared.unit_of_work import Database as ServiceDatabase
from tests.support.builders_navigation import delivery
from tests.support.clock import ManualClock
from tests.support.database import Database, cloned
from tests.support.eventually import eventually
from tests.support.navigation import Desk, add_services
from tests.support.running import bearer, settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@asynccontextmanager
async def _desk(database: Database, clock: Clock) -> AsyncIterator[Desk]:
    pool = await create_pool(
        database.url("navigation"), schema="navigation", size=6, application="navigation-test"
    )
    try:
        yield Desk(ServiceDatabase(pool, hand_over=_stays_in_the_outbox, clock=clock))
    finally:
        await pool.close()


def _stays_in_the_outbox(events: Sequence[Outgoing]) -> None:
    """What these tests read is the event history; nobody is there to publish to."""


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> AsyncIterator[Desk]:
    """One copy of navigation; deliver messages to it by hand."""
    async with _desk(database, clock) as desk:
        yield desk


@pytest.fixture
def another_desk(database: Database, clock: ManualClock) -> AbstractAsyncContextManager[Desk]:
    """A second copy on the same database, to be entered by the test."""
    return _desk(database, clock)


@asynccontextmanager
async def _elsewhere(migrated: Database, clock: Clock) -> AsyncIterator[Desk]:
    async with cloned(migrated) as database, _desk(database, clock) as desk:
        yield desk


@pytest.fixture
def elsewhere(migrated: Database, clock: ManualClock) -> AbstractAsyncContextManager[Desk]:
    """Navigation on a database of its own, where nothing has happened yet, to be entered by the test."""
    return _elsewhere(migrated, clock)


@dataclass(frozen=True, slots=True)
class Navigation:
    """A running navigation as somebody sees it over HTTP. Every command gets a key of its own."""

    http: httpx.AsyncClient
    service: Running
    bus: Client
    authorization: Mapping[str, str]

    def as_(self, *roles: str) -> Navigation:
        """The same service, seen by staff with these roles."""
        return replace(self, authorization=bearer(*roles))

    def with_key(self, key: str) -> Navigation:
        """The same service, seen by whoever holds this key."""
        return replace(self, authorization={"Authorization": f"Bearer {key}"})

    async def get(self, path: str, **params: str | int) -> httpx.Response:
        return await self.http.get(path, params=params, headers=self.authorization)

    async def post(self, path: str, body: Mapping[str, object], key: str | None = None) -> httpx.Response:
        headers = {**self.authorization, "Idempotency-Key": key or str(new_id())}
        return await self.http.post(path, json=dict(body), headers=headers)

    async def put(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        headers = {**self.authorization, "Idempotency-Key": str(new_id())}
        return await self.http.put(path, json=dict(body), headers=headers)

    async def add(self, *listings: Listing) -> None:
        """Put services into the directory; the service notices by itself within a second, or when asked."""
        async with self.service.database.reading() as conn:
            await add_services(conn, listings)
        answer = await self.as_("case_manager").get("/services", limit=1)
        assert answer.status_code == 200, answer.text

    async def receive(self, *deliveries: Delivery[Event]) -> None:
        """Let messages come in over the stream, as their publishers would publish them."""
        stream = self.bus.jetstream()
        for one in deliveries:
            headers = one.envelope.headers()
            await stream.publish(one.envelope.type, one.event.model_dump_json().encode(), headers=headers)

    async def learn(self, contact: ContactChanged) -> None:
        """Let how to reach a client come in, and wait until it is known: other messages may overtake it."""
        await self.receive(delivery(contact))

        async def known() -> bool:
            async with self.service.database.reading() as conn:
                found = await conn.fetchval(
                    "select contact_version from client where id = $1", contact.client_id
                )
            return bool(found == contact.version)

        await eventually(known)

    async def referrals(self, client_id: UUID) -> list[dict[str, object]]:
        """A client's referrals as a case manager reads them."""
        answer = await self.as_("case_manager").get("/referrals", client_id=str(client_id))
        assert answer.status_code == 200, answer.text
        items: list[dict[str, object]] = answer.json()["items"]
        return items

    async def partner(self, organization_id: UUID) -> Navigation:
        """Make an organisation of the directory a partner, and see the service with its new key."""
        answer = await self.as_("admin").post("/partners", {"organization_id": str(organization_id)})
        assert answer.status_code == 201, answer.text
        return self.with_key(answer.json()["key"])


@pytest.fixture
def further_settings() -> dict[str, object]:
    """What navigation is told beyond where its servers are, for test files to say themselves."""
    return {}


@pytest.fixture
async def navigation(
    database: Database, nats: MessageServer, clock: ManualClock, further_settings: dict[str, object]
) -> AsyncIterator[Navigation]:
    """Navigation with everything it has, on a bus that the other services' streams are on already."""
    settings = settings_for(
        NavigationSettings, "navigation", database=database, nats=nats, **further_settings
    )
    assert isinstance(settings, NavigationSettings)
    async with AsyncExitStack() as stack:
        bus = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
        stack.push_async_callback(bus.close)
        await provide_streams(bus, map(stream_of, ("intake", "barriers", "reminders")))
        service = await stack.enter_async_context(running(SERVICE, settings, clock))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=service.url, timeout=10))
        yield Navigation(http, service, bus, bearer("case_manager"))
