"""A database of its own for every test, cloned from a template that was migrated once."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.database import prepare
from deploy.local.servers import DatabaseServer
from deploy.local.services import OWNER, SERVICES, role_of
from shared.migrate import migrate
from tests.support.servers import PASSWORD

_SERVICES_FOLDER = Path(__file__).parents[2] / "services"
_TEMPLATE = "foothold_template"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """One database with every migration applied and nothing else in it."""

    server: DatabaseServer
    name: str

    def url(self, service: str) -> str:
        """Return the address as one service sees it: its own role, its own schema."""
        return self.server.url(role_of(service), self.name, password=PASSWORD)

    @property
    def owner_url(self) -> str:
        """The address for migrations."""
        return self.server.url(OWNER, self.name, password=PASSWORD)

    @property
    def superuser_url(self) -> str:
        """The address for looking at everything at once; never for code under test."""
        return self.server.url(database=self.name)


async def migrate_all(owner_url: str) -> None:
    """Apply the migrations of every service, in the order of SERVICES, as the owner."""
    for service in SERVICES:
        await migrate(owner_url, schema=service, folder=_SERVICES_FOLDER / service / "migrations")


async def template_database(server: DatabaseServer) -> Database:
    """Create the template: database, roles, schemas, every migration. Once per server."""
    template = Database(server, _TEMPLATE)
    roles = [OWNER, *map(role_of, SERVICES)]
    await prepare(server, template.name, dict.fromkeys(roles, PASSWORD))
    await migrate_all(template.owner_url)
    return template


@asynccontextmanager
async def cloned(template: Database) -> AsyncIterator[Database]:
    """Give a test its own copy of the template, and drop it afterwards with whoever is still connected."""
    clone = Database(template.server, f"test_{next(_numbers)}")
    # Copying files takes some 20 ms; writing every page to the log, the default, takes far longer to replay.
    await _as_superuser(
        template.server,
        f"CREATE DATABASE {clone.name} TEMPLATE {template.name} OWNER {OWNER} STRATEGY FILE_COPY",
    )
    try:
        yield clone
    finally:
        await _as_superuser(template.server, f"DROP DATABASE IF EXISTS {clone.name} WITH (FORCE)")


async def _as_superuser(server: DatabaseServer, statement: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
