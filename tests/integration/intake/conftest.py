"""A running intake for every test, someone to call it as, and the events it stated."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import httpx
import pytest

from contracts.event import Event
from deploy.local.servers import MessageServer
from services.intake.__main__ import SERVICE
from services.intake.settings import IntakeSettings
from shared.clock import Clock
from shared.ids import new_id
from shared.run import Running, running
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.running import bearer, settings_for

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Intake:
    """Intake as somebody with certain roles sees it. Every command gets a key of its own."""

    http: httpx.AsyncClient
    service: Running
    roles: tuple[str, ...] = ("intake",)

    def as_(self, *roles: str) -> "Intake":
        """The same service, seen by somebody else."""
        return Intake(self.http, self.service, roles)

    @property
    def authorization(self) -> str:
        """The header that says who is asking."""
        return bearer(*self.roles)["Authorization"]

    async def get(self, path: str, **params: str | int) -> httpx.Response:
        return await self.http.get(path, params=params, headers=bearer(*self.roles))

    async def post(self, path: str, body: Mapping[str, object], key: str | None = None) -> httpx.Response:
        headers = bearer(*self.roles) | {"Idempotency-Key": key or str(new_id())}
        return await self.http.post(path, json=dict(body), headers=headers)

    async def patch(
        self, path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        sent = bearer(*self.roles) | {"Idempotency-Key": str(new_id())} | dict(headers or {})
        return await self.http.patch(path, json=dict(body), headers=sent)

    async def registered(self, **details: object) -> UUID:
        """Register an invented client and return their id."""
        answer = await self.post("/clients", somebody(**details))
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["client_id"])

    async def stated(self, event: type[E]) -> list[E]:
        """Every event of one type that intake ever stated, in order."""
        async with self.service.database.reading() as conn:
            rows = await conn.fetch(
                "select data::text as data from event where type = $1 order by id", event.subject
            )
        return [event.model_validate_json(row["data"]) for row in rows]


def somebody(**details: object) -> dict[str, object]:
    """An invented client, ready to be registered."""
    return {
        "full_name": "Amina Diallo",
        "time_zone": "Europe/London",
        "channels": [{"kind": "sms", "address": "+44 7700 900123", "safe": True, "preferred": True}],
        "messages_wanted": True,
    } | details


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@asynccontextmanager
async def _started(database: Database, nats: MessageServer, clock: Clock) -> AsyncIterator[Intake]:
    settings = settings_for(IntakeSettings, "intake", database=database, nats=nats)
    assert isinstance(settings, IntakeSettings)
    async with (
        running(SERVICE, settings, clock) as service,
        httpx.AsyncClient(base_url=service.url) as http,
    ):
        yield Intake(http, service)


@pytest.fixture
async def intake(database: Database, nats: MessageServer, clock: ManualClock) -> AsyncIterator[Intake]:
    async with _started(database, nats, clock) as started:
        yield started


@pytest.fixture
def another_copy(
    database: Database, nats: MessageServer, clock: ManualClock
) -> AbstractAsyncContextManager[Intake]:
    """A second process's worth of intake on the same servers, to be entered by the test."""
    return _started(database, nats, clock)
