"""What `python -m services.<name> ...` does: serve, migrate, list dead letters, replay one."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import structlog
import uvloop
from nats.aio.client import Client
from pydantic import ValidationError

from contracts.event import HeaderError
from shared import dead_letters
from shared.bus import receivers, why_unreadable
from shared.db import create_pool
from shared.errors import Invalid, Problem
from shared.logging import configure_logging
from shared.migrate import MigrationError, migrate
from shared.outbox import Outgoing
from shared.retry import describe
from shared.run import Kit, Service, clock_of, close_pool, running
from shared.settings import ServiceSettings
from shared.telemetry import start_tracing
from shared.unit_of_work import Database

S = TypeVar("S", bound=ServiceSettings)

COLLECT_AFTER = (50_000, 20, 50)
"""gc.set_threshold: allocations before a young collection, then how many of those before an older one."""

log = structlog.get_logger(__name__)


async def _serve(service: Service[S], settings: S) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)
    async with running(service, settings):
        _spare_the_collector()
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
    async with database_of(service, settings) as database, database.reading() as connection:
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
    async with database_of(service, settings) as database:
        async with database.reading() as connection:
            letter = await dead_letters.find(connection, letter_id)
        parts = await service.build(Kit(settings, database, clock_of(settings), Client()))
        if parts.handlers is None:
            message = f"{service.name} handles no messages"
            raise SystemExit(message)
        by_name = {receiver.consumer.durable: receiver for receiver in receivers(parts.handlers, database)}
        receiver = by_name.get(letter.consumer)
        if receiver is None:
            message = f"{service.name} no longer has a consumer {letter.consumer}"
            raise Invalid(message)
        try:
            delivery = receiver.parse(letter.subject, letter.headers, letter.body)
        except (HeaderError, ValidationError) as error:
            raise Invalid(why_unreadable(error)) from None
        await receiver.commit([delivery], letter=letter.id)
        sys.stdout.write(f"replayed {letter.id} through {letter.consumer}\n")


@asynccontextmanager
async def database_of(service: Service[S], settings: S) -> AsyncIterator[Database]:
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


def _spare_the_collector() -> None:
    """What is there after the start stays; batches make much garbage that counting alone clears away."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def main(service: Service[S]) -> None:
    """Run a subcommand and exit; anything wrong is told in one line and a non-zero exit code."""
    parser = _parser_of(service)
    arguments, rest = parser.parse_known_args()
    if arguments.command in service.commands:
        raise SystemExit(service.commands[arguments.command](rest))
    if rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    settings = _settings_of(service)
    configure_logging(service.name, settings.log_level)
    start_tracing(service.name, endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio)
    run: dict[str, Callable[[], Coroutine[None, None, None]]] = {
        "serve": lambda: _serve(service, settings),
        "migrate": lambda: _migrate(service, settings),
        "dead-letters": lambda: _list_dead_letters(service, settings),
        "replay": lambda: _replay(service, settings, arguments.id),
    }
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run[arguments.command]())
    except Problem as error:
        raise SystemExit(f"{error.title}: {error.detail}") from None
    except MigrationError as error:
        raise SystemExit(str(error)) from None
    except Exception as error:
        log.exception("command_failed", command=arguments.command)
        raise SystemExit(f"{arguments.command} could not be done: {describe(error)}") from None


def _parser_of(service: Service[S]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}", description=service.title)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run until stopped")
    commands.add_parser("migrate", help="bring the schema up to date")
    commands.add_parser("dead-letters", help="list messages that were put aside, one JSON object a line")
    commands.add_parser("replay", help="handle a dead letter again").add_argument("id", type=UUID)
    for name in service.commands:
        commands.add_parser(name, add_help=False)
    return parser


def _settings_of(service: Service[S]) -> S:
    """The settings from the environment; what is wrong with them is told by name, never by value."""
    try:
        return service.settings()
    except ValidationError as error:
        prefix = service.settings.model_config["env_prefix"]
        faults = [
            f"{prefix}{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise SystemExit("; ".join(faults)) from None
