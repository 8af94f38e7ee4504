"""A running intake for every test, someone to call it as, and the events it stated."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import asyncpg
import httpx
import pytest

from contracts.event import Event
from deploy.local.servers import MessageServer
from services.intake.__main__ import SERVICE
from services.intake.settings import IntakeSettings
from shared.clock import Clock
from shared.ids import new_id
from shared.run import Running, running
from tests.support.clock import MONDAY_MORNING, ManualClock
from tests.support.database import Database, cloned
from tests.support.eventually import eventually
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

    async def put(self, path: str, body: Mapping[str, object], key: str | None = None) -> httpx.Response:
        headers = bearer(*self.roles) | {"Idempotency-Key": key or str(new_id())}
        return await self.http.put(path, json=dict(body), headers=headers)

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


@asynccontextmanager
async def _started(database: Database, nats: MessageServer, clock: Clock) -> AsyncIterator[Intake]:
    settings = settings_for(IntakeSettings, "intake", database=database, nats=nats)
    assert isinstance(settings, IntakeSettings)
    async with (
        running(SERVICE, settings, clock) as service,
        httpx.AsyncClient(base_url=service.url) as http,
    ):
        yield Intake(http, service)


@pytest.fixture(scope="module")
def module_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="module")
async def module_database(migrated: Database) -> AsyncIterator[Database]:
    async with cloned(migrated) as database:
        yield database


@pytest.fixture(scope="module")
async def module_intake(
    module_database: Database, nats: MessageServer, module_clock: ManualClock
) -> AsyncIterator[Intake]:
    """One running intake for all tests of a module: starting one takes longer than most of them."""
    async with _started(module_database, nats, module_clock) as started:
        yield started


@pytest.fixture
def clock(module_clock: ManualClock) -> ManualClock:
    """The clock that the running intake lives by; every test begins on Monday morning."""
    module_clock.set(MONDAY_MORNING)
    return module_clock


@pytest.fixture
async def intake(
    module_intake: Intake, module_database: Database, clock: ManualClock
) -> AsyncIterator[Intake]:
    """A running intake that knows nothing yet."""
    yield module_intake
    await _forget_everything(module_intake, module_database)


async def _forget_everything(intake: Intake, database: Database) -> None:
    async with intake.service.database.reading() as conn:
        # What was stated must be out of the way first, or it would be marked as published in the next test.
        await eventually(lambda: conn.fetchval("select count(*) from outbox"), 0)
    owner = await asyncpg.connect(database.owner_url, server_settings={"search_path": "intake"})
    try:
        await owner.execute(
            "truncate client, client_name, client_key, client_merge, told_apart, consent, consent_revocation,"
            " goal, readiness, barrier, wish_change, conversation, heard, balance, client_import,"
            " client_import_row, client_import_key, client_origin, event, publication,"
            " idempotency"
        )
    finally:
        await owner.close()


@pytest.fixture
def another_copy(
    module_database: Database, nats: MessageServer, clock: ManualClock
) -> AbstractAsyncContextManager[Intake]:
    """A second process's worth of intake on the same servers, to be entered by the test."""
    return _started(module_database, nats, clock)
