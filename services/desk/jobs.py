"""Time in: what the desk does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from services.desk.commands import signing_in
from services.desk.commands.auditing import Note
from shared.jobs import Job
from shared.unit_of_work import Database

NOTE_EVERY = timedelta(minutes=1)
PRUNE_EVERY = timedelta(hours=1)


def jobs_of(database: Database) -> Sequence[Job]:
    """Everything that time drives."""
    return (
        Job(name="note-audit", every=NOTE_EVERY, run=Note(database), real_time=True),
        Job(
            name="prune-sessions",
            every=PRUNE_EVERY,
            run=partial(signing_in.prune, database),
            real_time=True,
        ),
    )
