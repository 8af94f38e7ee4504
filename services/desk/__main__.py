"""Puts the desk together and runs it: `python -m services.desk serve`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from uuid import UUID

from services.desk.api import ROUTES
from services.desk.api.base import Foundation, authenticator
from services.desk.channels.gateway import Gateway, Owner
from services.desk.handlers import Handlers
from services.desk.settings import DeskSettings
from services.desk.store import pulses
from shared.commands import main
from shared.run import Kit, Parts, Service
from shared.waiting import Waiting

MOST_OPEN_PAGES = 500
"""How many pages may be open at once that look at the same client or team, in each process."""


async def build(kit: Kit[DeskSettings]) -> Parts:
    """Join the pages, the way to the services and the picture of everything."""
    gateway = _gateway(kit.settings)
    foundation = Foundation(kit.settings, kit.database, gateway, kit.clock)

    async def look(topics: Collection[UUID]) -> Mapping[UUID, int]:
        async with kit.database.reading() as conn:
            return await pulses.positions(conn, topics)

    waiting = Waiting(look, most_for_one=MOST_OPEN_PAGES)
    return Parts(
        handlers=Handlers(),
        given=(foundation, waiting),
        resources=(gateway,),
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


SERVICE = Service(
    name="desk",
    title="Foothold desk",
    description="Where intake staff, case managers, supervisors and directory editors do their day's work.",
    settings=DeskSettings,
    folder=Path(__file__).parent,
    routes=ROUTES,
    build=build,
    handlers=Handlers,
)

if __name__ == "__main__":
    main(SERVICE)
