"""PostgreSQL understands every statement of ours: each is prepared against the migrated schema.

That finds a column that is not there, a wrong type, a forgotten migration: before any test runs the code.
"""

from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from deploy.local.services import SERVICES
from tests.architecture.sources import ROOT, Statement, python_files, statements_in
from tests.support.database import Database, cloned


def store_of(service: str) -> list[Path]:
    stores = (ROOT / "services" / service / "store", ROOT / "services" / service / "store.py")
    return [path for path in python_files("services") if any(path.is_relative_to(store) for store in stores)]


OWN = [
    (service, found) for service in SERVICES for path in store_of(service) for found in statements_in(path)
]
# What the kit keeps is in every service's schema.
KIT = list(product(SERVICES, (found for path in python_files("shared") for found in statements_in(path))))

Connections: TypeAlias = "dict[str, asyncpg.Connection[asyncpg.Record]]"


@pytest.fixture(scope="module")
async def connections(migrated: Database) -> AsyncIterator[Connections]:
    """A connection as each service, to one migrated database."""
    async with cloned(migrated) as database:
        opened = {service: await asyncpg.connect(database.url(service)) for service in SERVICES}
        yield opened
        for connection in opened.values():
            await connection.close()


@pytest.mark.parametrize(
    ("service", "statement"), [*OWN, *KIT], ids=lambda value: value if isinstance(value, str) else str(value)
)
async def test_a_statement_fits_the_schema(
    connections: Connections, service: str, statement: Statement
) -> None:
    await connections[service].prepare(statement.sql)


def test_there_are_statements_of_every_service_and_of_the_kit() -> None:
    assert {service for service, _ in OWN} == set(SERVICES)
    assert len(KIT) >= 10 * len(SERVICES)


async def test_a_statement_that_does_not_fit_is_found(connections: Connections) -> None:
    with pytest.raises(asyncpg.UndefinedColumnError):
        await connections["intake"].prepare("select mood from event")
