"""Time in: what the desk does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from services.desk.commands import drafting, signing_in
from services.desk.commands.auditing import Note
from services.desk.store import figures
from shared.jobs import Job
from shared.unit_of_work import Database

NOTE_EVERY = timedelta(minutes=1)
PRUNE_EVERY = timedelta(hours=1)
COUNT_EVERY = timedelta(minutes=1)


def jobs_of(database: Database, zone: ZoneInfo) -> Sequence[Job]:
    """Everything that time drives."""

    async def count() -> int:
        # One run counts everything: nothing is left that would have to be done at once.
        await count_figures(database, zone)
        return 0

    return (
        Job(name="note-audit", every=NOTE_EVERY, run=Note(database), real_time=True),
        Job(
            name="prune-sessions",
            every=PRUNE_EVERY,
            run=partial(signing_in.prune, database),
            real_time=True,
        ),
        Job(name="count-figures", every=COUNT_EVERY, run=count, real_time=True),
        Job(
            name="prune-drafts",
            every=PRUNE_EVERY,
            run=partial(drafting.prune, database),
            real_time=True,
        ),
    )


async def count_figures(database: Database, zone: ZoneInfo) -> bool:
    """Count what supervisors look at; False where another copy is at it."""
    async with database.transaction() as tx:
        return await figures.count(tx.conn, zone=zone.key, now=tx.now)
