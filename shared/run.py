"""How a service lives: started in order, ready when everything is, stopped without dropping anything.

Stopping finishes the batches and requests in hand within the grace period, hands back what was fetched, and
publishes what was committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from fastapi import FastAPI
from faststream.nats import NatsBroker
from faststream.nats.security import NatsUserPassword
from nats.aio.client import Client

from contracts.streams import Stream, stream_of
from shared.app import add_health, create_app
from shared.auth import KeyAuthenticator, SessionAuthenticator, TokenVerifier
from shared.bus import Bus, Receiver, receivers
from shared.clock import Clock, RatedClock
from shared.db import Pool, create_pool
from shared.errors import Transient
from shared.history import routes as history_routes
from shared.http import Routes
from shared.jobs import Job, JobRunner
from shared.migrate import missing
from shared.outbox import Publisher
from shared.server import serving
from shared.settings import ServiceSettings
from shared.streams import ensure_stream
from shared.unit_of_work import Database

S = TypeVar("S", bound=ServiceSettings)

VERSION = "1"
STREAM_WAIT_SECONDS = 60.0
IDEMPOTENCY_KEPT = timedelta(days=7)
INBOX_KEPT = timedelta(days=31)
"""Longer than the streams keep messages, so that whatever is replayed from one is still recognised."""

LAST_MOMENT_SECONDS = 0.1

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kit(Generic[S]):
    """What a service is built from."""

    settings: S
    database: Database
    clock: Clock
    connection: Client
    """To NATS, as the service's own user; not connected in a command that starts nothing. Never close it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service is made of, once built. `given` is found by type (`shared.http.Given`)."""

    handlers: object | None = None
    jobs: Sequence[Job] = ()
    given: Sequence[object] = ()
    resources: Sequence[AbstractAsyncContextManager[object]] = ()
    """Entered before anything starts and left after everything has stopped."""
    key_authenticator: KeyAuthenticator | None = None
    session_authenticator: SessionAuthenticator | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """What every answer says, whatever it is, unless it says something else itself."""
    stopping: Sequence[Callable[[], None]] = ()
    """Called when a stop begins, before requests in hand are waited for: those that only wait answer now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[S]):
    """One service, declared: enough to document it without starting it."""

    name: str
    title: str
    description: str
    settings: type[S]
    folder: Path
    """Where its migrations/ folder is."""
    routes: Sequence[Routes]
    build: Callable[[Kit[S]], Awaitable[Parts]]
    handlers: type | None = None
    commands: dict[str, Callable[[Sequence[str]], int]] = field(default_factory=dict)
    """Further subcommands: what `python -m services.<name> <command> ...` runs, returning the exit code."""

    @property
    def schema(self) -> str:
        """The database schema it owns."""
        return self.name

    @property
    def stream(self) -> Stream:
        """The stream that it publishes to."""
        return stream_of(self.name)

    def app(self) -> FastAPI:
        """Its HTTP app, not connected to anything; good for documents."""
        routes = (*self.routes, history_routes)
        return create_app(title=self.title, description=self.description, version=VERSION, routes=routes)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that is up."""

    url: str
    database: Database
    publisher: Publisher


def clock_of(settings: ServiceSettings) -> Clock:
    """The clock that the settings describe."""
    return RatedClock(settings.clock_rate, origin=settings.clock_origin, started_at=settings.clock_started_at)


class _Grace:
    """The one grace period of a stop, which everything that is stopped in turn shares."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: float | None = None

    def left(self) -> float:
        """How many seconds are left; the first call begins it."""
        now = asyncio.get_running_loop().time()
        if self._ends is None:
            self._ends = now + self._seconds
        return max(LAST_MOMENT_SECONDS, self._ends - now)


@asynccontextmanager
async def running(service: Service[S], settings: S, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Run a service for as long as the block lasts.

    Entered when it is ready: migrations current, streams and consumers provisioned, HTTP answering.
    """
    clock = clock or clock_of(settings)
    grace = _Grace(settings.shutdown_grace_seconds)
    async with AsyncExitStack() as stack:
        pool = await _pool(stack, service, settings)
        broker, connection = await _connection(stack, service, settings)
        publisher = Publisher(pool, connection)
        database = Database(pool, hand_over=publisher.hand_over, clock=clock)
        await publisher.start()
        stack.push_async_callback(publisher.stop)

        parts = await service.build(Kit(settings, database, clock, connection))
        for resource in parts.resources:
            await stack.enter_async_context(resource)
        await _consume(
            stack,
            Bus(broker, _receivers(parts, database), inbox_prefix=inbox_prefix_of(service.name)),
            grace,
        )
        jobs = JobRunner([*parts.jobs, prune_job(database)], clock)
        await jobs.start()
        stack.push_async_callback(lambda: jobs.stop(grace.left()))

        app = _app(service, settings, database, parts)
        add_health(app, lambda: _readiness(service, pool, connection))
        url = await stack.enter_async_context(serving(app, settings))
        for stop_waiting in parts.stopping:
            stack.callback(stop_waiting)
        log.info("service_ready", url=url)
        yield Running(url, database, publisher)
        log.info("service_stopping")
        grace.left()


async def _pool(stack: AsyncExitStack, service: Service[S], settings: S) -> Pool:
    pool = await create_pool(
        settings.database_url.get_secret_value(),
        schema=service.schema,
        size=settings.database_pool_size,
        application=f"foothold-{service.name}",
    )
    stack.push_async_callback(close_pool, pool)
    async with pool.acquire() as connection:
        lacking = await missing(connection, schema=service.schema, folder=service.folder / "migrations")
    if lacking:
        message = f"the schema {service.schema} lacks {', '.join(lacking)}; run `make migrate` first"
        raise SystemExit(message)
    return pool


async def _connection(stack: AsyncExitStack, service: Service[S], settings: S) -> tuple[NatsBroker, Client]:
    broker = _broker(service.name, settings)
    stack.push_async_callback(broker.stop)
    connection: Client = await broker.connect()
    jetstream = connection.jetstream(timeout=5)
    await _provided(lambda: ensure_stream(jetstream, service.stream))
    return broker, connection


def _receivers(parts: Parts, database: Database) -> list[Receiver]:
    return receivers(parts.handlers, database) if parts.handlers is not None else []


async def _consume(stack: AsyncExitStack, bus: Bus, grace: _Grace) -> None:
    """Provision the consumers, waiting for publishers that are still on their way up, and start them."""
    await _provided(bus.provision)
    await bus.start()
    stack.push_async_callback(lambda: bus.stop(grace.left()))


async def _provided(provide: Callable[[], Awaitable[None]]) -> None:
    """Have streams or consumers as they should be, for a while again when that is not possible yet."""
    deadline = asyncio.get_running_loop().time() + STREAM_WAIT_SECONDS
    while True:
        try:
            return await provide()
        except Transient as not_yet:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.info("waiting_for_stream", reason=not_yet.detail)
            await asyncio.sleep(0.2)


def inbox_prefix_of(name: str) -> str:
    """The inbox prefix that is one service's alone, so that nobody can read another's answers."""
    return f"_INBOX_{name}"


def _broker(name: str, settings: ServiceSettings) -> NatsBroker:
    password = settings.nats_password
    return NatsBroker(
        settings.nats_url,
        name=f"foothold-{name}",
        security=NatsUserPassword(settings.nats_user, password.get_secret_value())
        if settings.nats_user and password
        else None,
        inbox_prefix=inbox_prefix_of(name),
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        ping_interval=5,
        max_outstanding_pings=2,
        apply_types=False,
        logger=None,
        # The bus has waited for the batches in hand already; what still runs then is over its time.
        graceful_timeout=LAST_MOMENT_SECONDS,
    )


def _app(service: Service[S], settings: S, database: Database, parts: Parts) -> FastAPI:
    app = service.app()
    app.state.database = database
    app.state.verifier = TokenVerifier(settings.token_public_key)
    app.state.key_authenticator = parts.key_authenticator
    app.state.session_authenticator = parts.session_authenticator
    app.state.headers = parts.headers
    app.state.given = {type(thing): thing for thing in parts.given}
    return app


async def _readiness(service: Service[S], pool: Pool, connection: Client) -> dict[str, str]:
    checks = {
        "database": "ok",
        "migrations": "ok",
        "nats": "ok" if connection.is_connected else "not connected",
    }
    try:
        async with pool.acquire(timeout=2) as conn:
            lacking = await missing(conn, schema=service.schema, folder=service.folder / "migrations")
        if lacking:
            checks["migrations"] = "behind"
    except Exception:  # noqa: BLE001 - whatever it is, we are not ready
        checks["database"] = "not answering"
    return checks


async def close_pool(pool: Pool) -> None:
    """Close a pool, at once if its connections do not end by themselves within two seconds."""
    try:
        await asyncio.wait_for(pool.close(), 2)
    except TimeoutError:
        pool.terminate()


PRUNE = """
with old_answers as (
    delete from idempotency where created_at < clock_timestamp() - $1::interval
)
delete from inbox where handled_at < clock_timestamp() - $2::interval
"""


def prune_job(database: Database) -> Job:
    """The job that forgets answers and inbox rows too old to be asked for again. Real time, once an hour."""

    async def prune() -> int:
        async with database.pool.acquire() as connection:
            await connection.execute(PRUNE, IDEMPOTENCY_KEPT, INBOX_KEPT)
        return 0

    return Job(name="prune", every=timedelta(hours=1), run=prune)
