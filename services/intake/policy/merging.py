"""How records become one person's, and two people's again.

Every record points at the one it was merged into, or at none: a forest, in which the root stands for the
person. A merge joins two roots, so there is never a circle; a split takes one record, with all that were
merged into it, out again. Nothing moves and nothing is copied: each record keeps what was written in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from contracts.one_person import survivor_of
from services.intake.model import Client
from services.intake.model.matching import KeptMerge, Link, Merge, OneAlready, Split


def merge(client_id: UUID, into: UUID, links: Mapping[UUID, Link]) -> Merge | OneAlready:
    """Decide what it takes for these two records to be one person's.

    `links` holds both and whatever they were merged into. Records that were merged before stand for their
    whole person: it is the two surviving records that are joined, the first one's into the second one's.
    """
    into_what = {each.client_id: each.into for each in links.values()}
    ours, theirs = survivor_of(client_id, into_what), survivor_of(into, into_what)
    if ours == theirs:
        return OneAlready(survivor_id=theirs)
    return Merge(client_id=ours, into=theirs, version=links[ours].version + 1)


def split(link: Link) -> Split | None:
    """Decide how a record stands by itself again; None where it does already."""
    if link.into is None:
        return None
    return Split(client_id=link.client_id, out_of=link.into, version=link.version + 1)


def to_lift(records: Sequence[Client], merges: Iterable[KeptMerge], *, undone: UUID) -> tuple[Client, ...]:
    """The records of one person that may be written to again after a merge was undone.

    All of them, where nobody may write to them only because of merges, and nobody has touched them since;
    otherwise none: the client's own word on it, wherever it is kept, holds for all their records.
    """
    silenced: dict[UUID, int] = {}
    for each in merges:
        if each.split_at is None or each.merge_id == undone:
            silenced |= each.silenced
    quiet = tuple(record for record in records if record.contact.contact_prohibited)
    return quiet if all(silenced.get(record.id) == record.version for record in quiet) else ()
