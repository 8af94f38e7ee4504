"""Puts the barriers service together and runs it: `python -m services.barriers serve`."""

from __future__ import annotations

from pathlib import Path

from services.barriers.api import ROUTES
from services.barriers.api.base import Present
from services.barriers.catalogue import Catalogue, Edition
from services.barriers.handlers import Handlers
from services.barriers.jobs import escalation_job
from services.barriers.playbook import PLAYBOOK_FOLDER, PlaybookError, load_texts, read_texts
from services.barriers.settings import BarriersSettings
from shared.commands import main
from shared.run import Kit, Parts, Service


async def build(kit: Kit[BarriersSettings]) -> Parts:
    """Read the playbook and give everything what it needs; one that cannot be used stops the start."""
    try:
        texts = read_texts(kit.settings.barriers_playbook or PLAYBOOK_FOLDER)
        default = Edition(load_texts(texts), texts=texts)
    except PlaybookError as unusable:
        raise SystemExit(str(unusable)) from None
    catalogue = Catalogue(default)
    return Parts(
        handlers=Handlers(catalogue),
        jobs=(escalation_job(kit.database), catalogue.job(kit.database)),
        given=(catalogue, Present(kit.clock)),
        resources=(catalogue.opened(kit.database),),
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
