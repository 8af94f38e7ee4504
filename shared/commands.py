"""What `python -m services.<name> ...` does: serve, migrate, list dead letters, replay one."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import structlog

from shared import dead_letters
from shared.bus import receivers
from shared.db import create_pool
from shared.errors import Problem
from shared.logging import configure_logging
from shared.migrate import migrate
from shared.outbox import Outgoing
from shared.run import Kit, Service, clock_of, close_pool, running
from shared.settings import ServiceSettings
from shared.telemetry import start_tracing
from shared.unit_of_work import Database

S = TypeVar("S", bound=ServiceSettings)

log = structlog.get_logger(__name__)


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
    """Handle a dead letter now, in this process; a running copy's sweeper publishes what it causes."""
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
        settings.database_url.get_secret_value(),
        schema=service.schema,
        size=2,
        application=f"{service.name}-cli",
    )
    try:
        yield Database(pool, hand_over=_left_to_the_sweeper, clock=clock_of(settings))
    finally:
        await close_pool(pool)


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
    run: dict[str, Callable[[], Coroutine[None, None, None]]] = {
        "serve": lambda: _serve(service, settings),
        "migrate": lambda: _migrate(service, settings),
        "dead-letters": lambda: _list_dead_letters(service, settings),
        "replay": lambda: _replay(service, settings, arguments.id),
    }
    try:
        asyncio.run(run[arguments.command]())
    except Problem as error:
        raise SystemExit(f"{error.title}: {error.detail}") from None
