"""A small step as it stands, and how it went so far."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events.barriers import StepAgreed, StepMoved
from services.desk.model.entries import Entry
from services.desk.model.pictures import StepNote, StepPicture
from services.desk.policy.folding.order import in_order


def fold_step(entries: Sequence[Entry]) -> StepPicture:
    """How a step stands: every event carries all of it, and some what was said about it."""
    events = [one.event for one in in_order(entries) if isinstance(one.event, StepAgreed | StepMoved)]
    latest = events[-1]
    return StepPicture(
        id=latest.step_id,
        client_id=latest.client_id,
        barrier_id=latest.barrier_id,
        status=latest.status,
        version=latest.version,
        words=latest.words,
        times=latest.times,
        counted=latest.counted,
        times_done=latest.times_done,
        begins_on=latest.begins_on,
        ends_on=latest.ends_on,
        serves=latest.serves,
        smaller_of=latest.smaller_of,
        moved_at=latest.moved_at,
        notes=tuple(
            StepNote(words=one.note, more_times=one.more_times, at=one.moved_at)
            for one in events
            if isinstance(one, StepMoved) and (one.note or one.more_times)
        ),
    )
