"""The import of a large directory, as a process of its own, and matching alone over what it brought."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.terms import ServiceFeature
from contracts.values import HelpFilters
from deploy.local.services import role_of
from deploy.local.settings import ROOT
from deploy.local.system import LocalSystem
from services.navigation.catalogue import Catalogue
from services.navigation.commands.finding import Finder
from services.navigation.model.matching import Need
from shared.db import create_pool
from tests.bench.people import POSTCODES
from tests.support.builders import client_context


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import cost, as the operating system counted it for the whole process."""

    services_per_second: float
    peak_mb: float


async def import_directory(file: Path, environment: Mapping[str, str], *, services: int) -> Imported:
    """Run the importer on a file; raises when it fails."""
    command = [sys.executable, "-m", "services.navigation", "import-directory", str(file)]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=dict(environment), cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = await asyncio.to_thread(os.wait4, process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    return Imported(services / seconds, usage.ru_maxrss / 1024)


CODES = (
    ("105-02-01", "105-01-01"),
    ("106-05-03", "106-05"),
    ("108-03-03-02",),
    ("108-05", "108-05-01"),
    ("110-05",),
)


async def match_latencies_ms(system: LocalSystem, *, searches: int) -> list[float]:
    """Time single searches by candidates and full checks in this process, in milliseconds, ascending."""
    pool = await create_pool(
        system.database_url(role_of("navigation")), schema="navigation", size=2, application="bench"
    )
    catalogue = Catalogue()
    async with pool.acquire() as conn:
        await catalogue.refresh(conn)
    await pool.close()
    chance = random.Random(1)
    finder = Finder(catalogue)
    taken = []
    for _ in range(searches):
        need = _need(chance)
        start = time.perf_counter()
        finder.find(need)
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken)


def _need(chance: random.Random) -> Need:
    born = date(chance.randint(1945, 2008), 6, 15)
    client = client_context(
        postcode=chance.choice(POSTCODES),
        born_on=born,
        language=chance.choice(("en", "en", "en", "ur", "pl", "so")),
        free_only=chance.random() < 0.3,
        access_needs=frozenset({"wheelchair"}) if chance.random() < 0.2 else frozenset(),
    )
    filters = HelpFilters(prefer=frozenset({ServiceFeature.EVENINGS, ServiceFeature.FREE}))
    return Need(resource_codes=chance.choice(CODES), client=client, on=date(2026, 11, 23), filters=filters)
