"""Time in: what the desk does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.desk.commands.auditing import Note
from shared.jobs import Job
from shared.unit_of_work import Database

NOTE_EVERY = timedelta(minutes=1)


def jobs_of(database: Database) -> Sequence[Job]:
    """Everything that time drives."""
    return (Job(name="note-audit", every=NOTE_EVERY, run=Note(database), real_time=True),)
