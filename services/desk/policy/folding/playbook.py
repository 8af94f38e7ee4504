"""A version of the playbook as it was stated last."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events.barriers import PlaybookPublished
from services.desk.model.entries import Entry
from services.desk.model.playbook import PlaybookPicture
from services.desk.policy.folding.order import by_time


def fold_playbook(entries: Sequence[Entry]) -> PlaybookPicture | None:
    """How a version stands: the one that comes with Foothold is stated again when its files have changed."""
    stated = [(one, one.event) for one in by_time(entries) if isinstance(one.event, PlaybookPublished)]
    if not stated:
        return None
    entry, event = stated[-1]
    return PlaybookPicture(
        id=event.version_id,
        number=event.number,
        version=event.version_name,
        edition=event.edition,
        why=event.why,
        published_by=event.published_by,
        published_at=event.published_at,
        restores=event.restores,
        stated_at=entry.occurred_at,
        content=event.content,
        files={one.name: one.text for one in event.files},
    )
