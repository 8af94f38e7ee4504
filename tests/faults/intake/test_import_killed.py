"""The process that imports clients is killed in the middle of it, again and again: every row is done once."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from contracts.events.intake import ClientRegistered
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import PUBLIC_KEY, STAFF_ID

ROOT = Path(__file__).parents[3]
ROWS = 800
KILLS = 2
SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "se", "to", "vi", "zu")

FAR = "select count(*) from client_import_row where outcome is not null"
MADE = """
select
    (select count(*) from client) as clients,
    (select count(*) from event where type = $1) as registered,
    (select count(*) from client_origin) as origins,
    (select count(*) from client_import) as imports
"""


def command(file: Path) -> list[str]:
    importer = [sys.executable, "-m", "services.intake", "import-clients", str(file)]
    return [*importer, "--source", "old system", "--by", str(STAFF_ID), "--run", "--json"]


def row(number: int) -> str:
    name = "".join(SYLLABLES[int(digit)] for digit in f"{number:03}")
    return f"{number},{name} {name[::-1]},{1940 + number % 60}-01-{1 + number % 28:02}"


@pytest.mark.slow
# Programs are started, and the machine may have much else to do.
@pytest.mark.timeout(400)
async def test_killed_again_and_again_an_import_makes_every_client_once(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "clients.csv"
    file.write_text("\n".join(("record_id,name,born_on", *map(row, range(ROWS)))))
    settings = {"FOOTHOLD_DATABASE_URL": database.url("intake"), "FOOTHOLD_TOKEN_PUBLIC_KEY": PUBLIC_KEY}
    start = partial(asyncio.create_subprocess_exec, *command(file), cwd=ROOT, env={**os.environ, **settings})
    connection = await asyncpg.connect(database.superuser_url, server_settings={"search_path": "intake"})
    try:
        for kill in range(1, KILLS + 1):
            process = await start()
            far = kill * ROWS // (KILLS + 2)
            await eventually(
                lambda: connection.fetchval(FAR), lambda count, far=far: count >= far, within=120
            )
            process.kill()
            await process.wait()
        assert await connection.fetchval(FAR) < ROWS
        process = await start(stdout=asyncio.subprocess.PIPE)
        told = json.loads((await process.communicate())[0])
        made = await connection.fetchrow(MADE, ClientRegistered.subject)
    finally:
        await connection.close()

    assert (told["state"], sum(told["outcomes"].values())) == ("done", ROWS)
    assert made is not None
    assert tuple(made) == (told["outcomes"]["created"],) * 3 + (1,)
