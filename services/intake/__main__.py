"""Puts intake together and runs it: `python -m services.intake serve`."""

from __future__ import annotations

from pathlib import Path

from services.intake.api import ROUTES
from services.intake.api.base import Present
from services.intake.settings import IntakeSettings
from shared.commands import main
from shared.run import Kit, Parts, Service


async def build(kit: Kit[IntakeSettings]) -> Parts:
    """Give the routes what they need."""
    return Parts(given=(Present(kit.clock),))


SERVICE = Service(
    name="intake",
    title="Foothold intake",
    description="Clients, what they allow, what matters to them and what stands in the way, in their words.",
    settings=IntakeSettings,
    folder=Path(__file__).parent,
    routes=ROUTES,
    build=build,
)

if __name__ == "__main__":
    main(SERVICE)
