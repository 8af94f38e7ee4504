"""Puts the desk together and runs it: `python -m services.desk serve`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from uuid import UUID

from services.desk.api import ROUTES
from services.desk.api.base import Foundation, authenticator
from services.desk.api.pages import headers_of
from services.desk.api.provider import TheProvider
from services.desk.catalogue import Shelf
from services.desk.channels.gateway import Gateway, Owner
from services.desk.channels.oidc import Provider
from services.desk.channels.prompting import Prompter
from services.desk.commands import adding, auditing
from services.desk.commands.listening import Listener
from services.desk.commands.rebuilding import rebuild
from services.desk.commands.recording import Recorder
from services.desk.handlers import Handlers
from services.desk.jobs import jobs_of
from services.desk.settings import DeskSettings
from services.desk.store import pulses
from shared.commands import database_of, main
from shared.errors import Problem
from shared.run import Kit, Parts, Service
from shared.waiting import Waiting

MOST_OPEN_PAGES = 500
"""How many pages may be open at once that look at the same client or team, in each process."""


async def build(kit: Kit[DeskSettings]) -> Parts:
    """Join the pages, the way to the services and the picture of everything."""
    gateway, provider = _gateway(kit.settings), _provider(kit.settings)
    shelf = Shelf(kit.database)
    foundation = Foundation(kit.settings, kit.database, gateway, kit.clock, Recorder(kit.database))

    async def look(topics: Collection[UUID]) -> Mapping[UUID, int]:
        async with kit.database.reading() as conn:
            return await pulses.positions(conn, topics)

    waiting = Waiting(look, most_for_one=MOST_OPEN_PAGES)
    return Parts(
        handlers=Handlers(),
        jobs=jobs_of(kit.database, kit.settings.zone),
        given=(foundation, waiting, shelf, Prompter(shelf), Listener(gateway, shelf), TheProvider(provider)),
        resources=(gateway, provider) if provider else (gateway,),
        headers=headers_of(kit.settings),
        session_authenticator=authenticator(foundation),
        stopping=(waiting.stop,),
    )


def _gateway(settings: DeskSettings) -> Gateway:
    addresses = {
        Owner.INTAKE: settings.intake_url,
        Owner.BARRIERS: settings.barriers_url,
        Owner.NAVIGATION: settings.navigation_url,
        Owner.REMINDERS: settings.reminders_url,
    }
    return Gateway(
        addresses,
        private_key=settings.token_private_key.get_secret_value(),
        seconds=settings.desk_command_seconds,
    )


def _provider(settings: DeskSettings) -> Provider | None:
    if not settings.desk_oidc_issuer:
        return None
    secret = settings.desk_oidc_client_secret
    return Provider(
        issuer=settings.desk_oidc_issuer,
        client_id=settings.desk_oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        scopes=settings.desk_oidc_scopes,
        back=settings.desk_public_url.rstrip("/") + "/sign-in/return",
        seconds=settings.desk_command_seconds,
    )


def _rebuild(arguments: Sequence[str]) -> int:
    """Make the picture anew from the histories of all services, which must be running."""
    argparse.ArgumentParser(prog="rebuild", description=_rebuild.__doc__).parse_args(arguments)
    try:
        asyncio.run(_rebuilt(DeskSettings()))
    except Problem as problem:
        print(f"{problem.title}: {problem.detail}", file=sys.stderr)
        return 1
    return 0


async def _rebuilt(settings: DeskSettings) -> None:
    async with database_of(SERVICE, settings) as database, _gateway(settings) as gateway:
        await rebuild(database, gateway, progress=print)


SERVICE = Service(
    name="desk",
    title="Foothold desk",
    description="Where intake staff, case managers, supervisors and directory editors do their day's work.",
    settings=DeskSettings,
    folder=Path(__file__).parent,
    routes=ROUTES,
    build=build,
    handlers=Handlers,
    commands={"rebuild": _rebuild, "verify-audit": auditing.run, "add-person": adding.run},
)

if __name__ == "__main__":
    main(SERVICE)
