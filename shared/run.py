"""How a service lives: started in order, ready when everything is, stopped without dropping anything.

`python -m services.<name> serve | migrate | dead-letters | replay ID`. Stopping finishes the batches and
requests in hand within the grace period, hands back what was fetched, and publishes what was committed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar
from uuid import UUID

import structlog
import uvicorn
from fastapi import FastAPI
from faststream.nats import NatsBroker
from nats.aio.client import Client

from shared import dead_letters
from shared.app import add_health, create_app
from shared.auth import KeyAuthenticator, TokenVerifier
from shared.bus import Bus, receivers
from shared.clock import Clock, RatedClock
from shared.db import Pool, create_pool
from shared.errors import Problem, Transient
from shared.http import Routes
from shared.jobs import Job, JobRunner
from shared.logging import configure_logging
from shared.migrate import migrate, missing
from shared.outbox import Outgoing, Publisher
from shared.settings import ServiceSettings
from shared.streams import ensure_stream
from shared.telemetry import start_tracing
from shared.unit_of_work import Database

S = TypeVar("S", bound=ServiceSettings)

VERSION = "1"
STREAM_WAIT_SECONDS = 60.0
IDEMPOTENCY_KEPT = timedelta(days=7)
INBOX_KEPT = timedelta(days=31)
"""Longer than the streams keep messages, so that whatever is replayed from one is still recognised."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Kit(Generic[S]):
    """What a service is built from."""

    settings: S
    database: Database
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service is made of, once built. `given` objects are found by their type (`shared.http.Given`)."""

    handlers: object | None = None
    jobs: Sequence[Job] = ()
    given: Sequence[object] = ()
    resources: Sequence[AbstractAsyncContextManager[object]] = ()
    """Entered before anything starts and left after everything has stopped."""
    key_authenticator: KeyAuthenticator | None = None


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
    def subjects(self) -> list[str]:
        """What its stream holds."""
        return [f"care.{self.name}.>"]

    def app(self) -> FastAPI:
        """Its HTTP app, not connected to anything; good for documents."""
        return create_app(title=self.title, description=self.description, version=VERSION, routes=self.routes)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that is up."""

    url: str
    database: Database
    publisher: Publisher


def clock_of(settings: ServiceSettings) -> Clock:
    """The clock that the settings describe."""
    return RatedClock(settings.clock_rate, origin=settings.clock_origin, started_at=settings.clock_started_at)


@asynccontextmanager
async def running(service: Service[S], settings: S, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Run a service for as long as the block lasts.

    Entered when it is ready: migrations current, streams and consumers provisioned, HTTP answering.
    """
    clock = clock or clock_of(settings)
    grace = settings.shutdown_grace_seconds
    async with AsyncExitStack() as stack:
        pool = await create_pool(
            settings.database_url.get_secret_value(),
            schema=service.schema,
            size=settings.database_pool_size,
            application=f"foothold-{service.name}",
        )
        stack.push_async_callback(_close_pool, pool)
        await _require_migrations(service, pool)

        broker = _broker(service.name, settings)
        stack.push_async_callback(broker.stop)
        connection: Client = await broker.connect()
        await ensure_stream(connection.jetstream(timeout=5), service.name.upper(), service.subjects)
        publisher = Publisher(pool, connection)
        database = Database(pool, hand_over=publisher.hand_over, clock=clock)
        await publisher.start()
        stack.push_async_callback(publisher.stop)

        parts = await service.build(Kit(settings, database, clock))
        for resource in parts.resources:
            await stack.enter_async_context(resource)
        bus = Bus(
            broker,
            receivers(parts.handlers, database) if parts.handlers is not None else [],
            inbox_prefix=inbox_prefix_of(service.name),
        )
        await _provision(bus)
        await bus.start()
        stack.push_async_callback(bus.stop, grace)
        jobs = JobRunner([*parts.jobs, prune_job(database)], clock)
        await jobs.start()
        stack.push_async_callback(jobs.stop, grace)

        app = _app(service, settings, database, parts)
        add_health(app, lambda: _readiness(service, pool, connection))
        url = await stack.enter_async_context(_http(app, settings))
        log.info("service_ready", url=url)
        yield Running(url, database, publisher)
        log.info("service_stopping")


def inbox_prefix_of(name: str) -> str:
    """The inbox prefix that is one service's alone, so that nobody can read another's answers."""
    return f"_INBOX_{name}"


def _broker(name: str, settings: ServiceSettings) -> NatsBroker:
    password = settings.nats_password
    return NatsBroker(
        settings.nats_url,
        name=f"foothold-{name}",
        user=settings.nats_user,
        password=password.get_secret_value() if password else None,
        inbox_prefix=inbox_prefix_of(name),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,
        ping_interval=5,
        max_outstanding_pings=2,
        apply_types=False,
        logger=None,
        graceful_timeout=settings.shutdown_grace_seconds,
    )


def _app(service: Service[S], settings: S, database: Database, parts: Parts) -> FastAPI:
    app = service.app()
    app.state.database = database
    app.state.verifier = TokenVerifier(settings.token_public_key)
    app.state.key_authenticator = parts.key_authenticator
    app.state.given = {type(thing): thing for thing in parts.given}
    return app


async def _require_migrations(service: Service[S], pool: Pool) -> None:
    async with pool.acquire() as connection:
        lacking = await missing(connection, schema=service.schema, folder=service.folder / "migrations")
    if lacking:
        message = f"the schema {service.schema} lacks {', '.join(lacking)}; run `make migrate` first"
        raise SystemExit(message)


async def _provision(bus: Bus) -> None:
    """Provision consumers, waiting for publishers that are still on their way up."""
    deadline = asyncio.get_running_loop().time() + STREAM_WAIT_SECONDS
    while True:
        try:
            return await bus.provision()
        except Transient as not_yet:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.info("waiting_for_stream", reason=not_yet.detail)
            await asyncio.sleep(0.2)


async def _readiness(service: Service[S], pool: Pool, connection: Client) -> dict[str, str]:
    checks = {"database": "ok", "migrations": "ok", "nats": "ok" if connection.is_connected else "not connected"}
    try:
        async with pool.acquire(timeout=2) as conn:
            lacking = await missing(conn, schema=service.schema, folder=service.folder / "migrations")
        if lacking:
            checks["migrations"] = "behind"
    except Exception:  # noqa: BLE001 - whatever it is, we are not ready
        checks["database"] = "not answering"
    return checks


class _Server(uvicorn.Server):
    """A uvicorn that leaves signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> AsyncIterator[None]:  # type: ignore[override]
        yield


@asynccontextmanager
async def _http(app: FastAPI, settings: ServiceSettings) -> AsyncIterator[str]:
    try:
        listener = socket.create_server((settings.http_host, settings.http_port), backlog=512)
    except OSError as problem:
        message = f"port {settings.http_port} on {settings.http_host} cannot be used: {problem.strerror}"
        raise SystemExit(message) from None
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(settings.shutdown_grace_seconds / 2)),
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    while not server.started and not task.done():
        await asyncio.sleep(0.005)
    try:
        yield f"http://{settings.http_host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


async def _close_pool(pool: Pool) -> None:
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


async def _serve(service: Service[S], settings: S) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)
    async with running(service, settings):
        await stop.wait()


async def _migrate(service: Service[S], settings: S) -> None:
    if settings.owner_database_url is None:
        message = "FOOTHOLD_OWNER_DATABASE_URL is not set; migrations are applied by the owner of the schema"
        raise SystemExit(message)
    folder = service.folder / "migrations"
    applied = await migrate(
        settings.owner_database_url.get_secret_value(), schema=service.schema, folder=folder
    )
    log.info("migrated", applied=applied)


async def _list_dead_letters(service: Service[S], settings: S) -> None:
    async with _database(service, settings) as database, database.reading() as connection:
        for letter in await dead_letters.waiting(connection):
            line = {
                "id": str(letter.id),
                "service": service.name,
                "consumer": letter.consumer,
                "subject": letter.subject,
                "reason": letter.reason,
                "deliveries": letter.deliveries,
                "died_at": letter.died_at.isoformat() if letter.died_at else None,
            }
            sys.stdout.write(json.dumps(line) + "\n")


async def _replay(service: Service[S], settings: S, letter_id: UUID) -> None:
    """Handle a dead letter now, in this process; its events are published by the running service's sweeper."""
    async with _database(service, settings) as database:
        async with database.reading() as connection:
            letter = await dead_letters.find(connection, letter_id)
        parts = await service.build(Kit(settings, database, clock_of(settings)))
        if parts.handlers is None:
            message = f"{service.name} handles no messages"
            raise SystemExit(message)
        by_name = {receiver.consumer.durable: receiver for receiver in receivers(parts.handlers, database)}
        receiver = by_name[letter.consumer]
        delivery = receiver.parse(letter.subject, letter.headers, letter.body)
        await receiver.commit([delivery], letter=letter.id)
        sys.stdout.write(f"replayed {letter.id} through {letter.consumer}\n")


@asynccontextmanager
async def _database(service: Service[S], settings: S) -> AsyncIterator[Database]:
    """The database alone, for commands that start nothing."""
    pool = await create_pool(
        settings.database_url.get_secret_value(), schema=service.schema, size=2, application=f"{service.name}-cli"
    )
    try:
        yield Database(pool, hand_over=_left_to_the_sweeper, clock=clock_of(settings))
    finally:
        await _close_pool(pool)


def _left_to_the_sweeper(events: Sequence[Outgoing]) -> None:
    log.info("left_to_the_sweeper", events=len(events))


def main(service: Service[S]) -> None:
    """Run a subcommand and exit; anything wrong is told in one line and a non-zero exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}", description=service.title)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run until stopped")
    commands.add_parser("migrate", help="bring the schema up to date")
    commands.add_parser("dead-letters", help="list messages that were put aside, one JSON object a line")
    commands.add_parser("replay", help="handle a dead letter again").add_argument("id", type=UUID)
    for name in service.commands:
        commands.add_parser(name, add_help=False)
    arguments, rest = parser.parse_known_args()
    if arguments.command in service.commands:
        raise SystemExit(service.commands[arguments.command](rest))
    if rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    settings = service.settings()
    configure_logging(service.name, settings.log_level)
    start_tracing(service.name, endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio)
    run: dict[str, Callable[[], Awaitable[None]]] = {
        "serve": lambda: _serve(service, settings),
        "migrate": lambda: _migrate(service, settings),
        "dead-letters": lambda: _list_dead_letters(service, settings),
        "replay": lambda: _replay(service, settings, arguments.id),
    }
    try:
        asyncio.run(run[arguments.command]())  # type: ignore[arg-type]
    except Problem as error:
        raise SystemExit(f"{error.title}: {error.detail}") from None
