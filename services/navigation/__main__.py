"""Puts navigation together and runs it: `python -m services.navigation serve`."""

from __future__ import annotations

from pathlib import Path

from services.navigation.api import ROUTES
from services.navigation.api.base import Present
from services.navigation.catalogue import Catalogue
from services.navigation.commands.finding import Finder
from services.navigation.commands.keys import Keys
from services.navigation.directory import command as import_directory
from services.navigation.handlers import Handlers
from services.navigation.jobs import jobs
from services.navigation.settings import NavigationSettings
from shared.commands import main
from shared.run import Kit, Parts, Service


async def build(kit: Kit[NavigationSettings]) -> Parts:
    """Read the directory into memory, and give everybody the same view of it."""
    finder = Finder(Catalogue())
    async with kit.database.reading() as conn:
        await finder.refresh(conn)
        await finder.observe(conn)
    keys = Keys(kit.database)
    return Parts(
        handlers=Handlers(finder),
        jobs=jobs(kit.database, finder, keys),
        given=(finder, Present(kit.clock)),
        key_authenticator=keys.caller_of,
    )


SERVICE = Service(
    name="navigation",
    title="Foothold navigation",
    description="Who can help, and where every referral stands until it has an answer.",
    settings=NavigationSettings,
    folder=Path(__file__).parent,
    routes=ROUTES,
    build=build,
    handlers=Handlers,
    commands={"import-directory": import_directory.run},
)

if __name__ == "__main__":
    main(SERVICE)
