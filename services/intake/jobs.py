"""Time in: imports go on, and records get the keys that they are looked for under."""

from __future__ import annotations

from datetime import timedelta

from services.intake.commands import importing, registering
from shared.jobs import Job
from shared.unit_of_work import Database


def keys_job(database: Database) -> Job:
    """The job that gives keys to records from before there were any, or from an older way of making them."""

    async def make_keys() -> int:
        async with database.transaction() as tx:
            return await registering.make_keys(tx)

    return Job(name="client-keys", every=timedelta(seconds=30), run=make_keys, real_time=True)


def import_job(database: Database) -> Job:
    """The job that goes on with imports, a few rows a turn, until each waits for a person or is done."""

    async def go_on() -> int:
        return await importing.go_on(database)

    return Job(name="client-import", every=timedelta(milliseconds=500), run=go_on, real_time=True)
