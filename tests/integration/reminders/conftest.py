"""A running reminders service, other services' streams to speak for them, and someone to call it as."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import httpx
import nats as nats_client
import pytest
from nats.aio.client import Client

from contracts.event import Envelope, Event
from contracts.streams import stream_of
from deploy.local.servers import MessageServer
from services.reminders.__main__ import SERVICE
from services.reminders.settings import RemindersSettings
from shared.ids import new_id
from shared.outbox import Outgoing, publish, source_of
from shared.run import Running, running
from tests.support.builders import channel, client_context, client_registered, contact_changed
from tests.support.builders_reminders import CLIENT
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import bearer, settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams, remove_streams

E = TypeVar("E", bound=Event)
GATEWAY_KEY = "fhk_only-for-tests-and-long-enough"
Start = Callable[..., AbstractAsyncContextManager["Reminders"]]


@dataclass(frozen=True, slots=True)
class Reminders:
    """The service as a case manager sees it, and as the services around it speak to it."""

    http: httpx.AsyncClient
    service: Running
    bus: Client
    clock: ManualClock
    settings: RemindersSettings

    async def tell(self, *events: Event, correlation_id: UUID | None = None) -> list[UUID]:
        """Publish what other services state, in this order; return the ids that it was stated under."""
        envelopes = [
            Envelope(
                id=new_id(),
                type=event.subject,
                source=source_of(event.subject),
                time=self.clock.now(),
                about=event.about,
                correlation_id=correlation_id or new_id(),
            )
            for event in events
        ]
        for envelope, event in zip(envelopes, events, strict=True):
            await publish(self.bus, [Outgoing(envelope, event.model_dump_json().encode())])
        return [envelope.id for envelope in envelopes]

    async def meet(self, client_id: UUID = CLIENT, **contact: object) -> None:
        """Let it know a client in Leeds who can be texted at any time, and wait until it does."""
        context = client_context(client_id=client_id, available=())
        await self.tell(
            client_registered(client_id=client_id, client=context),
            contact_changed(client_id=client_id, **contact),
        )
        await eventually(lambda: self.count("contact", client_id))
        await eventually(lambda: self.count("client", client_id))

    async def count(self, table: str, client_id: UUID) -> bool:
        async with self.service.database.reading() as conn:
            rows = await conn.fetchval(f"select count(*) from {table} where client_id = $1", client_id)
        return bool(rows)

    async def handled(self, consumer: str) -> int:
        """How many messages a consumer has handled for good."""
        async with self.service.database.reading() as conn:
            handled: int = await conn.fetchval("select count(*) from inbox where consumer = $1", consumer)
        return handled

    async def messages(self, client_id: UUID = CLIENT) -> list[dict[str, Any]]:
        """The client's timeline, earliest due first."""
        answer = await self.get(f"/clients/{client_id}/messages")
        assert answer.status_code == 200, answer.text
        return list(reversed(answer.json()["items"]))

    async def stages(self, client_id: UUID = CLIENT) -> list[tuple[str, str]]:
        """Kind and stage, or reason of a wait or an end, of every message, earliest due first."""
        return [(m["kind"], m["reason"] or m["stage"]) for m in await self.messages(client_id)]

    async def mailbox(self) -> list[dict[str, Any]]:
        answer = await self.get("/mailbox")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def get(self, path: str, *roles: str, **params: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        return await self.http.get(path, params=params, headers=bearer(*(roles or ("case_manager",))))

    async def post(
        self, path: str, body: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        sent = dict(headers or bearer("case_manager")) | {"Idempotency-Key": str(new_id())}
        return await self.http.post(path, json=body, headers=sent)

    async def reply(self, words: str, address: str = "+447700900123", **more: object) -> httpx.Response:
        body = {"channel": "sms", "address": address, "words": words} | more
        return await self.post("/replies", body, {"Authorization": f"Bearer {GATEWAY_KEY}"})

    async def stated(self, event: type[E]) -> list[E]:
        """Every event of one type that reminders ever stated, in order."""
        async with self.service.database.reading() as conn:
            rows = await conn.fetch(
                "select data::text as data from event where type = $1 order by id", event.subject
            )
        return [event.model_validate_json(row["data"]) for row in rows]


@pytest.fixture
def clock() -> ManualClock:
    """A clock that tests move; jobs look at it every 20 ms."""
    clock = ManualClock()
    clock.rate = 50.0
    return clock


@pytest.fixture
async def bus(nats: MessageServer) -> AsyncIterator[Client]:
    """A connection that may do everything, to a server with the empty streams of the other services."""
    connection = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
    await provide_streams(connection, map(stream_of, ("intake", "barriers", "navigation")))
    yield connection
    await remove_streams(connection)
    await connection.close()


@pytest.fixture
def start(database: Database, nats: MessageServer, bus: Client, clock: ManualClock) -> Start:
    """Start a copy of the service, with whatever settings a test is about."""

    @asynccontextmanager
    async def started(**more: object) -> AsyncIterator[Reminders]:
        values = {"reminders_gateway_key": GATEWAY_KEY} | more
        settings = settings_for(RemindersSettings, "reminders", database=database, nats=nats, **values)
        assert isinstance(settings, RemindersSettings)
        async with (
            running(SERVICE, settings, clock) as service,
            httpx.AsyncClient(base_url=service.url) as http,
        ):
            yield Reminders(http, service, bus, clock, settings)

    return started


@pytest.fixture
async def reminders(start: Start) -> AsyncIterator[Reminders]:
    """The service on its defaults: everything ends in the development mailbox."""
    async with start() as started:
        yield started


def texting(address: str) -> Sequence[object]:
    """Channels of somebody who is texted at this number."""
    return (channel(address=address),)
