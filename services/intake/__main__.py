"""Puts intake together and runs it: `python -m services.intake serve`."""

from __future__ import annotations

from pathlib import Path

from services.intake.api import ROUTES
from services.intake.api.base import Present
from services.intake.commands import import_command
from services.intake.jobs import import_job, keys_job
from services.intake.settings import IntakeSettings
from shared.commands import main
from shared.run import Kit, Parts, Service


async def build(kit: Kit[IntakeSettings]) -> Parts:
    """Give the routes what they need."""
    return Parts(given=(Present(kit.clock),), jobs=(keys_job(kit.database), import_job(kit.database)))


SERVICE = Service(
    name="intake",
    title="Foothold intake",
    description="Clients, what they allow, what matters to them and what stands in the way, in their words.",
    settings=IntakeSettings,
    folder=Path(__file__).parent,
    routes=ROUTES,
    build=build,
    commands={"import-clients": import_command.run},
)

if __name__ == "__main__":
    main(SERVICE)
