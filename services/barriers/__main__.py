"""Puts the barriers service together and runs it: `python -m services.barriers serve`."""

from __future__ import annotations

from pathlib import Path

from services.barriers.api import ROUTES
from services.barriers.api.base import Present
from services.barriers.catalogue import Catalogue
from services.barriers.handlers import Handlers
from services.barriers.jobs import escalation_job
from services.barriers.playbook import PLAYBOOK_FOLDER, PlaybookError, load_playbook
from services.barriers.settings import BarriersSettings
from shared.commands import main
from shared.run import Kit, Parts, Service


async def build(kit: Kit[BarriersSettings]) -> Parts:
    """Read the playbook and give everything what it needs; one that cannot be used stops the start."""
    try:
        playbook = load_playbook(kit.settings.barriers_playbook or PLAYBOOK_FOLDER)
    except PlaybookError as unusable:
        raise SystemExit(str(unusable)) from None
    catalogue = Catalogue(playbook)
    return Parts(
        handlers=Handlers(catalogue),
        jobs=(escalation_job(kit.database),),
        given=(catalogue, Present(kit.clock)),
    )


SERVICE = Service(
    name="barriers",
    title="Foothold barriers",
    description="What stands in the way, the tasks and if-then plans that answer it, and the playbook.",
    settings=BarriersSettings,
    folder=Path(__file__).parent,
    routes=ROUTES,
    build=build,
    handlers=Handlers,
)

if __name__ == "__main__":
    main(SERVICE)
